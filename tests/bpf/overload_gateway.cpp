// SPDX-License-Identifier: Apache-2.0
#include "overload_gateway.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "probe/map_reader.h"
#include "support/packet_builder.h"

namespace mxray::test {
namespace {

constexpr const char* kServer = "203.0.113.25";
constexpr std::uint32_t kClientIsn = 1'000'000, kServerIsn = 9'000'000;
constexpr std::string_view kGreeting = "220 mx ESMTP\r\n", kHelo = "EHLO client\r\n",
                           kReply = "250 mx\r\n", kForged = "550 5.7.1 go away\r\n";

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

Programs load(std::uint32_t max_flows) {
  ProgramSettings settings;
  settings.ports = default_ports();
  settings.max_flows = max_flows;
  auto programs = Programs::load(settings);
  if (!programs) throw std::runtime_error(programs.error().message);
  return *std::move(programs);
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

}  // namespace

Frame& Frame::of(Network network, std::uint32_t client) {
  const std::uint32_t address = htonl(network + client);
  const std::uint16_t port = htons(port_of(client));
  std::memcpy(&bytes[from_server ? 30 : 26], &address, sizeof address);
  std::memcpy(&bytes[from_server ? 36 : 34], &port, sizeof port);
  return *this;
}

Frames::Frames()
    : syn{from_client(0, kSyn).build()},
      syn_ack{from_server(0, kSyn | kAck).ack(kClientIsn + 1).build(), true},
      ack{from_client(1, kAck).ack(kServerIsn + 1).build()},
      greeting{from_server(1, kAck | kPush, kGreeting).ack(kClientIsn + 1).build(), true},
      helo{from_client(1, kAck | kPush, kHelo).ack(kServerIsn + 1 + kGreeting.size()).build()},
      reply{from_server(1 + kGreeting.size(), kAck | kPush, kReply)
                .ack(kClientIsn + 1 + kHelo.size())
                .build(),
            true},
      forged{from_server(1 + kGreeting.size(), kAck | kPush, kForged)
                 .ack(kClientIsn + 1 + kHelo.size())
                 .no_tcp_options()
                 .ttl(117)
                 .window(0)
                 .build(),
             true},
      client_reset{from_client(1, kReset).build()},
      server_reset{from_server(1, kReset | kAck).ack(kClientIsn + 1).build(), true} {}

Gateway::Gateway(std::uint32_t max_flows)
    : programs_(load(max_flows)), tables_(programs_.tables()) {
  auto rings = Rings::open(programs_.incidents(), programs_.dialogue(),
                           [this](std::span<const std::byte> record) { take(record); });
  if (!rings) throw std::runtime_error(rings.error().message);
  rings_ = *std::move(rings);
}

void Gateway::pass(const Frame& frame) {
  bpf_test_run_opts options{};  // LIBBPF_OPTS is no C++
  options.sz = sizeof options;
  options.data_in = frame.bytes.data();
  options.data_size_in = static_cast<std::uint32_t>(frame.bytes.size());
  if (bpf_prog_test_run_opts(programs_.tc_ethernet(), &options) != 0 ||
      options.retval != 0xffffffffU) {
    throw std::runtime_error("the packet was not let through");
  }
}

void Gateway::open(Network network, std::uint32_t client) {
  for (Frame* frame : {&frames_.syn, &frames_.syn_ack, &frames_.ack, &frames_.greeting}) {
    pass(frame->of(network, client));
  }
}

void Gateway::forget_everything() {
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

void Gateway::drain() {
  std::uint64_t before;
  do {
    before = read_incidents + read_dialogue;
    rings_->drain();
  } while (read_incidents + read_dialogue != before);
}

std::uint64_t Gateway::count(core::counter counter) const {
  std::array<std::uint64_t, core::COUNTER_COUNT> counters{};
  sum_per_cpu_array(programs_.counters(), counters);
  return counters.at(counter);
}

const TableMap& Gateway::table(std::string_view name) const {
  for (const TableMap& table : tables_) {
    if (table.name == name) return table;
  }
  throw std::runtime_error("no such table");
}

double Gateway::kept(Network network, std::uint32_t clients, bool server) {
  const int map = table(server ? "server_sides" : "client_sides").fd;
  std::uint32_t found = 0;
  for (std::uint32_t client = 0; client < clients; ++client) {
    const core::flow_key key = key_of(network, client);
    core::side side{};
    if (bpf_map_lookup_elem(map, &key, &side) != 0) continue;
    const bool is_whole =
        (side.flags & core::SIDE_MIDSTREAM) == 0 && side.isn == (server ? kServerIsn : kClientIsn);
    found += is_whole ? 1 : 0;
  }
  return static_cast<double>(found) / clients;
}

double Gateway::known(Network network, std::uint32_t clients, std::string_view name) {
  std::vector<std::byte> value(table(name).value_size);
  std::uint32_t found = 0;
  for (std::uint32_t client = 0; client < clients; ++client) {
    const core::flow_key key = key_of(network, client);
    if (bpf_map_lookup_elem(table(name).fd, &key, value.data()) == 0) ++found;
  }
  return static_cast<double>(found) / clients;
}

void Gateway::take(std::span<const std::byte> record) {
  core::record_header header;
  std::memcpy(&header, record.data(), sizeof header);
  const bool incident = header.type == core::RECORD_SIGNAL || header.type == core::RECORD_IDENT;
  ++(incident ? read_incidents : read_dialogue);
}

}  // namespace mxray::test
