// SPDX-License-Identifier: Apache-2.0
// What do the fuzzers begin with? Made-up packets in the form that each target
// takes. They are made anew for each run, since records and packets change with
// the code; what is worth keeping for good lies in tests/fuzz/corpus.
//
//   fuzz_seeds FOLDER      writes FOLDER/TARGET/NUMBER
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

/// Six bytes a packet, as tests/support/fuzzed_conversation.h reads them.
void add_conversations(Folder& folder) {
  constexpr std::uint8_t kAcks = 0x11, kTalks = 0x30, kServer = 8;
  const Bytes opening = {0,       0,      0x02, 0, 0, 0, 0,  // SYN
                         kServer, 0x53,   0,    0, 0, 0,     // SYN-ACK
                         0,       kAcks,  0,    0, 0, 0,     //
                         kServer, kTalks, 1,    0, 0, 0,     // 220
                         0,       kAcks,  2,    0, 0, 0,     // EHLO
                         kServer, kTalks, 4,    0, 0, 0,     // 250-...
                         0,       kAcks,  6,    0, 0, 0,     // MAIL FROM
                         kServer, kTalks, 5,    0, 0, 0,     // 250
                         0,       kAcks,  7,    0, 0, 0};    // RCPT TO
  Bytes forged = opening;
  forged.insert(forged.end(), {kServer, 0x40, 11, 0x8f, 57, 64, kServer, 0x40, 5, 0, 0, 0});
  folder.add("conversation", forged);
  Bytes refused = opening;
  refused.insert(refused.end(), {kServer, 0x50, 10, 0, 0, 0, 0, 0x10, 21, 0, 0, 0});
  folder.add("conversation", refused);
  Bytes reset = opening;
  reset.insert(reset.end(), {kServer, 0x45, 0, 0x87, 57, 64, kServer, 0x40, 5, 0, 0, 0});
  folder.add("conversation", reset);
  for (std::uint8_t leg = 0; leg < 8; ++leg) {
    const auto answers = static_cast<std::uint8_t>(leg | kServer);
    const auto asks = static_cast<std::uint8_t>(answers | 0xb0U);
    const auto looks_up = static_cast<std::uint8_t>(answers | 0xc0U);
    Bytes stalled = {0, leg, 0x02, 0, 0, 0, 0, answers, 0x53, 0, 0, 0, 0};
    for (const std::uint8_t moment : {0x30, 0x90, 0xa0, 0xb0}) {
      stalled.insert(stalled.end(), {asks, moment, 0, 0, 0, 0, looks_up, moment, 0, 0, 0, 0});
    }
    stalled.insert(stalled.end(), {answers, 0xc0, 23, 0, 0, 0});
    folder.add("conversation", stalled);
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
