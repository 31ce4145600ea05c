// SPDX-License-Identifier: Apache-2.0
#include "maillog/match.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "maillog/agreement.h"
#include "maillog/incident_verdict.h"

namespace mxray::maillog {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kLongestSessionNs = 3600 * kSecond;  // hardly one lasts longer
// With a busy server a reply recurs: there is no need to look through all of them.
constexpr std::size_t kSessionsElsewhere = 200;

/// When it was first heard of.
std::uint64_t began(const FlowView& session) {
  if (session.opened_ns != 0) return session.opened_ns;
  return session.refusals.empty() ? session.closed_ns : session.refusals.front().time_ns;
}

bool is_at(const Endpoint& endpoint, const core::address& address,
           const std::optional<std::uint16_t>& port) {
  return endpoint.address == address && (!port || *port == endpoint.port);
}

bool is_at(const std::optional<Endpoint>& endpoint, const core::address& address,
           const std::optional<std::uint16_t>& port) {
  return endpoint && is_at(*endpoint, address, port);
}

/// Whether the session is with the other side that the log names.
bool is_with(const FlowView& session, const FailedDelivery& delivery) {
  if (delivery.direction == Direction::kOutgoing) {
    return is_at(session.server, *delivery.remote, delivery.remote_port) ||
           is_at(session.published_server, *delivery.remote, delivery.remote_port);
  }
  return is_at(session.client, *delivery.remote, delivery.remote_port) ||
         is_at(session.inside_client, *delivery.remote, delivery.remote_port);
}

/// Whether it is with our own side as well, port and all.
bool is_from(const FlowView& session, const FailedDelivery& delivery) {
  if (!delivery.own) return false;
  const std::optional<std::uint16_t> port(delivery.own->port);
  const core::address& address = delivery.own->address;
  return delivery.direction == Direction::kOutgoing
             ? is_at(session.client, address, port) || is_at(session.inside_client, address, port)
             : is_at(session.server, address, port) ||
                   is_at(session.published_server, address, port);
}

bool is_in(std::uint64_t time_ns, const Watched& range) {
  return time_ns >= range.since_ns && time_ns <= range.until_ns;
}

/// Whether it was there at some time of `range`.
bool overlaps(const FlowView& session, const Watched& range) {
  return session.opened_ns <= range.until_ns &&
         (session.closed_ns == 0 || session.closed_ns >= range.since_ns);
}

/// Of a closed session only the port tells, not whether STARTTLS came.
bool is_encrypted(const FlowView& session) {
  constexpr std::uint16_t kSubmissions = 465;  // RFC 8314, 7.3
  return session.state == FlowState::kEncrypted || session.server.port == kSubmissions;
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kForged: return "forged";
    case Verdict::kGenuine: return "genuine";
    case Verdict::kNotSeen: break;
  }
  return "not_seen";
}

std::string_view name_of(NotSeen reason) {
  switch (reason) {
    case NotSeen::kNoAddress: return "no_address";
    case NotSeen::kNotWatched: return "not_watched";
    case NotSeen::kNoSession: return "no_session";
    case NotSeen::kNoReply: return "no_reply";
    case NotSeen::kOtherReply: return "other_reply";
    case NotSeen::kEncrypted: break;
  }
  return "encrypted";
}

Watched time_around(const FailedDelivery& delivery) {
  const std::uint64_t before = kLogDelayNs + kClockDifferenceNs;
  return {.since_ns = delivery.time_ns - std::min(before, delivery.time_ns),
          .until_ns = delivery.time_ns + delivery.unit_ns + kClockDifferenceNs};
}

/// How well one session fits, by one reply of it.
struct Sessions::Candidate {
  std::size_t session = 0;
  bool in_time = false;
  Verdict verdict = Verdict::kNotSeen;
  const Incident* incident = nullptr;
  std::uint64_t reply_ns = 0;
  Agreement how = Agreement::kNone;
  int domains = 0;                // that agree, less those that do not
  std::uint64_t distance_ns = 0;  // from the log line
  bool elsewhere = false;         // the reply agrees but for its time

