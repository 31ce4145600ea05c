// SPDX-License-Identifier: Apache-2.0
// How does a test write down who talks mail to whom, so that only the talk shows?
//
//   Talk({.client = "10.0.0.5", .server = "203.0.113.25"}).server("220 mx\r\n")...
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/packet_builder.h"
#include "support/timed_packet.h"

namespace mxray::test {

/// The two hosts as the monitor sees them.
struct Ends {
  std::string client = "10.4.1.4";
  std::string server = "203.0.113.25";
  std::uint16_t port = 25;
  std::uint16_t client_port = 40'001;
  std::uint8_t client_ttl = 63;
  std::uint8_t server_ttl = 52;
  bool server_timestamps = true;
  std::uint32_t isn = 1'000'000;
  double start_seconds = 0;
  double rtt_seconds = 0.1;
};

class Talk {
 public:
  explicit Talk(Ends ends = {})
      : ends_(std::move(ends)),
        next_{ends_.isn, ends_.isn + 7'000'000},
        now_ns_(1'700'000'000'000'000'000ULL +
                static_cast<std::uint64_t>(ends_.start_seconds * 1e9)) {
    add(false, kSyn, "");
    now_ns_ += static_cast<std::uint64_t>(ends_.rtt_seconds * 1e9);
    add(true, kSyn | kAck, "");
    add(false, kAck, "");
  }

  /// One segment, `\n` as it is written on the wire: CR LF.
  Talk& client(std::string_view lines) { return add(false, kAck | kPush, lines); }
  Talk& server(std::string_view lines) {
    now_ns_ += static_cast<std::uint64_t>(ends_.rtt_seconds * 1e9);
    return add(true, kAck | kPush, lines);
  }
  Talk& wait(double seconds) {
    now_ns_ += static_cast<std::uint64_t>(seconds * 1e9);
    return *this;
  }
  /// FIN both ways.
  Talk& bye() {
    add(false, kAck | kFin, "");
    add(true, kAck | kFin, "");
    return add(false, kAck, "");
  }

  [[nodiscard]] const std::vector<TimedPacket>& packets() const { return packets_; }

  /// The same connection, as another interface of a gateway sees it.
  [[nodiscard]] const Ends& ends() const { return ends_; }

 private:
  Talk& add(bool from_server, unsigned flags, std::string_view lines) {
    std::string text;
    for (const char c : lines) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
    now_ns_ += 200'000;
    const std::size_t from = from_server ? 1 : 0, to = 1 - from;
    Packet packet;
    packet.ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2});
    packet
        .ipv4(from_server ? ends_.server : ends_.client, from_server ? ends_.client : ends_.server)
        .ip_id(++ip_id_[from])
        .dont_fragment()
        .ttl(from_server ? ends_.server_ttl : ends_.client_ttl)
        .tcp(from_server ? ends_.port : ends_.client_port,
             from_server ? ends_.client_port : ends_.port)
        .seq(next_[from])
        .ack(flags == kSyn ? 0 : next_[to])
        .flags(flags)
        .window(502);
    if ((flags & kSyn) != 0) packet.option_mss(1460).option_sack_permitted();
    if (ends_.server_timestamps || flags == kSyn) {
      packet.option_nop().option_nop().option_timestamps(
          static_cast<std::uint32_t>(now_ns_ / 1'000'000), 7);
    }
    packet.payload(text);
    packets_.push_back({now_ns_, packet.build()});
    next_[from] += static_cast<std::uint32_t>(text.size());
    if ((flags & (kSyn | kFin)) != 0) ++next_[from];
    return *this;
  }

  Ends ends_;
  std::uint32_t next_[2];
  std::uint16_t ip_id_[2] = {100, 30'000};
  std::uint64_t now_ns_;
  std::vector<TimedPacket> packets_;
};

/// Several talks as one capture; each begins when its Ends say.
inline std::vector<TimedPacket> together(const std::vector<Talk>& talks) {
  std::vector<TimedPacket> all;
  for (const Talk& talk : talks) {
    all.insert(all.end(), talk.packets().begin(), talk.packets().end());
  }
  std::stable_sort(all.begin(), all.end(), [](const TimedPacket& a, const TimedPacket& b) {
    return a.time_ns < b.time_ns;
  });
  return all;
}

}  // namespace mxray::test
