// SPDX-License-Identifier: Apache-2.0
// Which recorded session was a failed delivery, and was its reply genuine?
//
// A session fits if the other side's address does, the ports where the log has
// them, and the time: a reply comes before its log line, which is written when the
// delivery ends, up to kLogDelay later. The mail server's clock may be off by
// kClockDifference either way. Of several the one with the most alike reply wins,
// then the one with the domains of the log, then the nearest in time. `forged` is
// said only where an incident of the session says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "analysis/incident.h"
#include "analysis/snapshot.h"
#include "maillog/failed_delivery.h"

namespace mxray::maillog {

inline constexpr std::uint64_t kLogDelayNs = std::uint64_t{300} * 1'000'000'000;
inline constexpr std::uint64_t kClockDifferenceNs = std::uint64_t{5} * 1'000'000'000;

enum class Verdict : std::uint8_t { kForged, kGenuine, kNotSeen };
/// `forged`, `genuine`, `not_seen`.
std::string_view name_of(Verdict verdict);

/// Why a reply was not seen.
enum class NotSeen : std::uint8_t {
  kNoAddress,   // the log does not tell who the other side was
  kNotWatched,  // nothing was recorded at that time
  kNoSession,   // no session with that host at that time
  kNoReply,     // there is a session, and the log tells of no reply in it
  kOtherReply,  // there is one, without this reply
  kEncrypted,   // there is one, and what was said in it was encrypted
};
/// `no_address`, `not_watched`, `no_session`, `no_reply`, `other_reply`, `encrypted`.
std::string_view name_of(NotSeen reason);

/// When sessions were recorded, wall clock; `until_ns` 0: still.
struct Watched {
  std::uint64_t since_ns = 0;
  std::uint64_t until_ns = 0;
};

struct Match {
  Verdict verdict = Verdict::kNotSeen;
  std::optional<NotSeen> reason;       // of kNotSeen
  const FlowView* session = nullptr;   // of the Sessions
  const Incident* incident = nullptr;  // the forgery, or that whose genuine reply this is
  std::uint64_t reply_ns = 0;          // when it was seen; 0: it was not
  std::size_t others = 0;              // further sessions that fit as well
  std::size_t others_differ = 0;       // of these with another verdict
  /// Of kNoSession: how much later than the log says a session with this very reply
  /// was seen, the nearest one. Then one of the clocks or zones is wrong.
  std::optional<std::int64_t> elsewhere_ns;
};

/// The sessions to look through, by the address of either side.
class Sessions {
 public:
  void add(FlowView session);
  /// Of a session by its id or, where a session ended before the incident was
  /// raised, by addresses and time.
  void add(Incident incident);
  /// After the last add() and before the first match().
  void settle();
  void set_watched(Watched watched) { watched_ = watched; }

  [[nodiscard]] Match match(const FailedDelivery& delivery) const;
  [[nodiscard]] const std::vector<FlowView>& all() const { return sessions_; }

 private:
  struct Candidate;
  [[nodiscard]] Candidate judge(const FailedDelivery& delivery, std::size_t session) const;
  /// Sessions with the other side that may have been there in `range`, and up to
  /// `further` before and after them.
  [[nodiscard]] std::vector<std::size_t> around(const FailedDelivery& delivery,
                                                const Watched& range, std::size_t further) const;
  [[nodiscard]] std::optional<std::int64_t> elsewhere(const FailedDelivery& delivery,
                                                      const Watched& range) const;

  std::vector<FlowView> sessions_;
  std::vector<Incident> incidents_;                                         // forgeries
  std::unordered_map<core::address, std::vector<std::size_t>> by_address_;  // sessions
  std::vector<std::vector<std::size_t>> forgeries_;                         // by session: incidents
  Watched watched_;
};

/// From when to when sessions may matter to `delivery`, wall clock.
Watched time_around(const FailedDelivery& delivery);

}  // namespace mxray::maillog
