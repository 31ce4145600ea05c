// SPDX-License-Identifier: Apache-2.0
#include "analysis/analyzer.h"

#include <algorithm>
#include <deque>

#include "analysis/context.h"
#include "analysis/dialogue.h"
#include "analysis/flow_list.h"
#include "analysis/flow_view.h"
#include "analysis/forged_reply.h"
#include "analysis/forged_reset.h"
#include "analysis/hairpin.h"
#include "analysis/record_view.h"
#include "analysis/rejected.h"
#include "analysis/source_masked.h"
#include "analysis/waiting.h"
#include "base/time.h"

namespace mxray {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
// Times of a capture are in order to within this much.
constexpr std::uint64_t kSetBack = 60 * kSecond;
// Legs close within a round trip of the inside network.
constexpr std::uint64_t kLegLingers_ns = 10 * kSecond;

bool is_temporary_refusal(std::uint16_t code) { return code >= 400 && code < 500; }

bool is_refusal(std::uint16_t code) {
  return code >= 500 || code == core::REPLY_NEGATIVE || code == core::REPLY_BAD;
}

// A connection from which a server's habits may be learnt: a forger's must not be.
bool is_unsuspicious(const Flow& flow, const core::record_flow& record) {
  constexpr std::uint32_t kForeign = core::SIGNAL_NO_TIMESTAMPS | core::SIGNAL_WINDOW_ZERO |
                                     core::SIGNAL_CONFLICT | core::SIGNAL_REFLECTED |
                                     core::SIGNAL_CONSTANT_WINDOW | core::SIGNAL_RESERVED_BITS |
                                     core::SIGNAL_TOO_EARLY | core::SIGNAL_ALIVE_AFTER_RESET |
                                     core::SIGNAL_RESET_REPEATED | core::SIGNAL_RESET_AHEAD;
  if (flow.forged_reset != nullptr || (record.server_signals & kForeign) != 0) return false;
  // Another box of the same server looks foreign at first, and then holds the
  // whole conversation: a forger does not fit the replies after his own.
  constexpr int kConversation = 4;  // segments with data
  const bool went_on = record.close_reason == core::CLOSE_FIN &&
                       record.server.data_segments >= kConversation &&
                       (record.server_signals & core::SIGNAL_TTL_DATA) == 0;
  return went_on || (flow.forged_reply == nullptr && flow.suspicions.empty());
}

}  // namespace

class Analyzer::State {
 public:
  State(AnalyzerSettings settings, std::function<void(const Incident&)> on_incident)
      : context_(std::move(settings), std::move(on_incident)) {
    context_.flows.on_closed_let_go([this](Connection& connection) {
      tell_closed(connection, connection.legs.back()->closed_ns);
    });
  }

  void operator()(const core::record_flow& record) {
    const auto type = record.header.type;
    if (type == core::RECORD_SYN_REPEATED || type == core::RECORD_REFUSED) {
      note_attempt(context_, record);
      return;
    }
    if (is_of_nobody(record)) {  // perhaps of a flood: no place among the flows
      ++context_.totals.syn_acks_repeated.at(record.header.protocol);
      context_.attempts.update(record);
      return;
    }
    Flow& flow = context_.flows.touch(record.header, &record.handshake);
    if (record.rtt_ns != 0) flow.rtt_ns = record.rtt_ns;
    weigh_translation(context_, flow);
    switch (record.header.type) {
      case core::RECORD_FLOW_OPENED:
        learn_port(context_, flow, record);
        // One connection, one count: a leg that joins one adds nothing.
        if (flow.connection->legs.size() == 1) {
          ++context_.totals.flows_opened.at(record.header.protocol);
        }
        note_standing(context_, flow);
        break;
      case core::RECORD_SYN_ACK_REPEATED:
        ++context_.totals.syn_acks_repeated.at(record.header.protocol);
        break;
      case core::RECORD_ENCRYPTED:
        context_.flows.enter(flow, FlowState::kEncrypted);
        note_encrypted(context_, flow);
        break;
      default:
        weigh_never_greeted(context_, flow, record);
        settle_forged_reply(context_, flow);
        settle_dialogue(context_, flow);
        learn_port(context_, flow, record);
        weigh_proxy_host(context_, flow, record.header.time_ns);
        weigh_submission(context_, flow, record.client_bytes);
        context_.totals.signal_rates.at(record.header.protocol).add(record);
        if (flow.forged_reply == nullptr) context_.servers.learn_timestamps(record);
        if (is_unsuspicious(flow, record)) context_.servers.learn(record);
        context_.flows.enter(flow, FlowState::kClosed);
        flow.closed_ns = record.header.time_ns;
        leg_closed(flow.connection, record.header.time_ns);
    }
  }

  void operator()(const core::record_dialogue& record) {
    const bool is_greeting = record.header.type == core::RECORD_GREETING;
    Flow& flow = context_.flows.touch(record.header, is_greeting ? &record.handshake : nullptr);
    if (record.rtt_ns != 0) flow.rtt_ns = record.rtt_ns;
    note_dialogue(context_, flow, record);
    if (record.from_server == 0) return;
    if (record.reply_code != 0) {
      flow.last_reply_code = record.reply_code;
      auto& refusals = context_.totals.refusals.at(record.header.protocol);
      if (is_temporary_refusal(record.reply_code)) ++refusals[0];
      if (is_refusal(record.reply_code)) ++refusals[1];
    }
    if (is_greeting) greeted(flow, record.header.time_ns);
  }

