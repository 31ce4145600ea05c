// SPDX-License-Identifier: Apache-2.0
#include "analysis/rejected.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "analysis/context.h"
#include "analysis/dialogue.h"
#include "analysis/judge.h"
#include "analysis/rejected_text.h"
#include "analysis/sides.h"
#include "analysis/weights.h"
#include "base/time.h"

namespace mxray {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::size_t kMostHeld = 4096;
// A server that had nothing to say for so long begins a new incident.
constexpr std::uint64_t kQuiet_ns = std::uint64_t{24} * 3600 * kSecond;

bool is_temporary(const Refusal& refusal) { return refusal.code < 500; }

// A command that the server does not know, or not yet, and a wrong password: the
// client says it otherwise, or its user types it again. No mail is refused.
bool refuses_no_mail(const Refusal& refusal) {
  constexpr std::array kCodes = {500, 502, 503, 535};
  return std::find(kCodes.begin(), kCodes.end(), refusal.code) != kCodes.end();
}

// How many mails must be refused before it is worth a person's time. Users that
// do not exist and greylisting are daily business, however many there are.
std::uint32_t least_mails(const KnownRefusal& known) {
  constexpr std::uint32_t kNever = ~std::uint32_t{0};
  if (refuses_no_mail(known.refusal)) return kNever;
  const bool temporary = is_temporary(known.refusal);
  switch (known.reason.reason) {
    case Reason::kReverseDns:
    case Reason::kHelo:
    case Reason::kSenderVerify:
    case Reason::kAuthRequired:
    case Reason::kBlocklisted: return 1;
    case Reason::kTooManyAttempts: return temporary ? 3 : 1;
    case Reason::kPolicy: return 3;
    case Reason::kOther: return temporary ? kNever : 10;
    case Reason::kUserUnknown:
    case Reason::kGreylisted: break;
  }
  return kNever;
}

double weight_of(Basis basis) {
  switch (basis) {
    case Basis::kCodeAndText: return weight::kRefusedCodeAndText;
    case Basis::kText: return weight::kRefusedText;
    default: return weight::kRefusedCode;
  }
}

std::string group_of(const core::address& own, const core::address& server, Reason reason) {
  std::string key(reinterpret_cast<const char*>(own.bytes), sizeof own.bytes);
  key.append(reinterpret_cast<const char*>(server.bytes), sizeof server.bytes);
  return key + static_cast<char>(reason);
}

// Who speaks for the connection has what was said; the leg may be gone by now.
Flow* flow_of(Context& context, const RejectionTable::Held& held) {
  Flow* flow = context.flows.find(held.flow);
  const bool is_same = flow != nullptr && flow->handshake.client_isn == held.client_isn;
  return is_same ? flow : nullptr;
}

void write_evidence(const Rejections& group, const KnownRefusal& known, Incident& incident) {
  const bool by_text =
      known.reason.basis == Basis::kText || known.reason.basis == Basis::kCodeAndText;
  incident.evidence = {
      {"reply_text", known.refusal.text, "250", by_text ? weight::kRefusedText : 0},
      {"reply_code",
       known.refusal.command.empty()
           ? fmt::format("{}", known.refusal.code)
           : fmt::format("{} to {}", known.refusal.code, known.refusal.command),
       known.reason.basis == Basis::kCodeAndText ? "says the same as the text" : "2xx",
       weight_of(known.reason.basis) - (by_text ? weight::kRefusedText : 0)},
      {"mails_refused", fmt::format("{}", group.mails), "0", 0},
      {"first_refused", rfc3339(group.first_ns), "", 0},
      {"last_refused", rfc3339(group.last_ns), "", 0}};
}

void report(Context& context, Rejections& group) {
  group.untold = false;
  if (group.told) {
    context.amend(group.incident);
  } else {
    group.told = true;
    context.raise(group.incident);
  }
}

void tell(Context& context, Flow& flow, const KnownRefusal& known, Rejections& group) {
  const double score = weight_of(known.reason.basis);
  const bool is_new = group.incident.id.empty();
  if (is_new) {
    group.incident =
        context.begin(Kind::kRejected, flow, known.refusal.time_ns, name_of(known.reason.reason));
    const Endpoint inside = group.incident.client;
    group.incident.client = outer_client(context, flow);
    if (!group.incident.inside_client && !(inside == group.incident.client)) {
      group.incident.inside_client = inside;
    }
  }
  Incident& incident = group.incident;
  if (is_new || score >= incident.score) {
    // The clearest words, and of these the latest.
    incident.score = score;
    incident.confidence = confidence_of(score).value_or(Confidence::kPossible);
    incident.dialogue = told_of(*flow.spoken);
    incident.dialogue->reply_code = known.refusal.code;
    incident.dialogue->reply_text = known.refusal.text;
    incident.dialogue->reason = std::string(name_of(known.reason.reason));
    write_evidence(group, known, incident);
  } else {
    incident.evidence.resize(std::min<std::size_t>(incident.evidence.size(), 2));
    incident.evidence.push_back({"mails_refused", fmt::format("{}", group.mails), "0", 0});
    incident.evidence.push_back({"first_refused", rfc3339(group.first_ns), "", 0});
    incident.evidence.push_back({"last_refused", rfc3339(group.last_ns), "", 0});
  }
  flow.belongs_to(incident);
  incident.time_ns = known.refusal.time_ns;
  write_rejected(group, known.reason.reason, incident);
  if (is_new) {
    report(context, group);
  } else {
    group.untold = true;  // at most one report a second, however many mails there are
  }
}

// Of what is refused for good, nothing more is asked.
bool holds(const Rejections& group, const Refusal& refusal) {
  if (!is_temporary(refusal)) return true;
  return group.mails > 1 && group.last_ns >= group.first_ns + kTemporaryHolds_ns;
}

void count(Context& context, Flow& flow, const RejectionTable::Held& held) {
  const KnownRefusal& known = held.known;
  const std::uint32_t least = least_mails(known);
  if (least == ~std::uint32_t{0}) return;
  Rejections& group = context.rejections.groups.touch(
      group_of(outer_client(context, flow).address, flow.key.server, known.reason.reason));
  const std::uint64_t now_ns = known.refusal.time_ns;
  if (group.mails != 0 && now_ns > group.last_ns + kQuiet_ns) group = {};
  // One mail to many recipients is refused many times.
  const bool is_same_mail = group.mails != 0 && group.last_flow == flow.key &&
                            group.last_isn == held.client_isn && group.last_mail == held.mail;
  if (group.mails == 0) group.first_ns = now_ns;
  if (!is_same_mail) ++group.mails;
  group.accepted_ns = 0;
  group.of_content |= held.of_content;
  group.last_flow = flow.key;
  group.last_isn = held.client_isn;
  group.last_mail = held.mail;
  group.last_ns = now_ns;
  if (is_same_mail && !group.incident.id.empty()) return;
  if (group.mails >= least && (group.told || holds(group, known.refusal)))
    tell(context, flow, known, group);
}

Refuser refuser_of(Ours ours) {
  switch (ours) {
    case Ours::kServer: return Refuser::kOurs;
    case Ours::kClient: return Refuser::kOthers;
    case Ours::kUnknown: break;
  }
  return Refuser::kUnknown;
}

void settle(Context& context, const RejectionTable::Held& held) {
  Flow* flow = flow_of(context, held);
  if (flow == nullptr || !flow->spoken || is_forged(*flow, held.known.refusal)) return;
  const Ours ours = ours_of(context, *flow);
  ++context.totals.refusal_reasons[static_cast<std::size_t>(refuser_of(ours))]
                                  [static_cast<std::size_t>(held.known.reason.reason)];
  switch (ours) {
    case Ours::kServer: weigh_refused_submission(context, *flow, held.known); break;
    case Ours::kClient: count(context, *flow, held); break;
    case Ours::kUnknown: break;  // it may be our own server that refuses a stranger
  }
}

}  // namespace

