// SPDX-License-Identifier: Apache-2.0
#include "format/packet_cells.h"

#include <fmt/format.h>

namespace mxray {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kMinute = 60 * kSecond;

// `20:44:52.643691` needs mental arithmetic to subtract; seconds of the first
// packet's minute, going on past 60, do not.
std::string seconds_since(std::uint64_t minute_ns, std::uint64_t time_ns) {
  const std::uint64_t elapsed = time_ns < minute_ns ? 0 : time_ns - minute_ns;
  return fmt::format("{:02}.{:06}", elapsed / kSecond, elapsed % kSecond / 1000);
}

// Of an ident packet its record keeps the time and the TTL only, so its zeros
// are not what was on the wire; its text is a remark, not payload.
bool is_ident(const PacketRow& packet) {
  return packet.what.starts_with("ident") || packet.what == "ICMP unreachable";
}

}  // namespace

std::uint64_t minute_of(const std::vector<PacketRow>& packets) {
  return packets.empty() ? 0 : packets.front().time_ns / kMinute * kMinute;
}

PacketCells cells_of(const PacketRow& packet, std::uint64_t minute_ns) {
  const bool ident = is_ident(packet);
  const bool no_ip_id = packet.ipv6 || ident;
  const auto unless_ident = [ident](std::string text) { return ident ? "-" : std::move(text); };
  return {
      .mark = packet.suspect ? "!" : "",
      .time = seconds_since(minute_ns, packet.time_ns),
      .from = packet.from_server ? "<- server" : "client ->",
      .packet = packet.what,
      .ttl = std::to_string(packet.ttl),
      .ip_id = no_ip_id ? "-" : std::to_string(packet.ip_id),
      .fragment = no_ip_id               ? "-"
                  : packet.dont_fragment ? "yes"
                                         : "no",
      .options = unless_ident(packet.options.empty() ? "none" : packet.options),
      .window = unless_ident(std::to_string(packet.window)),
      .bytes = unless_ident(std::to_string(packet.length)),
      .seq = unless_ident(fmt::format("{:08x}", packet.seq)),
      .ack = unless_ident(fmt::format("{:08x}", packet.ack)),
      .payload = !packet.text.empty() && !ident ? fmt::format("\"{}\"", packet.text) : packet.text};
}

}  // namespace mxray