  [[nodiscard]] auto likeness() const { return std::tuple(how, domains); }
  [[nodiscard]] bool is_better_than(const Candidate& other) const {
    return likeness() != other.likeness() ? likeness() > other.likeness()
                                          : distance_ns < other.distance_ns;
  }
};

void Sessions::add(FlowView session) {
  const std::size_t index = sessions_.size();
  std::unordered_set<core::address> addresses = {session.client.address, session.server.address};
  if (session.inside_client) addresses.insert(session.inside_client->address);
  if (session.published_server) addresses.insert(session.published_server->address);
  for (const core::address& address : addresses) by_address_[address].push_back(index);
  sessions_.push_back(std::move(session));
}

void Sessions::add(Incident incident) {
  if (is_forgery(incident.kind)) incidents_.push_back(std::move(incident));
}

void Sessions::settle() {
  for (auto& [address, known] : by_address_) {
    std::stable_sort(known.begin(), known.end(), [this](std::size_t a, std::size_t b) {
      return began(sessions_[a]) < began(sessions_[b]);
    });
  }
  constexpr std::uint64_t kAfterEnd = 60 * kSecond;  // a flow lingers so long
  forgeries_.assign(sessions_.size(), {});
  for (std::size_t i = 0; i < incidents_.size(); ++i) {
    const Incident& incident = incidents_[i];
    const auto known = by_address_.find(incident.server.address);
    if (known == by_address_.end()) continue;
    const std::vector<std::size_t>& of_server = known->second;
    const std::uint64_t earliest = incident.time_ns - std::min(incident.time_ns, kLongestSessionNs);
    auto at = std::partition_point(of_server.begin(), of_server.end(),
                                   [&](std::size_t s) { return began(sessions_[s]) < earliest; });
    for (; at != of_server.end() && began(sessions_[*at]) <= incident.time_ns; ++at) {
      const std::size_t s = *at;
      const FlowView& session = sessions_[s];
      const bool named = std::find(session.incidents.begin(), session.incidents.end(),
                                   incident.id) != session.incidents.end();
      const bool same_ends =
          session.server == incident.server &&
          (session.client == incident.client ||
           (session.inside_client && *session.inside_client == incident.client)) &&
          incident.time_ns >= session.opened_ns &&
          (session.closed_ns == 0 || incident.time_ns <= session.closed_ns + kAfterEnd);
      if (named || same_ends) forgeries_[s].push_back(i);
    }
  }
}

std::vector<std::size_t> Sessions::around(const FailedDelivery& delivery, const Watched& range,
                                          std::size_t further) const {
  std::vector<std::size_t> found;
  const auto known = by_address_.find(*delivery.remote);
  if (known == by_address_.end()) return found;
  const std::vector<std::size_t>& all = known->second;
  const auto position = [&](std::uint64_t time_ns) {
    const auto at = std::partition_point(
        all.begin(), all.end(), [&](std::size_t s) { return began(sessions_[s]) < time_ns; });
    return static_cast<std::size_t>(at - all.begin());
  };
  const std::size_t first = position(range.since_ns - std::min(range.since_ns, kLongestSessionNs));
  const std::size_t last = position(range.until_ns + 1);
  for (std::size_t i = first - std::min(first, further); i < std::min(last + further, all.size());
       ++i) {
    if (is_with(sessions_[all[i]], delivery)) found.push_back(all[i]);
  }
  return found;
}

