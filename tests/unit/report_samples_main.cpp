// SPDX-License-Identifier: Apache-2.0
// What is good for a look at a report? Captures of twelve connections that a forger
// answered, to two servers, and of four greetings that waited for ident, all in one hour,
// and a page that is full of hostile text:
//
//   report_samples_main DIRECTORY     writes wan0.pcap, lan0.pcap, and pages: hostile.html,
//                                     kinds.html (all of them), many.html (500 incidents)
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "report_samples.h"
#include "support/capture_writer.h"
#include "support/traces.h"

namespace mxray::test {
namespace {

constexpr std::size_t kIp = 14;  // behind the Ethernet header
constexpr std::size_t kTcp = kIp + 20;
constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kStart = 1'790'433'892 * kSecond;  // 2026-09-26T14:44:52Z

bool is_port(const TimedPacket& packet, std::size_t at, std::uint8_t port) {
  return packet.frame[kTcp + at] == 0 && packet.frame[kTcp + at + 1] == port;
}

// The trace from another client to another server at another time; `serial` tells its
// port and its sequence numbers apart. mxray reads no checksums, so they are left as
// they were.
void add(std::vector<TimedPacket>& packets, std::vector<TimedPacket> trace, std::uint64_t after,
         std::uint8_t client, std::uint8_t server, std::uint8_t serial) {
  const std::uint64_t first = trace.front().time_ns;
  for (TimedPacket& packet : trace) {
    packet.time_ns = kStart + after * kSecond + (packet.time_ns - first);
    const bool ident = is_port(packet, 2, 113);  // from the server's own port
    const bool from_server = ident || is_port(packet, 0, 25) || is_port(packet, 0, 110);
    packet.frame[kIp + (from_server ? 19 : 15)] ^= client;
    packet.frame[kIp + (from_server ? 15 : 19)] ^= server;
    packet.frame[kTcp + (from_server && !ident ? 3 : 1)] ^= serial;
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

// Each stall as its outer and its inner side saw it.
void add_stalls(std::vector<TimedPacket>& wan, std::vector<TimedPacket>& lan) {
  for (std::uint8_t i = 0; i < 4; ++i) {
    const std::uint64_t after = 420 + std::uint64_t{500} * i;
    add(wan, ident_stall_outer_trace(IdentCase::kDropped), after, 0, 0, i);
    add(lan, ident_stall_inner_trace(IdentCase::kDropped), after, 0, 0, i);
  }
}

Bytes capture_of(std::vector<TimedPacket> packets) {
  std::stable_sort(packets.begin(), packets.end(), [](const TimedPacket& a, const TimedPacket& b) {
    return a.time_ns < b.time_ns;
  });
  return pcap_file(packets);
}

template <typename Content>
bool write(const std::filesystem::path& file, const Content& content) {
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(content.data()),
            static_cast<std::streamsize>(content.size()));
  out.close();
  return out.good();
}

}  // namespace
}  // namespace mxray::test

int main(int count, char** arguments) {
  using namespace mxray::test;
  if (count != 2) {
    std::fprintf(stderr, "usage: report_samples_main DIRECTORY\n");
    return 2;
  }
  const std::filesystem::path directory = arguments[1];
  std::vector<TimedPacket> wan = outside();
  std::vector<TimedPacket> lan;
  add_stalls(wan, lan);
  const auto write_page = [&directory](const char* file, const mxray::ReportInput& input) {
    return write(directory / file, mxray::render(input));
  };
  return write(directory / "wan0.pcap", capture_of(std::move(wan))) &&
                 write(directory / "lan0.pcap", capture_of(std::move(lan))) &&
                 write_page("hostile.html", mxray::samples::hostile_report()) &&
                 write_page("kinds.html", mxray::samples::every_kind()) &&
                 write_page("many.html", mxray::samples::many(500))
             ? 0
             : 1;
}