void hold_refusal(Context& context, Flow& flow, KnownRefusal known) {
  auto& held = context.rejections.held;
  if (held.size() >= kMostHeld) {
    settle(context, held.front());
    held.pop_front();
  }
  const std::uint64_t due_ns = known.refusal.time_ns + kRefusalHeld_ns;
  held.push_back(
      {.flow = flow.key,
       .client_isn = flow.handshake.client_isn,
       .mail = flow.spoken->mails,
       .of_content = flow.spoken->mails != 0 && flow.spoken->data_ns >= flow.spoken->mail_ns,
       .due_ns = due_ns,
       .known = std::move(known)});
}

void settle_refusals(Context& context, std::uint64_t now_ns) {
  auto& held = context.rejections.held;
  while (!held.empty() && held.front().due_ns <= now_ns) {
    const RejectionTable::Held due = std::move(held.front());
    held.pop_front();
    settle(context, due);
  }
  for (auto& [key, group] : context.rejections.groups) {
    if (group.untold) report(context, group);
  }
}

void note_accepted(Context& context, const Flow& flow, std::uint64_t time_ns) {
  const core::address own = outer_client(context, flow).address;
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    Rejections* group = context.rejections.groups.find(group_of(own, flow.key.server, reason));
    if (group == nullptr || group->of_content || group->last_ns >= time_ns) continue;
    if (!group->told) {
      *group = {};
    } else if (group->accepted_ns == 0 && *group->incident.dialogue->reply_code < 500) {
      group->accepted_ns = time_ns;
      write_rejected(*group, reason, group->incident);
      group->untold = true;
    }
  }
}

void withdraw_forged(Context& context, const Flow& flow) {
  if (!flow.spoken) return;
  const core::address own = outer_client(context, flow).address;
  for (const Refusal& refusal : flow.spoken->refusals) {
    const auto reason = reason_from_name(refusal.reason);
    if (!reason || !is_forged(flow, refusal)) continue;
    Rejections* group = context.rejections.groups.find(group_of(own, flow.key.server, *reason));
    const bool was_counted = group != nullptr && group->mails != 0 &&
                             group->last_flow == flow.key &&
                             group->last_isn == flow.handshake.client_isn;
    if (!was_counted) continue;
    if (--group->mails == 0 && !group->told) {
      *group = {};
    } else if (group->mails == 0) {
      write_withdrawn(group->incident);
      report(context, *group);
      *group = {};
    } else if (group->told) {
      write_rejected(*group, *reason, group->incident);
      group->untold = true;
    }
    return;  // of one connection, one mail at most
  }
}

}  // namespace mxray
