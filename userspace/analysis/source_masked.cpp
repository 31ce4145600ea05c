// SPDX-License-Identifier: Apache-2.0
#include "analysis/source_masked.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/hairpin.h"
#include "analysis/judge.h"
#include "analysis/source_masked_text.h"
#include "analysis/weights.h"

namespace mxray {
namespace {

constexpr std::uint64_t kQuiet_ns = 3'600'000'000'000;  // then a case is over
// So many clients behind one address that is not known to be ours are no accident.
constexpr std::size_t kSeveralClients = 3;
constexpr std::size_t kMostForwards = 15;

core::flow_key case_key(const Endpoint& original, const core::address& mask) {
  core::flow_key key{};
  key.client = mask;
  key.server = original.address;
  key.server_port = original.port;
  return key;
}

void weigh(const MaskedStory& story, Incident& incident) {
  incident.score = 0;
  incident.evidence.clear();
  incident.add(
      {"same_sequence_numbers", "both legs share those of both sides", "one connection", 0});
  incident.add({"client_at_server", to_string(story.mask),
                to_string(incident.inside_client->address),
                story.mask_is_local ? weight::kMaskedByGateway : weight::kMaskedByOther});
  const std::size_t clients = story.known.clients.count();
  if (clients >= kSeveralClients) {
    incident.add({"distinct_clients", fmt::format("{} behind one address", clients),
                  "an address each", weight::kMaskedSeveral});
  }
  incident.confidence = confidence_of(incident.score).value_or(Confidence::kPossible);
}

MaskedStory story_of(Context& context, const MaskedCase& known, const Flow& first,
                     const Flow& last) {
  MaskedStory story{.known = known,
                    .original = server_endpoint(first.key),
                    .inner = server_endpoint(last.key),
                    .mask = last.key.client,
                    .mask_is_local = context.settings.is_local(last.key.client)};
  story.rule.outside_interface = context.routed_interface(first.key.server, first.key.interface);
  story.rule.server_interface = context.routed_interface(last.key.server, last.key.interface);
  story.rule.inside = context.published.network_of_client(last.key.server);
  story.guessed_network = !context.published.attached(last.key.server);
  for (const PublishedService* service : context.published.of_address(first.key.server)) {
    const bool fits = service->outside_interface != 0 &&
                      service->inner.address == story.inner.address &&
                      story.rule.forwards.size() < kMostForwards;
    if (fits) story.rule.forwards.push_back({service->original, service->inner});
  }
  if (story.rule.forwards.empty()) story.rule.forwards.push_back({story.original, story.inner});
  return story;
}

void tell(Context& context, Connection& connection) {
  const Flow& first = *connection.legs.front();
  Flow& last = *connection.legs.back();
  MaskedCase& known =
      context.masked_cases.touch(case_key(server_endpoint(first.key), last.key.client),
                                 [&](MaskedCase& oldest) { end_case(context, oldest); });
  const std::size_t clients_before = known.clients.count();
  ++known.connections;
  known.last_ns = std::max<std::uint64_t>(known.last_ns, last.handshake.syn_ack_time_ns);
  known.clients.add(first.key.client);
  const std::size_t clients = known.clients.count();
  const MaskedStory story = story_of(context, known, first, last);
  const bool is_new = !known.incident;
  if (is_new && !story.mask_is_local && clients < kSeveralClients) return;
  const bool tells_more = clients != clients_before && is_worth_telling(clients);
  if (is_new) {
    known.incident =
        std::make_unique<Incident>(context.begin(Kind::kSourceMasked, last, known.last_ns));
  }
  Incident& incident = *known.incident;
  last.belongs_to(incident);
  if (!is_new && !tells_more) return;
  incident.ongoing = true;
  incident.client = client_endpoint(last.key);
  incident.inside_client = client_endpoint(first.key);
  incident.translation = Translation{.original = server_endpoint(first.key),
                                     .translated = server_endpoint(last.key),
                                     .syn_count = std::nullopt};
  weigh(story, incident);
  write_source_masked(story, incident);
  if (is_new) {
    context.raise(incident);
  } else {
    context.amend(incident);
  }
}

}  // namespace

void weigh_translation(Context& context, Flow& flow) {
  Connection& connection = *flow.connection;
  if (connection.legs.size() < 2 || connection.weighed) return;
  const Flow& first = *connection.legs.front();
  const Flow& last = *connection.legs.back();
  const std::string interface = context.name_of_interface(first.key.interface);
  const PublishedService* service = context.published.learn(connection, interface);
  if (service == nullptr) return;
  connection.weighed = true;
  if (context.published.comes_from_inside(first.key, interface, first.handshake.client_ttl)) {
    settle_hairpin(context, *service, first.key.client, flow.handshake.syn_time_ns);
    return;
  }
  if (!(first.key.client == last.key.client)) tell(context, connection);
}

void watch_masked(Context& context, std::uint64_t now_ns) {
  for (auto& [key, known] : context.masked_cases) {
    if (known.last_ns + kQuiet_ns <= now_ns) end_case(context, known);
  }
}

}  // namespace mxray
