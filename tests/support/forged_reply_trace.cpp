// SPDX-License-Identifier: Apache-2.0
// Which packets made S0, the forged `500 error`?
//
// Every header field and payload byte of the nine dumped packets is the dump's.
// The author masked the recipient in the text but not in the hex: 41 bytes.
// Invented: what Middle::kReconstructed and the two outcomes without a forger
// add, in the same handwriting (the IP IDs and sequence numbers around the gap
// leave room for just these packets).
#include <string_view>

#include "support/traces.h"
#include "support/wrapping.h"

namespace mxray::test {
namespace {

using Outcome = ForgedReplyOptions::Outcome;
using Middle = ForgedReplyOptions::Middle;

// 2006-09-26 14:44:00, taken as UTC; the author's clock was local.
constexpr std::uint64_t kMinute = 1159281840ULL * 1'000'000'000ULL;

// The gateway's inner interface, between two routers on the company's side.
constexpr MacAddress kClientRouter = {0x00, 0xe0, 0xfc, 0x34, 0xc0, 0x86};
constexpr MacAddress kGateway = {0x00, 0x14, 0x22, 0x1f, 0x4a, 0x49};
constexpr MacAddress kReturnRouter = {0x00, 0x11, 0x43, 0x58, 0x71, 0xff};

constexpr std::uint16_t kClientPort = 60661;
constexpr std::uint16_t kServerPort = 25;
constexpr std::uint32_t kClientIsn = 0x2E68FF24;
constexpr std::uint32_t kServerIsn = 0x1527A9A1;
constexpr std::uint32_t kRcptSeq = 0x2E68FF56;
constexpr std::uint32_t kQuitSeq = 0x2E68FF7F;
constexpr std::uint32_t kReplySeq = 0x1527AA19;

class ForgedReplyTrace {
 public:
  explicit ForgedReplyTrace(const ForgedReplyOptions& options) : options_(options) {}

  std::vector<TimedPacket> build() {
    handshake_and_greeting();
    middle();
    add(53'049'710, client(33110, kRcptSeq, kReplySeq, 121485755, 9713787)
                        .payload("RCPT TO:<jimgreen@neptune.livedoor.com>\r\n"));
    switch (options_.outcome) {
      case Outcome::kForged:
        forged_reply();
        genuine_reply(53'154'738, 37321, 9713798);
        quit_after_forgery();
        break;
      case Outcome::kForgedOnly:
        forged_reply();
        quit_after_forgery();
        break;
      case Outcome::kGenuine:
        genuine_reply(53'154'738, 37321, 9713798);
        end(53'155'026, 33131, 121485860, 9713798);
        break;
      case Outcome::kRetransmitted:
        // The first `250 Ok` passes here and its ACK is lost further on, so
        // that the server repeats it after its retransmission timeout.
        genuine_reply(53'154'738, 37321, 9713798);
        add(53'194'900, client(33131, kQuitSeq, kReplySeq + 8, 121485900, 9713798).flags(kAck));
        genuine_reply(53'474'738, 37322, 9713830);
        end(53'475'026, 33153, 121486180, 9713830);
        break;
    }
    return std::move(packets_);
  }

 private:
  void handshake_and_greeting() {
    add(52'643'691, from_client(32988, kClientIsn, 0)
                        .flags(kSyn)
                        .window(0xFFFF)
                        .option_mss(1460)
                        .option_nop()
                        .option_window_scale(1)
                        .option_nop()
                        .option_nop()
                        .option_timestamps(121485349, 0)
                        .option_sack_permitted()
                        .option_end());
    add(52'744'474, from_server(0, kServerIsn, kClientIsn + 1)
                        .flags(kSyn | kAck)
                        .window(0x16A0)
                        .option_mss(1460)
                        .option_sack_permitted()
                        .option_timestamps(9713757, 121485349)
                        .option_nop()
                        .option_window_scale(0));
    add(52'744'633, client(33011, kClientIsn + 1, kServerIsn + 1, 121485450, 9713757).flags(kAck));
    add(52'845'542, server(37317, kServerIsn + 1, kClientIsn + 1, 9713767, 121485450)
                        .payload("220 5a-p07-b3.data-hotel.net F-Secure/virusgw_smtp/220/"
                                 "5a-p07-b3.data-hotel.net\r\n"));
  }

