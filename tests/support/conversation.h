// SPDX-License-Identifier: Apache-2.0
// How does a test write down a mail session, so that only its lines show?
//
//   Conversation(25).handshake().server("220 mx ready\r\n").client("EHLO pc\r\n").packets()
//
// A client and a server as ordinary as can be: timestamps, DF, rising IP IDs,
// 20 ms from the monitor to the server and back. A test changes one packet by a
// function that gets it before it is built.
#pragma once

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "support/packet_builder.h"
#include "support/timed_packet.h"
#include "support/wrapping.h"

namespace mxray::test {

class Conversation {
 public:
  using Change = std::function<void(Packet&)>;

  explicit Conversation(std::uint16_t server_port, std::uint16_t client_port = 40'001)
      : server_port_(server_port), client_port_(client_port) {}

  // Before the first packet.
  Conversation& isn(std::uint32_t client, std::uint32_t server) {
    next_[kClient] = client;
    next_[kServer] = server;
    return *this;
  }
  Conversation& ipv6() {
    ipv6_ = true;
    return *this;
  }
  Conversation& wrapped(Wrapping wrapping) {
    wrapping_ = wrapping;
    return *this;
  }
  /// For every packet, e.g. extension headers.
  Conversation& each(Change change) {
    each_ = std::move(change);
    return *this;
  }
  Conversation& at(std::uint64_t time_ns) {
    now_ns_ = time_ns;
    return *this;
  }

  Conversation& handshake() {
    add(kClient, kSyn, "", [](Packet& packet) { packet.ack(0); });
    add(kServer, kSyn | kAck, "", {}, kPathNs);
    return add(kClient, kAck, "");
  }
  /// One segment each; the server's comes a round trip after what was last.
  Conversation& client(std::string_view line, const Change& change = {}) {
    return add(kClient, kAck | kPush, line, change);
  }
  Conversation& server(std::string_view line, const Change& change = {}) {
    return add(kServer, kAck | kPush, line, change, kPathNs);
  }
  Conversation& client_ack(const Change& change = {}) { return add(kClient, kAck, "", change); }
  Conversation& client_fin() { return add(kClient, kAck | kFin, ""); }
  Conversation& server_fin() { return add(kServer, kAck | kFin, ""); }
  Conversation& server_reset(const Change& change = {}) {
    return add(kServer, kReset | kAck, "", change);
  }
  Conversation& client_reset(const Change& change = {}) {
    return add(kClient, kReset | kAck, "", change);
  }
  Conversation& wait(std::uint64_t ns) {
    now_ns_ += ns;
    return *this;
  }
  /// The last packet once more.
  Conversation& again() {
    now_ns_ += kStepNs;
    packets_.push_back({now_ns_, packets_.back().frame});
    return *this;
  }

  [[nodiscard]] std::uint64_t now_ns() const { return now_ns_; }
  [[nodiscard]] const std::vector<TimedPacket>& packets() const { return packets_; }

 private:
  enum Side { kClient = 0, kServer = 1 };
  static constexpr std::uint64_t kStepNs = 200'000;
  static constexpr std::uint64_t kPathNs = 20'000'000;

  Conversation& add(Side from, unsigned flags, std::string_view line, const Change& change = {},
                    std::uint64_t delay_ns = kStepNs) {
    static constexpr MacAddress kMac[] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
    static constexpr const char* kIpv4[] = {"192.0.2.10", "203.0.113.25"};
    static constexpr const char* kIpv6[] = {"2001:db8::10", "2001:db8:25::25"};
    const Side to = from == kClient ? kServer : kClient;
    Packet packet = wrapped_packet(wrapping_, kMac[from], kMac[to]);
    if (ipv6_) {
      packet.ipv6(kIpv6[from], kIpv6[to]);
    } else {
      packet.ipv4(kIpv4[from], kIpv4[to]).ip_id(++ip_id_[from]).dont_fragment();
    }
    if (each_) each_(packet);
    now_ns_ += delay_ns;
    const auto clock = static_cast<std::uint32_t>(now_ns_ / 1'000'000);
    packet.ttl(from == kClient ? 64 : 52)
        .tcp(from == kClient ? client_port_ : server_port_,
             from == kClient ? server_port_ : client_port_)
        .seq(next_[from])
        .ack(next_[to])
        .flags(flags)
        .window(from == kClient ? 502 : 509);
    if ((flags & kSyn) != 0) packet.option_mss(1460).option_sack_permitted();
    if ((flags & kReset) == 0) packet.option_nop().option_nop().option_timestamps(clock, 7);
    packet.payload(line);
    if (change) change(packet);
    packets_.push_back({now_ns_, packet.build()});
    next_[from] += static_cast<std::uint32_t>(line.size());
    if ((flags & (kSyn | kFin)) != 0) ++next_[from];
    return *this;
  }

  std::uint16_t server_port_;
  std::uint16_t client_port_;
  bool ipv6_ = false;
  Wrapping wrapping_ = Wrapping::kEthernet;
  Change each_;
  std::uint32_t next_[2] = {1'000'000, 2'000'000};
  std::uint16_t ip_id_[2] = {100, 30'000};
  std::uint64_t now_ns_ = 1'700'000'000'000'000'000;
  std::vector<TimedPacket> packets_;
};

}  // namespace mxray::test
