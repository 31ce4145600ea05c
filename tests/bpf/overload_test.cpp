// SPDX-License-Identifier: Apache-2.0
// What is left of live connections after a flood, and does every record count?
//
// The programs as mxrayd loads them, fed by BPF_PROG_TEST_RUN: a flood is exactly
// countable then, and burns no more than it must. MXRAY_TEST_LONG=1 runs it in the
// size of the real thing; else tables and flood are smaller by the same factor.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>

#include "counters.h"
#include "flow.h"
#include "probe/map_reader.h"
#include "probe/programs.h"
#include "probe/rings.h"
#include "support/packet_builder.h"

namespace mxray::test {
namespace {

constexpr const char* kServer = "203.0.113.25";
constexpr std::uint32_t kClientIsn = 1'000'000, kServerIsn = 9'000'000;
constexpr std::string_view kGreeting = "220 mx ESMTP\r\n", kHelo = "EHLO client\r\n",
                           kReply = "250 mx\r\n", kForged = "550 5.7.1 go away\r\n";

bool is_long() {
  const char* value = std::getenv("MXRAY_TEST_LONG");
  return value != nullptr && std::string_view(value) == "1";
}

/// Which clients: each kind of traffic of its own network.
enum Network : std::uint32_t { kLive = 0x0A000000, kFlood = 0x64000000, kLate = 0x50000000 };

/// The frames of one connection; the client's address and port are written over.
Packet from_client(std::uint32_t seq, unsigned flags, std::string_view text = {}) {
  Packet packet;
  packet.ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2})
      .ipv4("10.0.0.1", kServer)
      .ttl(63)
      .dont_fragment()
      .tcp(20'000, 25)
      .seq(kClientIsn + seq)
      .flags(flags)
      .window(64'240)
      .option_timestamps(1000, 2000)
      .payload(text);
  return packet;
}

Packet from_server(std::uint32_t seq, unsigned flags, std::string_view text = {}) {
  Packet packet;
  packet.ethernet({2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1})
      .ipv4(kServer, "10.0.0.1")
      .ttl(52)
      .dont_fragment()
      .tcp(25, 20'000)
      .seq(kServerIsn + seq)
      .flags(flags)
      .window(65'160)
      .option_timestamps(2000, 1000)
      .payload(text);
  return packet;
}

std::uint16_t port_of(std::uint32_t client) {
  return static_cast<std::uint16_t>(20'000 + client % 16'384);
}

struct Frame {
  std::vector<std::uint8_t> bytes;
  bool from_server = false;

  /// The same of another client.
  Frame& of(Network network, std::uint32_t client) {
    const std::uint32_t address = htonl(network + client);
    const std::uint16_t port = htons(port_of(client));
    std::memcpy(&bytes[from_server ? 30 : 26], &address, sizeof address);
    std::memcpy(&bytes[from_server ? 36 : 34], &port, sizeof port);
    return *this;
  }
};

struct Frames {
  Frame syn{from_client(0, kSyn).build()};
  Frame syn_ack{from_server(0, kSyn | kAck).ack(kClientIsn + 1).build(), true};
  Frame ack{from_client(1, kAck).ack(kServerIsn + 1).build()};
  Frame greeting{from_server(1, kAck | kPush, kGreeting).ack(kClientIsn + 1).build(), true};
  Frame helo{from_client(1, kAck | kPush, kHelo).ack(kServerIsn + 1 + kGreeting.size()).build()};
  Frame reply{from_server(1 + kGreeting.size(), kAck | kPush, kReply)
                  .ack(kClientIsn + 1 + kHelo.size())
                  .build(),
              true};
  /// Another box's: no timestamps, another TTL, where the reply will stand.
  Frame forged{from_server(1 + kGreeting.size(), kAck | kPush, kForged)
                   .ack(kClientIsn + 1 + kHelo.size())
                   .no_tcp_options()
                   .ttl(117)
                   .window(0)
                   .build(),
               true};
  Frame client_reset{from_client(1, kReset).build()};
  Frame server_reset{from_server(1, kReset | kAck).ack(kClientIsn + 1).build(), true};
};

/// A gateway with mxray on one interface.
class Gateway {
 public:
  explicit Gateway(std::uint32_t max_flows)
      : programs_(load(max_flows)), tables_(programs_.tables()) {
    auto rings = Rings::open(programs_.incidents(), programs_.dialogue(),
                             [this](std::span<const std::byte> record) { take(record); });
    if (!rings) throw std::runtime_error(rings.error().message);
    rings_ = *std::move(rings);
  }

  void pass(const Frame& frame) {
    bpf_test_run_opts options{};  // LIBBPF_OPTS is no C++
    options.sz = sizeof options;
    options.data_in = frame.bytes.data();
    options.data_size_in = static_cast<std::uint32_t>(frame.bytes.size());
    if (bpf_prog_test_run_opts(programs_.tc_ethernet(), &options) != 0 ||
        options.retval != 0xffffffffU) {
      throw std::runtime_error("the packet was not let through");
    }
  }

  void open(Network network, std::uint32_t client) {
    for (Frame* frame : {&frames_.syn, &frames_.syn_ack, &frames_.ack, &frames_.greeting}) {
      pass(frame->of(network, client));
    }
  }

  /// As if it had just been loaded, which takes the verifier seconds.
  void forget_everything() {
    drain();
    for (const TableMap& table : tables_) {
      std::vector<std::byte> key(table.key_size);
      while (bpf_map_get_next_key(table.fd, nullptr, key.data()) == 0) {
        bpf_map_delete_elem(table.fd, key.data());
      }
    }
    const std::vector<std::uint64_t> zeros(
        static_cast<std::size_t>(std::max(libbpf_num_possible_cpus(), 1)));
    for (std::uint32_t counter = 0; counter < core::COUNTER_COUNT; ++counter) {
      bpf_map_update_elem(programs_.counters(), &counter, zeros.data(), BPF_ANY);
    }
    read_incidents = read_dialogue = 0;
  }

  /// What the reader of a working mxrayd does in passing.
  void drain() {
    std::uint64_t before;
    do {
      before = read_incidents + read_dialogue;
      rings_->drain();
    } while (read_incidents + read_dialogue != before);
  }

  [[nodiscard]] std::uint64_t count(core::counter counter) const {
    std::array<std::uint64_t, core::COUNTER_COUNT> counters{};
    sum_per_cpu_array(programs_.counters(), counters);
    return counters.at(counter);
  }

  [[nodiscard]] const TableMap& table(std::string_view name) {
    for (const TableMap& table : tables_) {
      if (table.name == name) return table;
    }
    throw std::runtime_error("no such table");
  }

  /// The share of the first `clients` whose side is still what their handshake made it.
  double kept(Network network, std::uint32_t clients, bool server) {
    const int map = table(server ? "server_sides" : "client_sides").fd;
    std::uint32_t found = 0;
    for (std::uint32_t client = 0; client < clients; ++client) {
      const core::flow_key key = key_of(network, client);
      core::side side{};
      if (bpf_map_lookup_elem(map, &key, &side) != 0) continue;
      const bool is_whole = (side.flags & core::SIDE_MIDSTREAM) == 0 &&
                            side.isn == (server ? kServerIsn : kClientIsn);
      found += is_whole ? 1 : 0;
    }
    return static_cast<double>(found) / clients;
  }

  /// The share of the first `clients` of whom that table knows anything.
  double known(Network network, std::uint32_t clients, std::string_view name) {
    std::vector<std::byte> value(table(name).value_size);
    std::uint32_t found = 0;
    for (std::uint32_t client = 0; client < clients; ++client) {
      const core::flow_key key = key_of(network, client);
      if (bpf_map_lookup_elem(table(name).fd, &key, value.data()) == 0) ++found;
    }
    return static_cast<double>(found) / clients;
  }

  std::uint64_t read_incidents = 0, read_dialogue = 0;
  Frames& frames() { return frames_; }

 private:
  static Programs load(std::uint32_t max_flows) {
    ProgramSettings settings;
    settings.ports = default_ports();
    settings.max_flows = max_flows;
    auto programs = Programs::load(settings);
    if (!programs) throw std::runtime_error(programs.error().message);
    return *std::move(programs);
  }

  void take(std::span<const std::byte> record) {
    core::record_header header;
    std::memcpy(&header, record.data(), sizeof header);
    const bool incident = header.type == core::RECORD_SIGNAL || header.type == core::RECORD_IDENT;
    ++(incident ? read_incidents : read_dialogue);
  }

  core::flow_key key_of(Network network, std::uint32_t client) {
    core::flow_key key{};
    for (auto* address : {&key.client, &key.server}) {
      address->bytes[10] = address->bytes[11] = 0xff;
    }
    const std::uint32_t bytes = htonl(network + client);
    std::memcpy(&key.client.bytes[12], &bytes, sizeof bytes);
    ::inet_pton(AF_INET, kServer, &key.server.bytes[12]);
    key.client_port = port_of(client);
    key.server_port = 25;
    key.interface = 1;  // the loopback interface, which test runs use
    return key;
  }

  Programs programs_;
  std::vector<TableMap> tables_;
  std::unique_ptr<Rings> rings_;
  Frames frames_;
};

/// The same pressure in a small machine.
struct Size {
  std::uint32_t max_flows = is_long() ? 131'072 : 4'096;  // a quarter for evidence
  std::uint32_t live = is_long() ? 16'384 : 512;
  std::uint32_t flood = is_long() ? 10'000'000 : 150'000;
};

class OverloadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: loads BPF programs";
    if (!gateway_) gateway_.emplace(size_.max_flows);
    gateway_->forget_everything();
  }
  static void TearDownTestSuite() { gateway_.reset(); }

  void open_live_flows() {
    for (std::uint32_t client = 0; client < size_.live; ++client) {
      gateway_->open(kLive, client);
      gateway_->drain();
    }
    ASSERT_EQ(gateway_->count(core::COUNT_FLOW_OPENED), size_.live);
    ASSERT_GE(gateway_->kept(kLive, size_.live, false), 0.999);
  }

  void expect_live_flows_kept() {
    EXPECT_GE(gateway_->kept(kLive, size_.live, false), 0.999) << "clients' sides";
    EXPECT_GE(gateway_->kept(kLive, size_.live, true), 0.999) << "servers' sides";
    EXPECT_GE(gateway_->known(kLive, size_.live, "client_evidence"), 0.999);
    EXPECT_GE(gateway_->known(kLive, size_.live, "server_evidence"), 0.999);
  }

  void expect_forged_reply_found(std::uint32_t client) {
    Frames& frames = gateway_->frames();
    gateway_->drain();
    const std::uint64_t before = gateway_->read_incidents;
    for (Frame* frame : {&frames.helo, &frames.forged, &frames.reply}) {
      gateway_->pass(frame->of(kLive, client));
    }
    gateway_->drain();
    EXPECT_GE(gateway_->read_incidents, before + 1) << "client " << client;
  }

  void expect_every_record_accounted() {
    gateway_->drain();
    EXPECT_EQ(gateway_->read_incidents, gateway_->count(core::COUNT_INCIDENT_RECORDS));
    EXPECT_EQ(gateway_->read_dialogue, gateway_->count(core::COUNT_DIALOGUE_RECORDS));
  }

  Size size_;
  static inline std::optional<Gateway> gateway_;
};

TEST_F(OverloadTest, SynFloodThatTheServerAnswersLeavesLiveConnectionsAlone) {
  open_live_flows();
  Frames& frames = gateway_->frames();
  const std::uint32_t between_late = 5000;
  std::uint32_t late = 0;
  for (std::uint32_t i = 0; i < size_.flood; ++i) {
    gateway_->pass(frames.syn.of(kFlood, i));
    gateway_->pass(frames.syn_ack.of(kFlood, i));
    // Here and there somebody lives at the made-up address.
    if (i % 8 == 0) gateway_->pass(frames.client_reset.of(kFlood, i));
    // A genuine client amid the flood, whose packets take their time.
    if (i % between_late == 0) gateway_->pass(frames.syn.of(kLate, late));
    if (i % between_late == 100) gateway_->pass(frames.syn_ack.of(kLate, late));
    if (i % between_late == 200) {
      gateway_->pass(frames.ack.of(kLate, late));
      gateway_->pass(frames.greeting.of(kLate, late++));
      gateway_->drain();
    }
    if (i % (size_.flood / 4) == 0) expect_forged_reply_found(i / (size_.flood / 4));
  }
  expect_live_flows_kept();
  EXPECT_EQ(gateway_->kept(kLate, late, true), 1.0) << "connections that began within the flood";
  EXPECT_EQ(gateway_->count(core::COUNT_SYN), size_.live + size_.flood + late);
  expect_every_record_accounted();
}

TEST_F(OverloadTest, FloodOfMadeUpDataLeavesLiveConnectionsAlone) {
  open_live_flows();
  Frames& frames = gateway_->frames();
  for (std::uint32_t i = 0; i < size_.flood; ++i) {
    gateway_->pass(i % 2 == 0 ? frames.helo.of(kFlood, i) : frames.forged.of(kFlood, i));
    gateway_->pass(i % 2 == 0 ? frames.server_reset.of(kFlood, i)
                              : frames.client_reset.of(kFlood, i));
    if (i % 1000 == 0) gateway_->drain();
    if (i % (size_.flood / 4) == 0) expect_forged_reply_found(i / (size_.flood / 4));
  }
  expect_live_flows_kept();
  EXPECT_EQ(gateway_->count(core::COUNT_FLOW_MIDSTREAM) +
                gateway_->count(core::COUNT_UNPROVEN_SUPPRESSED),
            size_.flood);
  expect_every_record_accounted();
}

// mxrayd has just started on a gateway that is busy, or within a flood.
TEST_F(OverloadTest, ConnectionsUnderWayAreTakenOnOnceBothSidesSpeak) {
  Frames& frames = gateway_->frames();
  for (std::uint32_t i = 0; i < size_.live; ++i) {
    for (Frame* frame : {&frames.greeting, &frames.helo, &frames.reply}) {
      gateway_->pass(frame->of(kLive, i));
    }
  }
  EXPECT_EQ(gateway_->known(kLive, size_.live, "client_sides"), 1.0);
  EXPECT_EQ(gateway_->known(kLive, size_.live, "server_sides"), 1.0);
  EXPECT_GT(gateway_->count(core::COUNT_UNPROVEN_SUPPRESSED), size_.live / 2);
}

// Each forged reply and each RST is one record: the caps of a flow are not reached.
TEST_F(OverloadTest, ReaderThatIsStoppedLosesNothingUncounted) {
  open_live_flows();
  Frames& frames = gateway_->frames();
  expect_every_record_accounted();
  const std::uint64_t read_before = gateway_->read_incidents;
  constexpr std::uint32_t kResets = 20;
  for (std::uint32_t i = 0; i < kResets; ++i) {
    for (std::uint32_t client = 0; client < size_.live; ++client) {
      gateway_->pass(frames.server_reset.of(kLive, client));
    }
  }
  const std::uint64_t made = std::uint64_t{kResets} * size_.live;
  const std::uint64_t lost = gateway_->count(core::COUNT_LOST_INCIDENT_RECORD);
  EXPECT_GT(lost, 0U) << "the ring buffer did not fill";
  EXPECT_EQ(gateway_->count(core::COUNT_SIGNALS_SUPPRESSED), 0U);
  gateway_->drain();
  EXPECT_EQ(gateway_->read_incidents - read_before + lost, made);
  expect_every_record_accounted();

  const std::uint64_t read_then = gateway_->read_incidents;
  gateway_->pass(frames.server_reset.of(kLive, 0));
  gateway_->drain();
  EXPECT_EQ(gateway_->read_incidents, read_then + 1) << "the reader goes on where it stopped";
}

TEST_F(OverloadTest, DialogueOfAStoppedReaderDisplacesNoIncident) {
  open_live_flows();
  Frames& frames = gateway_->frames();
  gateway_->drain();
  const std::uint64_t opened = gateway_->count(core::COUNT_FLOW_OPENED);
  const std::uint32_t fresh = 20'000;  // more than the ring of dialogue holds
  for (std::uint32_t i = 0; i < fresh; ++i) gateway_->open(kLate, i);
  EXPECT_EQ(gateway_->count(core::COUNT_FLOW_OPENED), opened + fresh);
  EXPECT_GT(gateway_->count(core::COUNT_LOST_DIALOGUE_RECORD), 0U);
  EXPECT_EQ(gateway_->count(core::COUNT_LOST_INCIDENT_RECORD), 0U);
  // FLOW_OPENED and GREETING each, and those of the live flows.
  EXPECT_EQ(gateway_->count(core::COUNT_DIALOGUE_RECORDS) +
                gateway_->count(core::COUNT_LOST_DIALOGUE_RECORD),
            2 * (opened + fresh));
  gateway_->pass(frames.server_reset.of(kLate, fresh - 1));
  expect_every_record_accounted();
  EXPECT_EQ(gateway_->read_incidents, 1U);
}

TEST_F(OverloadTest, AMillionConnectionsAreKept) {
  if (!is_long()) GTEST_SKIP() << "takes a minute and a gigabyte: set MXRAY_TEST_LONG=1";
  const std::uint32_t flows = 1U << 20U;
  gateway_.emplace(flows);
  for (std::uint32_t i = 0; i < flows; ++i) {
    gateway_->open(kLive, i);
    if (i % 1000 == 0) gateway_->drain();
  }
  EXPECT_GE(gateway_->kept(kLive, flows, false), 0.999);
  EXPECT_GE(gateway_->kept(kLive, flows, true), 0.999);
  expect_every_record_accounted();
}

}  // namespace
}  // namespace mxray::test
