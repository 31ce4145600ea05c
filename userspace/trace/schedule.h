// SPDX-License-Identifier: Apache-2.0
// Which probe goes out next, and which hops are known for good?
//
// First one probe for each distance, several on the way at once, until the
// server answers; then the further probes of each hop. So the server is found
// after about one round trip, little is sent past it, and no router is asked
// several times in a row, which would meet its limit of ICMP errors a second.
// No I/O and no clock: the caller says what time it is.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "path/path.h"
#include "trace/packet.h"

namespace mxray::trace {

struct ScheduleSettings {
  int first_distance = 1;
  int max_hops = 30;
  int probes = 3;                            // a hop
  std::uint64_t timeout_ns = 1'000'000'000;  // how long an answer may take
  int window = 6;                            // distances probed beyond what is known
  std::uint64_t spacing_ns = 20'000'000;     // between two probes: 50 a second
};

struct Probe {
  int distance = 0;          // TTL or hop limit
  std::uint32_t number = 0;  // from 0 in the order of sending
};

/// Somebody who refuses to pass probes on.
struct Obstacle {
  int distance = 0;
  core::address from{};
  std::uint8_t icmp_code = 0;
};

class Schedule {
 public:
  explicit Schedule(const ScheduleSettings& settings);

  /// The probe to send now, which then counts as sent; nullopt: none yet, see
  /// wake_at().
  std::optional<Probe> next(std::uint64_t now_ns);

  /// An answer to probe `number`. Ignored if the number was never sent, if it
  /// was answered already, or if its hop is known for good.
  void take(std::uint32_t number, AnswerKind kind, std::uint8_t icmp_code,
            const core::address& from, std::uint64_t received_ns);

  /// The next hop in order, once all of its probes are answered or late.
  std::optional<Hop> next_final(std::uint64_t now_ns);

  /// When to call next() and next_final() again if nothing arrives.
  [[nodiscard]] std::uint64_t wake_at(std::uint64_t now_ns) const;

  /// Nothing to send, nothing to wait for.
  [[nodiscard]] bool finished() const { return reported_ >= last_distance(); }

  /// What is known of the hops that next_final() has not given yet, up to the
  /// last that answered: for a trace that is broken off.
  [[nodiscard]] std::vector<Hop> unfinished() const;

  /// The nearest distance at which the server answered.
  [[nodiscard]] std::optional<int> server_distance() const { return server_distance_; }
  /// True if one of its answers was a SYN-ACK: the port is open.
  [[nodiscard]] bool open() const { return open_; }
  /// The nearest one; nothing if the server answered. A router refuses what it
  /// would have to pass on, so it lets the probe die that just reaches it and
  /// refuses the next: its distance is that of the first.
  [[nodiscard]] std::optional<Obstacle> obstacle() const;

 private:
  struct Sent {
    int distance;
    std::uint64_t time_ns;
    bool answered;
  };
  struct Heard {
    core::address from;
    int answers;
  };
  struct State {
    std::vector<Heard> heard;
    std::optional<std::uint64_t> least_rtt_ns;
    std::uint64_t last_sent_ns = 0;
    int sent = 0;
    int answers = 0;
  };
  [[nodiscard]] const State& at(int distance) const;
  State& at(int distance);
  [[nodiscard]] Hop hop(int distance) const;
  [[nodiscard]] int last_distance() const;
  [[nodiscard]] bool is_final(int distance, std::uint64_t now_ns) const;
  [[nodiscard]] std::optional<int> next_distance(std::uint64_t now_ns) const;

  ScheduleSettings settings_;
  std::vector<State> hops_;  // from first_distance on
  std::vector<Sent> sent_;   // by number
  int reported_;             // the last distance that next_final() gave
  std::optional<int> server_distance_;
  std::optional<Obstacle> obstacle_;
  bool open_ = false;
};

}  // namespace mxray::trace
