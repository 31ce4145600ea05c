// SPDX-License-Identifier: Apache-2.0
// Which captures are good for a picture of a report? Twelve connections that a forger
// answered, to two servers, and four greetings that waited for ident, all in one hour:
//
//   report_captures_main DIRECTORY     writes wan0.pcap and lan0.pcap there
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "support/capture_writer.h"
#include "support/traces.h"

namespace mxray::test {
namespace {

constexpr std::size_t kIp = 14;  // behind the Ethernet header
constexpr std::size_t kTcp = kIp + 20;
constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kStart = 1'790'433'892 * kSecond;  // 2026-09-26T14:44:52Z

// The trace from another client to another server at another time. mxray reads no
// checksums, so they are left as they were.
void add(std::vector<TimedPacket>& packets, std::vector<TimedPacket> trace, std::uint64_t after,
         std::uint8_t client, std::uint8_t server, std::uint8_t serial) {
  const std::uint64_t first = trace.front().time_ns;
  for (TimedPacket& packet : trace) {
    packet.time_ns = kStart + after * kSecond + (packet.time_ns - first);
    const bool from_server = packet.frame[kTcp] == 0 && packet.frame[kTcp + 1] < 128;
    packet.frame[kIp + (from_server ? 19 : 15)] ^= client;
    packet.frame[kIp + (from_server ? 15 : 19)] ^= server;
    packet.frame[kTcp + (from_server ? 3 : 1)] ^= serial;
    packet.frame[kTcp + (from_server ? 8 : 4)] ^= serial;  // its bytes' numbers: ack, seq
    packets.push_back(std::move(packet));
  }
}

std::vector<TimedPacket> outside() {
  std::vector<TimedPacket> packets;
  const std::uint64_t after[] = {0, 95, 130, 310, 340, 365, 900, 1210, 1260, 1900, 2350, 2661};
  std::uint8_t serial = 0;
  for (const std::uint64_t seconds : after) {
    ForgedReplyOptions options;
    options.middle = ForgedReplyOptions::Middle::kReconstructed;
    if (serial % 4 == 2) options.forged_text = kForged551;
    const auto client = static_cast<std::uint8_t>(serial % 3 == 1 ? 13 : 0);
    const auto server = static_cast<std::uint8_t>(serial % 2);
    add(packets, forged_reply_trace(options), seconds, client, server, ++serial);
  }
  return packets;
}

}  // namespace
}  // namespace mxray::test

int main(int count, char** arguments) {
  using namespace mxray::test;
  if (count != 2) {
    std::fprintf(stderr, "usage: report_captures_main DIRECTORY\n");
    return 2;
  }
  std::vector<TimedPacket> wan = outside();
  std::vector<TimedPacket> lan;
  const std::uint64_t first = ident_stall_outer_trace(IdentCase::kDropped).front().time_ns;
  for (std::uint64_t i = 0; i < 4; ++i) {
    for (const bool outer : {true, false}) {
      auto trace = outer ? ident_stall_outer_trace(IdentCase::kDropped)
                         : ident_stall_inner_trace(IdentCase::kDropped);
      for (TimedPacket& packet : trace) {
        packet.time_ns = kStart + (420 + 500 * i) * kSecond + (packet.time_ns - first);
        const bool ident = packet.frame[kTcp + 1] == 113 || packet.frame[kTcp + 3] == 113;
        const bool from_server = packet.frame[kTcp] == 0 && packet.frame[kTcp + 1] == 110;
        const auto serial = static_cast<std::uint8_t>(i);
        if (ident) {
          packet.frame[kTcp + 1] ^= serial;
        } else {
          packet.frame[kTcp + (from_server ? 3 : 1)] ^= serial;
          packet.frame[kTcp + (from_server ? 8 : 4)] ^= serial;
        }
        (outer ? wan : lan).push_back(std::move(packet));
      }
    }
  }
  const auto write = [&](const char* name, std::vector<TimedPacket>& packets) {
    std::stable_sort(
        packets.begin(), packets.end(),
        [](const TimedPacket& a, const TimedPacket& b) { return a.time_ns < b.time_ns; });
    const Bytes file = pcap_file(packets);
    std::ofstream out(std::filesystem::path(arguments[1]) / name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
    return out.good();
  };
  return write("wan0.pcap", wan) && write("lan0.pcap", lan) ? 0 : 1;
}
