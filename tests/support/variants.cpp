// SPDX-License-Identifier: Apache-2.0
#include "support/variants.h"

#include <algorithm>
#include <ostream>
#include <random>

namespace mxray::test {

void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.name; }

std::string form_name(Wrapping wrapping, bool ipv6) {
  return "wrapping " + std::to_string(static_cast<int>(wrapping)) + (ipv6 ? ", IPv6" : ", IPv4");
}

std::vector<TimedPacket> packets_of(const Variant& variant, bool until_decisive) {
  std::vector<TimedPacket> packets;
  for (const Session::Step& step : variant.steps) {
    packets.push_back(step.packet);
    if (until_decisive && step.decisive) break;
  }
  return packets;
}

std::vector<TimedPacket> impaired_packets_of(const Variant& variant, std::uint64_t seed) {
  constexpr std::uint64_t kPercent = 2;
  constexpr std::uint64_t kShortestNs = 20'000;
  // Packets overtake one another on the path, not between client and monitor.
  constexpr std::uint64_t kClientLateNs = 250'000, kServerLateNs = 30'000'000;
  // Another series for every variant (FNV-1a).
  std::uint64_t mixed = 0xcbf29ce484222325 ^ seed;
  for (const char character : variant.name) {
    mixed = (mixed ^ static_cast<std::uint8_t>(character)) * 0x100000001b3;
  }
  std::mt19937_64 random(mixed);
  // One number a packet and question, so that an answer shifts no later one.
  const auto happens = [&random] { return random() % 100 < kPercent; };
  const auto delay = [&random](std::uint64_t longest_ns) {
    return kShortestNs + random() % (longest_ns - kShortestNs);
  };
  std::vector<TimedPacket> packets;
  for (const Session::Step& step : variant.steps) {
    const bool lost = happens(), twice = happens(), late = happens();
    const std::uint64_t late_ns = delay(step.from_server ? kServerLateNs : kClientLateNs);
    const std::uint64_t copy_ns = delay(kServerLateNs);
    if (lost && !step.essential) continue;
    TimedPacket packet = step.packet;
    if (late && !step.punctual) packet.time_ns += late_ns;
    packets.push_back(packet);
    if (!twice) continue;
    packet.time_ns += copy_ns;
    packets.push_back(packet);
  }
  std::stable_sort(packets.begin(), packets.end(), [](const TimedPacket& a, const TimedPacket& b) {
    return a.time_ns < b.time_ns;
  });
  return packets;
}

}  // namespace mxray::test