  void middle() {
    if (options_.middle == Middle::kCut) return;
    add(52'845'826, client(33066, kClientIsn + 1, 0x1527A9F3, 121485551, 9713767)
                        .payload("HELO livedoor.cn\r\n"));
    if (options_.middle == Middle::kAsDumped) return;
    // Server bytes A9F3..AA19 are 38: a HELO reply of 30 and a `250 Ok` of 8.
    // Client bytes FF37..FF56 are 31, hence a mailbox name of five letters.
    add(52'946'611, server(37319, 0x1527A9F3, 0x2E68FF37, 9713777, 121485551)
                        .payload("250 5a-p07-b3.data-hotel.net\r\n"));
    add(52'946'894, client(33089, 0x2E68FF37, 0x1527AA11, 121485652, 9713777)
                        .payload("MAIL FROM:<sales@livedoor.cn>\r\n"));
    add(53'049'421, server(37320, 0x1527AA11, kRcptSeq, 9713787, 121485652).payload("250 Ok\r\n"));
  }

  void forged_reply() {
    Packet packet = from_server(64, kReplySeq, kQuitSeq);
    add(53'103'763, packet.dont_fragment(false)
                        .ttl(57)
                        .flags(kAck | kPush)
                        .window(0)
                        .payload(options_.forged_text));
  }

  void genuine_reply(std::uint64_t time, std::uint16_t ip_id, std::uint32_t timestamp) {
    add(time, server(ip_id, kReplySeq, kQuitSeq, timestamp, 121485755).payload("250 Ok\r\n"));
  }

  /// The client believes the forger: it acknowledges the forged bytes.
  void quit_after_forgery() {
    const auto forged_bytes = static_cast<std::uint32_t>(options_.forged_text.size());
    add(53'155'026, client(33131, kQuitSeq, kReplySeq + forged_bytes, 121485860, 9713787)
                        .flags(kFin | kPush | kAck)
                        .payload("QUIT\r\n"));
  }

  /// QUIT, `221 Bye`, and a FIN from both sides.
  void end(std::uint64_t time, std::uint16_t ip_id, std::uint32_t client_clock,
           std::uint32_t echo) {
    const std::uint32_t after_reply = kReplySeq + 8;
    const std::uint32_t after_quit = kQuitSeq + 7;
    add(time, client(ip_id, kQuitSeq, after_reply, client_clock, echo)
                  .flags(kFin | kPush | kAck)
                  .payload("QUIT\r\n"));
    add(time + 100'702, server(37323, after_reply, after_quit, echo + 10, client_clock)
                            .flags(kFin | kPush | kAck)
                            .payload("221 Bye\r\n"));
    add(time + 100'930,
        client(33175, after_quit, after_reply + 10, client_clock + 101, echo + 10).flags(kAck));
  }

  [[nodiscard]] Packet from_client(std::uint16_t ip_id, std::uint32_t seq,
                                   std::uint32_t ack) const {
    Packet packet = wrapped_packet(options_.wrapping, kClientRouter, kGateway);
    if (options_.ipv6) {
      packet.ipv6("2001:db8:a::4", "2001:db8:cb::80");
    } else {
      packet.ipv4("10.4.1.4", "203.131.198.80").ip_id(ip_id).dont_fragment();
    }
    packet.ttl(127).tcp(kClientPort, kServerPort).seq(seq).ack(ack);
    return packet;
  }

  [[nodiscard]] Packet from_server(std::uint16_t ip_id, std::uint32_t seq,
                                   std::uint32_t ack) const {
    Packet packet = wrapped_packet(options_.wrapping, kGateway, kReturnRouter);
    if (options_.ipv6) {
      packet.ipv6("2001:db8:cb::80", "2001:db8:a::4");
    } else {
      packet.ipv4("203.131.198.80", "10.4.1.4").ip_id(ip_id).dont_fragment();
    }
    packet.ttl(49).tcp(kServerPort, kClientPort).seq(seq).ack(ack);
    return packet;
  }

  /// An established segment of the client, with its window and timestamps.
  [[nodiscard]] Packet client(std::uint16_t ip_id, std::uint32_t seq, std::uint32_t ack,
                              std::uint32_t timestamp, std::uint32_t echo) const {
    return from_client(ip_id, seq, ack)
        .flags(kPush | kAck)
        .window(0x8218)
        .option_nop()
        .option_nop()
        .option_timestamps(timestamp, echo);
  }

  [[nodiscard]] Packet server(std::uint16_t ip_id, std::uint32_t seq, std::uint32_t ack,
                              std::uint32_t timestamp, std::uint32_t echo) const {
    return from_server(ip_id, seq, ack)
        .flags(kPush | kAck)
        .window(0x16A0)
        .option_nop()
        .option_nop()
        .option_timestamps(timestamp, echo);
  }

  /// `time`: microseconds of the dump's minute, 14:44.
  void add(std::uint64_t time, const Packet& packet) {
    packets_.push_back({kMinute + time * 1000, packet.build()});
  }

  const ForgedReplyOptions& options_;
  std::vector<TimedPacket> packets_;
};

}  // namespace

std::vector<TimedPacket> forged_reply_trace(const ForgedReplyOptions& options) {
  return ForgedReplyTrace(options).build();
}

}  // namespace mxray::test