  void operator()(const core::record_signal& record) {
    Flow& flow = context_.flows.touch(record.header, &record.handshake);
    if (record.rtt_ns != 0) flow.rtt_ns = record.rtt_ns;
    switch (record.reason) {
      case core::REASON_SUSPECT:
        weigh_data(context_, flow, record);
        withdraw_forged(context_, flow);
        // Forged or not: the client waits no longer.
        if (record.from_server != 0) greeted(flow, record.header.time_ns);
        break;
      case core::REASON_RESET: weigh_reset(context_, flow, record); break;
      case core::REASON_ALIVE: weigh_alive(context_, flow, record); break;
      case core::REASON_ACCEPTED: note_accepted(context_, flow, record); break;
      case core::REASON_SLOW_GREETING:
        greeted(flow, record.header.time_ns);
        weigh_slow_greeting(context_, flow, record);
        break;
      default: break;
    }
  }

  void operator()(const core::record_ident& record) { note_ident(context_, record); }

  void operator()(const core::record_lookup& record) { context_.lookups.update(record); }

  void tick(std::uint64_t now_ns) {
    const bool was_set_back = now_ns + kSetBack < last_tick_ns_;  // the clock
    if (now_ns < last_tick_ns_ + kSecond && !was_set_back) return;
    last_tick_ns_ = now_ns;
    watch_waiting(context_, now_ns);
    settle_refusals(context_, now_ns);
    watch_hairpins(context_, now_ns);
    watch_masked(context_, now_ns);
    tell_due(closed_, now_ns);
    tell_due(half_closed_, now_ns);
  }

  void finish() {
    settle_refusals(context_, ~std::uint64_t{0});
    tell_due(closed_, ~std::uint64_t{0});
  }

  Totals totals() const {
    Totals totals = context_.totals;
    totals.flows_forgotten = context_.flows.forgotten() - forgotten_before_;
    totals.connections_translated = context_.flows.translated() - translated_before_;
    totals.flows = context_.flows.counts();
    return totals;
  }

  void begin_counting(std::uint64_t records) {
    context_.totals = {};
    context_.totals.records = records;
    forgotten_before_ = context_.flows.forgotten();
    translated_before_ = context_.flows.translated();
  }

  Context context_;

 private:
  // A connection whose end is to be told.
  struct Ended {
    std::uint64_t due_ns;
    std::weak_ptr<Connection> connection;
  };

  // A SYN-ACK that nobody has acknowledged, of a connection that is not known.
  bool is_of_nobody(const core::record_flow& record) {
    return record.header.type == core::RECORD_SYN_ACK_REPEATED &&
           record.handshake.established_time_ns == 0 &&
           context_.flows.find(record.header.flow) == nullptr;
  }

  void greeted(Flow& flow, std::uint64_t now_ns) {
    if (flow.greeting_ns != 0) return;
    flow.greeting_ns = now_ns;
    if (flow.state == FlowState::kWaiting) context_.flows.enter(flow, FlowState::kDialogue);
    settle_ident(context_, flow, now_ns);
  }

  void leg_closed(const std::shared_ptr<Connection>& connection, std::uint64_t now_ns) {
    if (connection->told) return;
    if (FlowTable::state_of(*connection) == FlowState::kClosed) {
      closed_.push_back({now_ns + kRefusalHeld_ns, connection});
    } else {
      half_closed_.push_back({now_ns + kLegLingers_ns, connection});
    }
  }

  void tell_due(std::deque<Ended>& ended, std::uint64_t now_ns) {
    while (!ended.empty() && ended.front().due_ns <= now_ns) {
      const auto connection = ended.front().connection.lock();
      ended.pop_front();
      if (connection && !connection->told && !connection->legs.empty()) {
        tell_closed(*connection, now_ns);
      }
    }
  }

  void tell_closed(Connection& connection, std::uint64_t now_ns) {
    context_.flows.tell(connection);
    if (context_.settings.on_flow_closed) {
      context_.settings.on_flow_closed(view_of(context_, connection, now_ns));
    }
  }

  std::deque<Ended> closed_;       // by time; until their refusals are settled
  std::deque<Ended> half_closed_;  // by time; the other leg's end may be lost
  std::uint64_t last_tick_ns_ = 0;
  std::uint64_t forgotten_before_ = 0;
  std::uint64_t translated_before_ = 0;
};

Analyzer::Analyzer(AnalyzerSettings settings, std::function<void(const Incident&)> on_incident)
    : state_(std::make_unique<State>(std::move(settings), std::move(on_incident))) {}
Analyzer::~Analyzer() = default;
Analyzer::Analyzer(Analyzer&&) noexcept = default;
Analyzer& Analyzer::operator=(Analyzer&&) noexcept = default;

void Analyzer::consume(std::span<const std::byte> record) {
  const auto read = read_record(record);
  if (!read) {
    ++state_->context_.totals.records_unreadable;
    return;
  }
  ++state_->context_.totals.records;
  std::visit(*state_, *read);
}

void Analyzer::tick(std::uint64_t now_ns) { state_->tick(now_ns); }

void Analyzer::judge_by(std::vector<std::string> local_domains, ReasonTable reply_reasons) {
  state_->context_.settings.local_domains = std::move(local_domains);
  state_->context_.settings.reply_reasons = std::move(reply_reasons);
}

void Analyzer::finish() { state_->finish(); }

std::vector<FlowView> Analyzer::flows(std::uint64_t now_ns, const FlowChoice& choice) const {
  return list_flows(state_->context_, choice, now_ns);
}

std::vector<IdentView> Analyzer::idents() const { return state_->context_.ident_outcomes.views(); }
std::vector<MailSender> Analyzer::senders() const { return senders_in(state_->context_.senders); }

Totals Analyzer::totals() const { return state_->totals(); }
void Analyzer::begin_counting(std::uint64_t records) { state_->begin_counting(records); }

}  // namespace mxray
