// SPDX-License-Identifier: Apache-2.0
// What does a gateway with mxray know after so many packets of made-up hosts?
//
// The programs as mxrayd loads them, fed by BPF_PROG_TEST_RUN, their records read here.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "counters.h"
#include "flow.h"
#include "probe/programs.h"
#include "probe/rings.h"

namespace mxray::test {

/// Which clients: each kind of traffic of its own network.
enum Network : std::uint32_t { kLive = 0x0A000000, kFlood = 0x64000000, kLate = 0x50000000 };

/// One packet to or from port 25 of one server.
struct Frame {
  std::vector<std::uint8_t> bytes;
  bool from_server = false;

  /// The same of another client.
  Frame& of(Network network, std::uint32_t client);
};

/// Those of one connection, of any client.
struct Frames {
  Frames();
  Frame syn, syn_ack, ack, greeting, helo, reply;
  Frame forged;  // another box's: no timestamps, another TTL, where the reply will stand
  Frame client_reset, server_reset;
};

/// A gateway with mxray on one interface. Whatever fails throws.
class Gateway {
 public:
  explicit Gateway(std::uint32_t max_flows);

  void pass(const Frame& frame);

  /// A whole handshake and a greeting.
  void open(Network network, std::uint32_t client);

  /// As if it had just been loaded, which takes the verifier seconds.
  void forget_everything();

  /// What the reader of a working mxrayd does in passing.
  void drain();

  [[nodiscard]] std::uint64_t count(core::counter counter) const;

  /// The share of the first `clients` whose side is still what their handshake made it.
  double kept(Network network, std::uint32_t clients, bool server);

  /// The share of the first `clients` of whom that table knows anything.
  double known(Network network, std::uint32_t clients, std::string_view name);

  std::uint64_t read_incidents = 0, read_dialogue = 0;
  Frames& frames() { return frames_; }

 private:
  void take(std::span<const std::byte> record);
  [[nodiscard]] const TableMap& table(std::string_view name) const;

  Programs programs_;
  std::vector<TableMap> tables_;
  std::unique_ptr<Rings> rings_;
  Frames frames_;
};

}  // namespace mxray::test
