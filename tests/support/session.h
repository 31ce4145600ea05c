// SPDX-License-Identifier: Apache-2.0
// How does a test write down a mail session that a third party speaks into?
//
// The hosts and the path are those of S0 (traces.h): the server 15 hops and
// 100.8 ms away, timestamps, DF, rising IP IDs. Each genuine packet moves its
// sender's stream on, a forged one does not. Where Conversation
// (conversation.h) has one way to write a packet, here every host has a
// handwriting that a test may change between two packets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/packet_builder.h"
#include "support/timed_packet.h"
#include "support/traces.h"

namespace mxray::test {

/// What a stack writes into the headers of its packets.
struct Handwriting {
  std::uint8_t ttl = 64;
  std::uint16_t ip_id = 0;
  bool dont_fragment = true;
  std::uint16_t window = 0;
  bool timestamps = true;  // where the connection negotiated them
  bool timestamps_on_reset = false;
};

struct SessionOptions {
  std::uint16_t port = 25;
  std::uint16_t client_port = 60661;
  std::uint32_t client_isn = 0x2E68FF24;
  std::uint32_t server_isn = 0x1527A9A1;
  bool ipv6 = false;
  bool timestamps = true;  // else the SYN-ACK has an MSS only, as a SYN cookie's
  Wrapping wrapping = Wrapping::kEthernet;
  double start_seconds = 0;  // after 2006-09-26 14:44:52 UTC
};

class Session {
 public:
  enum Side { kClient = 0, kServer = 1 };
  enum class Copies { kNone, kSame, kNextHop };

  /// One packet of the session, as a capture is made of it.
  struct Step {
    TimedPacket packet;
    bool from_server = false;
    bool essential = false;  // never lost: without it nothing could be proved
    bool punctual = false;   // nor late: its time is part of the proof
    bool decisive = false;   // the verdict may be asked for from here on
  };

  explicit Session(SessionOptions options = {}) : options_(options) {}

  Handwriting& hand(Side side) { return hands_[side]; }
  [[nodiscard]] std::uint16_t client_ip_id() const { return hands_[kClient].ip_id; }
  /// `10.4.1.4:60661`, `[2001:db8:cb::80]:25`.
  [[nodiscard]] std::string endpoint(Side side) const;

  Session& handshake();
  /// 0.3 ms after what was last.
  Session& client(std::string_view text, unsigned flags = kAck | kPush);
  /// When a server so far away can answer the client's last line: 105 ms later.
  Session& server(std::string_view text, unsigned flags = kAck | kPush);
  /// In a host's name, 54.05 ms after the client's last line, at that host's
  /// next byte plus `offset`.
  Session& forged(Side name, std::string_view text, const Handwriting& hand,
                  unsigned flags = kAck | kPush, std::uint32_t offset = 0);
  /// Bytes that were sent before: from `back` bytes before the next one on.
  Session& resend(Side side, std::uint32_t back, std::string_view text);
  /// Any packet of a genuine host; `text` moves its stream on.
  Session& packet(Side side, std::string_view text, unsigned flags);

  /// When the next packet passes: milliseconds after the client's last line.
  Session& after(double milliseconds);
  /// When the next packet passes: milliseconds after the packet before.
  Session& wait(double milliseconds);
  /// The client believes the forger: it acknowledges that many bytes of his.
  Session& client_takes(std::uint32_t bytes);
  /// The next packet of the server leaves the client's last bytes unacknowledged.
  Session& unacknowledged(std::uint32_t bytes);
  /// From now on every packet is captured twice.
  Session& captured(Copies copies);
  /// About the last packet.
  Session& essential();
  Session& punctual();
  Session& decisive();
  /// The last packet was not captured.
  Session& forget_last();
  /// The packets so far were not captured.
  Session& monitor_starts_here();

  /// Regular end: FIN both ways.
  Session& finish();

  /// By time.
  [[nodiscard]] std::vector<Step> steps() const;

 private:
  Session& add(Side side, std::string_view text, unsigned flags, const Handwriting& hand,
               std::uint32_t seq);
  [[nodiscard]] Packet header(Side side, const Handwriting& hand) const;
  void add_options(Packet& packet, Side side, unsigned flags, const Handwriting& hand);

  SessionOptions options_;
  Handwriting hands_[2] = {{.ttl = 127, .ip_id = 33000, .window = 0x8218},
                           {.ttl = 49, .ip_id = 37316, .window = 0x16A0}};
  std::uint32_t next_[2] = {options_.client_isn, options_.server_isn};
  std::uint32_t clock_[2] = {0, 0};  // the timestamp last sent
  std::uint32_t taken_ = options_.server_isn;
  std::uint32_t unacknowledged_ = 0;
  std::uint64_t now_ns_ =
      1'159'281'892'000'000'000ULL + static_cast<std::uint64_t>(options_.start_seconds * 1e9);
  std::uint64_t line_ns_ = now_ns_;  // when the client's last line passed
  bool timed_ = false;               // now_ns_ is when the next packet passes
  Copies copies_ = Copies::kNone;
  std::vector<Step> steps_;
};

}  // namespace mxray::test
