// SPDX-License-Identifier: Apache-2.0
// How does a test write down what a NAT gateway sees of a connection?
//
//   NatTraffic().session({{"wan0", {"198.51.100.7", 40001, "203.0.113.88"}},
//                         {"lan0", {"198.51.100.7", 40001, "192.168.1.55"}}})
//
// The legs go from the client's side to the server's. The gateway is a router: a
// packet has one less of its TTL on the next leg, and is there 20 µs later.
// Every call goes on where the one before it ended.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "replay/replay.h"
#include "support/capture_writer.h"
#include "support/packet_builder.h"
#include "support/timed_packet.h"

namespace mxray::test {

struct Leg {
  std::string interface;
  std::string client;
  std::uint16_t client_port = 0;
  std::string server;
  std::uint16_t server_port = 25;
};
using Legs = std::vector<Leg>;

class NatTraffic {
 public:
  static constexpr std::uint64_t kMillisecond = 1'000'000, kSecond = 1'000'000'000;

  /// Hops before the first leg and behind the last.
  NatTraffic& hops(int to_client, int to_server) {
    hops_[kClient] = to_client;
    hops_[kServer] = to_server;
    return *this;
  }
  /// The next packets are of another connection, with numbers of its own.
  NatTraffic& fresh() {
    isn_[kClient] += 7'654'321;
    isn_[kServer] += 1'234'567;
    sent_[kClient] = sent_[kServer] = 0;
    return *this;
  }
  NatTraffic& isn(std::uint32_t client, std::uint32_t server) {
    isn_[kClient] = client;
    isn_[kServer] = server;
    return *this;
  }
  NatTraffic& wait(std::uint64_t ns) {
    now_ns_ += ns;
    return *this;
  }

  // One packet of the connection, on each of the legs.
  NatTraffic& syn(const Legs& legs) { return send(legs, kClient, kSyn); }
  NatTraffic& syn_ack(const Legs& legs) {
    return wait(20 * kMillisecond).send(legs, kServer, kSyn | kAck);
  }
  NatTraffic& reset(const Legs& legs) { return send(legs, kServer, kReset | kAck); }
  NatTraffic& greet(const Legs& legs) {
    return send(legs, kClient, kAck).send(legs, kServer, kAck | kPush, "220 mail ESMTP\r\n");
  }
  NatTraffic& close(const Legs& legs) {
    return send(legs, kClient, kAck | kFin)
        .send(legs, kServer, kAck | kFin)
        .send(legs, kClient, kAck);
  }

  /// A whole connection, and a second's rest.
  NatTraffic& session(const Legs& legs) {
    return fresh().syn(legs).syn_ack(legs).greet(legs).close(legs).wait(kSecond);
  }
  /// SYNs that nobody answers, repeated after 1, 3, 7, … seconds.
  NatTraffic& silence(const Legs& legs, int syns = 3) {
    fresh();
    for (int i = 0; i < syns; ++i) syn(legs).wait(kSecond << i);
    return *this;
  }
  NatTraffic& refusal(const Legs& legs) { return fresh().syn(legs).reset(legs).wait(kSecond); }

  /// Replays what was seen, one capture an interface, named after it. The
  /// settings' names of interfaces are lost.
  [[nodiscard]] ReplayResult verdict(const AnalyzerSettings& settings = {}) const {
    const TemporaryDirectory directory;
    std::vector<std::string> files;
    for (auto [name, packets] : packets_) {
      std::stable_sort(packets.begin(), packets.end(),
                       [](const auto& a, const auto& b) { return a.time_ns < b.time_ns; });
      files.push_back(directory.write(name, pcap_file(packets, {.nanoseconds = true})));
    }
    return replay(files, {.ports = default_ports(), .analyzer = settings});
  }
  /// From now on the clock of that interface's capture is wrong by so much.
  NatTraffic& skew(const std::string& interface, std::int64_t ns) {
    skew_[interface] = ns;
    return *this;
  }

 private:
  enum Side { kClient = 0, kServer = 1 };
  static constexpr std::uint64_t kGatewayNs = 20'000;

  NatTraffic& send(const Legs& legs, Side from, unsigned flags, const std::string& text = "") {
    const Side to = from == kClient ? kServer : kClient;
    if ((flags & kSyn) != 0) sent_[from] = 0;
    for (std::size_t i = 0; i < legs.size(); ++i) {
      const Leg& leg = legs[from == kClient ? i : legs.size() - 1 - i];
      add(leg, from, flags, text, sent_[to], hops_[from] + static_cast<int>(i));
      wait(kGatewayNs);
    }
    sent_[from] += static_cast<std::uint32_t>(text.size()) + ((flags & (kSyn | kFin)) != 0 ? 1 : 0);
    return wait(kMillisecond);
  }

  void add(const Leg& leg, Side from, unsigned flags, const std::string& text,
           std::uint32_t acknowledged, int hops) {
    const bool ipv6 = leg.client.find(':') != std::string::npos;
    const std::string& source = from == kClient ? leg.client : leg.server;
    const std::string& destination = from == kClient ? leg.server : leg.client;
    Packet packet;
    packet.ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2});
    if (ipv6) {
      packet.ipv6(source, destination);
    } else {
      packet.ipv4(source, destination).dont_fragment();
    }
    const Side to = from == kClient ? kServer : kClient;
    const bool first_syn = flags == kSyn;
    packet.ttl(static_cast<std::uint8_t>(64 - hops))
        .tcp(from == kClient ? leg.client_port : leg.server_port,
             from == kClient ? leg.server_port : leg.client_port)
        .seq(isn_[from] + sent_[from])
        .ack(first_syn ? 0 : isn_[to] + std::max(acknowledged, 1U))
        .flags(flags)
        .payload(text);
    if ((flags & kSyn) != 0) packet.option_mss(1460);
    const auto skewed = static_cast<std::int64_t>(now_ns_) + skew_[leg.interface];
    packets_[leg.interface].push_back({static_cast<std::uint64_t>(skewed), packet.build()});
  }

  std::map<std::string, std::vector<TimedPacket>> packets_;
  std::map<std::string, std::int64_t> skew_;
  std::uint64_t now_ns_ = 1'700'000'000'000'000'000;
  int hops_[2] = {0, 0};
  std::uint32_t isn_[2] = {1'000'000, 2'000'000'000};
  std::uint32_t sent_[2] = {0, 0};
};

/// The gateway of scripts/lab/nat.sh knows its own addresses and networks.
inline AnalyzerSettings gateway_settings() {
  AnalyzerSettings settings;
  const auto parsed = [](const char* text) { return *parse_address(text); };
  settings.is_local = [parsed](const core::address& address) {
    for (const char* own : {"203.0.113.88", "203.0.113.1", "192.168.1.1", "192.168.2.1",
                            "2001:db8:88::88", "fd00:1::1", "fd00:2::1"}) {
      if (address == parsed(own)) return true;
    }
    return false;
  };
  settings.network_of = [parsed](const core::address& address) -> std::optional<AttachedNetwork> {
    for (const auto& [interface, start, length] : {std::tuple{"wan0", "203.0.113.0", 24},
                                                   {"lan0", "192.168.1.0", 24},
                                                   {"lan1", "192.168.2.0", 24},
                                                   {"wan0", "2001:db8:88::", 64},
                                                   {"lan0", "fd00:1::", 64},
                                                   {"lan1", "fd00:2::", 64}}) {
      const Network network{parsed(start), length};
      if (contains(network, address)) return AttachedNetwork{interface, network};
    }
    return std::nullopt;
  };
  return settings;
}

}  // namespace mxray::test