Sessions::Candidate Sessions::judge(const FailedDelivery& delivery, std::size_t index) const {
  const FlowView& session = sessions_[index];
  const Watched around = time_around(delivery);
  Candidate best;
  best.session = index;
  best.in_time = overlaps(session, around);
  const auto distance = [&](std::uint64_t time_ns) {
    return time_ns > delivery.time_ns ? time_ns - delivery.time_ns : delivery.time_ns - time_ns;
  };
  best.distance_ns = distance(session.closed_ns != 0 ? session.closed_ns : session.opened_ns);
  for (const auto same : {same_domain(delivery.sender_domain, session.sender_domain),
                          same_domain(delivery.helo, session.helo)}) {
    if (same) best.domains += *same ? 1 : -1;
  }
  if (is_from(session, delivery)) best.domains += 4;  // ports and all: no better mark
  const auto consider = [&](Verdict verdict, Agreement how, std::uint64_t time_ns,
                            const Incident* incident) {
    if (how == Agreement::kNone) return;
    if (!is_in(time_ns, around)) {
      if (how == Agreement::kText && !best.in_time) {
        best.elsewhere = true;
        best.reply_ns = time_ns;
      }
      return;
    }
    Candidate next = best;
    next.verdict = verdict;
    next.how = how;
    next.reply_ns = time_ns;
    next.incident = incident;
    next.distance_ns = distance(time_ns);
    if (best.verdict == Verdict::kNotSeen || next.is_better_than(best)) best = next;
  };
  // Incidents first: where a refusal is the forged reply they know better.
  for (const std::size_t i : forgeries_.at(index)) {
    Agreement how = Agreement::kNone;
    const auto verdict = verdict_of(incidents_[i], delivery, how);
    if (verdict) consider(*verdict, how, incidents_[i].time_ns, &incidents_[i]);
  }
  const bool settled = best.verdict != Verdict::kNotSeen && best.how == Agreement::kText;
  if (!settled && delivery.failure == Failure::kRefused) {
    for (const Refusal& refusal : session.refusals) {
      consider(Verdict::kGenuine,
               agreement(delivery.reply, delivery.permanent, refusal.code, refusal.text),
               refusal.time_ns, nullptr);
    }
    // A session keeps its first few refusals, and of a later one the code.
    const bool by_code = best.verdict == Verdict::kNotSeen && best.in_time && delivery.reply.code &&
                         session.last_reply_code == delivery.reply.code;
    if (by_code) {
      best.verdict = Verdict::kGenuine;
      best.how = Agreement::kCode;
    }
  }
  return best;
}

std::optional<std::int64_t> Sessions::elsewhere(const FailedDelivery& delivery,
                                                const Watched& range) const {
  std::optional<std::int64_t> nearest;
  for (const std::size_t session : around(delivery, range, kSessionsElsewhere)) {
    const Candidate candidate = judge(delivery, session);
    if (!candidate.elsewhere) continue;
    const std::int64_t off =
        static_cast<std::int64_t>(candidate.reply_ns) - static_cast<std::int64_t>(delivery.time_ns);
    if (!nearest || std::abs(off) < std::abs(*nearest)) nearest = off;
  }
  return nearest;
}

Match Sessions::match(const FailedDelivery& delivery) const {
  Match match;
  match.reason = NotSeen::kNoAddress;
  if (!delivery.remote) return match;
  const Watched range = time_around(delivery);
  std::vector<Candidate> fitting;
  for (const std::size_t session : around(delivery, range, 0)) {
    if (overlaps(sessions_[session], range)) fitting.push_back(judge(delivery, session));
  }
  if (fitting.empty()) {
    const bool watched = watched_.since_ns <= range.until_ns &&
                         (watched_.until_ns == 0 || watched_.until_ns >= range.since_ns);
    match.reason = watched ? NotSeen::kNoSession : NotSeen::kNotWatched;
    match.elsewhere_ns = elsewhere(delivery, range);
    return match;
  }
  const Candidate* best = &fitting.front();
  for (const Candidate& candidate : fitting) {
    if (candidate.is_better_than(*best)) best = &candidate;
  }
  for (const Candidate& candidate : fitting) {
    if (&candidate == best || candidate.likeness() != best->likeness()) continue;
    ++match.others;
    if (candidate.verdict != best->verdict) ++match.others_differ;
  }
  match.session = &sessions_[best->session];
  match.verdict = best->verdict;
  match.incident = best->incident;
  match.reply_ns = best->reply_ns;
  if (match.verdict != Verdict::kNotSeen) {
    match.reason.reset();
  } else if (delivery.failure != Failure::kRefused) {
    match.reason = NotSeen::kNoReply;
  } else if (is_encrypted(*match.session)) {
    match.reason = NotSeen::kEncrypted;
  } else {
    match.reason = NotSeen::kOtherReply;
  }
  return match;
}

}  // namespace mxray::maillog
