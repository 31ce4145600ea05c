// SPDX-License-Identifier: Apache-2.0
// What do the fuzzers begin with? Made-up packets in the form that each target
// takes. They are made anew for each run, since records and packets change with
// the code; what is worth keeping for good lies in tests/fuzz/corpus.
//
//   fuzz_seeds FOLDER      writes FOLDER/TARGET/NUMBER
#include <array>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "base/core_settings.h"
#include "replay/engine.h"
#include "support/capture_writer.h"
#include "support/random_sequences.h"
#include "unit/dns_packet.h"

namespace {

using namespace mxray;
using namespace mxray::test;
namespace fs = std::filesystem;

class Folder {
 public:
  explicit Folder(fs::path root) : root_(std::move(root)) {}

  void add(const std::string& target, const Bytes& seed) {
    fs::create_directories(root_ / target);
    std::ofstream file(root_ / target / std::to_string(counts_[target]++), std::ios::binary);
    file.write(reinterpret_cast<const char*>(seed.data()),
               static_cast<std::streamsize>(seed.size()));
    file.close();
    if (!file) throw fs::filesystem_error("cannot write", root_ / target, {});
  }

 private:
  fs::path root_;
  std::map<std::string, int> counts_;
};

void add_frames(Folder& folder) {
  for (const RandomPacket& packet : RandomPackets(1).valid_packets()) {
    Bytes seed = {static_cast<std::uint8_t>(packet.has_ethernet ? 0 : 1)};
    append_bytes(seed, packet.frame);
    folder.add("frame", seed);
  }
}

/// The records of one trace, each behind two bytes that tell its length.
Bytes records_of(const std::vector<TimedPacket>& packets) {
  Bytes seed;
  Engine engine(
      make_core_config(default_ports(), 5, 0x5ec2e7),
      [&seed](std::span<const std::byte> record) {
        seed.push_back(static_cast<std::uint8_t>(record.size() / 8));
        seed.push_back(static_cast<std::uint8_t>(record.size() % 8));
        const std::size_t begin = seed.size();
        seed.resize(begin + record.size());
        std::memcpy(&seed[begin], record.data(), record.size());
      },
      64);
  for (const TimedPacket& packet : packets) {
    engine.handle(packet.frame, static_cast<std::uint32_t>(packet.frame.size()),
                  LinkLayer::kEthernet, packet.time_ns, 1);
  }
  return seed;
}

void add_captures(Folder& folder, const std::vector<TimedPacket>& packets) {
  for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
    for (const bool nanoseconds : {false, true}) {
      folder.add("capture", pcap_file(packets, {.nanoseconds = nanoseconds, .order = order}));
    }
    PcapngFile file;
    file.section(order).interface();
    for (const TimedPacket& packet : packets) file.packet(0, packet);
    folder.add("capture", file.bytes());
  }
}

void add_dns_messages(Folder& folder) {
  using mxray::dns::DnsPacket;
  using mxray::dns::wire_name;
  const char* const name = "mail.example.org";
  Bytes exchange = {0, 10}, text = {5, 'v', '=', 's', 'p', 'f'};
  append_bytes(exchange, wire_name("mx.example.org"));
  folder.add("dns_message", DnsPacket(name, 1).record(name, 1, {192, 0, 2, 4}).bytes());
  folder.add("dns_message",
             DnsPacket(name, 12).record(name, 12, wire_name("a.example.org")).bytes());
  folder.add("dns_message", DnsPacket(name, 15).record(name, 15, exchange).bytes());
  folder.add("dns_message", DnsPacket(name, 16).record(name, 16, text).bytes());
  folder.add("dns_message", DnsPacket(name, 16).code(3).bytes());
  folder.add("dns_message", DnsPacket(name, 1)
                                .record(name, 5, wire_name("b.example.org"))
                                .record("b.example.org", 1, {192, 0, 2, 5})
                                .bytes());
}

void add_conversations(Folder& folder) {
  constexpr std::uint8_t kServer = 8, kIdent = 0xb0, kLookUp = 0xc0;
  using Steps = std::vector<FuzzedStep>;
  const Steps opening = {
      {0, 0x02, 0},        // SYN
      {kServer, 0x53, 0},  // SYN-ACK, 100 ms later
      {0, 0x11, 0},        // ACK
      {kServer, 0x30, 1},  // 220
      {0, 0x11, 2},        // EHLO
      {kServer, 0x30, 4},  // 250-...
      {0, 0x11, 6},        // MAIL FROM
      {kServer, 0x30, 5},  // 250
      {0, 0x11, 7},        // RCPT TO
  };
  const auto add = [&](Steps steps, const Steps& more) {
    steps.insert(steps.end(), more.begin(), more.end());
    folder.add("conversation", fuzzed_input(Wrapping::kEthernet, steps));
  };
  add(opening, {{kServer, 0x40, 11, 0x8f, 57, 64}, {kServer, 0x40, 5}});  // a forged 500
  add(opening, {{kServer, 0x50, 10}, {0, 0x10, 21}});                     // a genuine 550
  add(opening, {{kServer, 0x45, 0, 0x87, 57, 64}, {kServer, 0x40, 5}});   // a forged reset
  for (std::uint8_t leg = 0; leg < 8; ++leg) {                            // late greetings
    const auto server = static_cast<std::uint8_t>(leg | kServer);
    Steps waits;
    for (const std::uint8_t moment : std::to_array<std::uint8_t>({0x30, 0x90, 0xa0, 0xb0})) {
      waits.push_back({static_cast<std::uint8_t>(server | kIdent), moment});
      waits.push_back({static_cast<std::uint8_t>(server | kLookUp), moment});
    }
    waits.push_back({server, 0xc0, 23});
    add({{leg, 0x02, 0}, {server, 0x53, 0}, {leg, 0x11, 0}}, waits);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: fuzz_seeds FOLDER\n", stderr);
    return 2;
  }
  try {
    Folder folder(arguments[1]);
    add_frames(folder);
    add_dns_messages(folder);
    add_conversations(folder);
    for (const NamedTrace& trace : made_up_traces(Wrapping::kEthernet)) {
      const Bytes records = records_of(trace.packets);
      if (!records.empty()) folder.add("records", records);
    }
    add_captures(folder, forged_reply_trace());
    add_captures(folder, ident_stall_outer_trace(IdentCase::kDropped));
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "fuzz_seeds: %s\n", problem.what());
    return 1;
  }
  return 0;
}
