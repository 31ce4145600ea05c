// SPDX-License-Identifier: Apache-2.0
#include "analysis/flow_list.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "analysis/flow_view.h"

namespace mxray {
namespace {

constexpr std::uint64_t kShownAfterClose_ns = 60'000'000'000;
// Of those heard of latest, so that a reader who asks for a few each second costs
// a millisecond even if none of a million is what he wants.
constexpr std::size_t kFlowsLookedAt = 16384;

// One line a connection: that of the leg next to the server.
bool stands_for_connection(const Flow& flow) { return flow.connection->legs.back() == &flow; }

bool waits_for_greeting(const Flow& flow) {
  return is_greeted(flow) && FlowTable::state_of(*flow.connection) == FlowState::kWaiting;
}

std::vector<FlowView> longest_waiting(Context& context, std::size_t limit, std::uint64_t now_ns) {
  std::vector<const Flow*> waiting;
  context.flows.for_each_waiting([&](const Flow& flow) {
    if (stands_for_connection(flow) && waits_for_greeting(flow)) waiting.push_back(&flow);
  });
  const std::size_t count = std::min(limit, waiting.size());
  std::partial_sort(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(count),
                    waiting.end(),
                    [](const Flow* a, const Flow* b) { return a->opened_ns < b->opened_ns; });
  waiting.resize(count);
  std::vector<FlowView> views;
  views.reserve(count);
  for (const Flow* flow : waiting) views.push_back(view_of(context, *flow->connection, now_ns));
  return views;
}

}  // namespace

std::vector<FlowView> list_flows(Context& context, const FlowChoice& choice, std::uint64_t now_ns) {
  const std::size_t limit = choice.limit.value_or(std::numeric_limits<std::size_t>::max());
  const bool is_limited = choice.limit.has_value();
  const bool waiting_first = is_limited && !choice.latest_first;
  std::vector<FlowView> views;
  if (waiting_first && choice.wants(FlowState::kWaiting)) {
    views = longest_waiting(context, limit, now_ns);
  }
  std::size_t looked_at = 0;
  for (const Flow& flow : context.flows.flows()) {
    if (views.size() >= limit || (is_limited && ++looked_at > kFlowsLookedAt)) break;
    if (!stands_for_connection(flow)) continue;
    if (!choice.wants(FlowTable::state_of(*flow.connection))) continue;
    if (waiting_first && waits_for_greeting(flow)) continue;  // it is there, or waits less
    FlowView view = view_of(context, *flow.connection, now_ns);
    const bool is_old = view.closed_ns + kShownAfterClose_ns < now_ns;
    if (view.state == FlowState::kClosed && is_old) continue;
    views.push_back(std::move(view));
  }
  if (choice.latest_first) return views;
  std::stable_sort(views.begin(), views.end(), [](const FlowView& a, const FlowView& b) {
    const double wait_a = a.waiting_seconds.value_or(0), wait_b = b.waiting_seconds.value_or(0);
    return wait_a != wait_b ? wait_a > wait_b : a.opened_ns > b.opened_ns;
  });
  return views;
}

}  // namespace mxray
