// SPDX-License-Identifier: Apache-2.0
#include "support/fuzzed_conversation.h"

#include <algorithm>
#include <string_view>

#include "support/fuzzed_words.h"
#include "support/lookup_trace.h"
#include "support/wrapping.h"

namespace mxray::test {
namespace {

constexpr MacAddress kMac[] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};

/// One connection as one interface sees it. Legs of one stream carry the same
/// segments under other addresses.
struct Leg {
  std::size_t stream;
  std::uint32_t interface;
  const char* host[2];  // client, server
  std::uint16_t server_port;
  bool ipv6 = false;
};
constexpr std::array<Leg, 8> kLegs = {{
    {0, 1, {"192.0.2.4", "203.0.113.25"}, 25},     // our mail going out, before the gateway
    {0, 2, {"10.4.1.4", "203.0.113.25"}, 25},      // and behind it
    {1, 1, {"198.51.100.7", "192.0.2.4"}, 25},     // mail coming in
    {1, 2, {"198.51.100.7", "10.4.1.25"}, 25},     // and at the server
    {2, 2, {"10.4.1.5", "10.4.1.25"}, 587},        // submission
    {3, 1, {"192.0.2.4", "198.51.100.110"}, 110},  // reading mail
    {4, 2, {"10.4.1.4", "198.51.100.143"}, 143},
    {5, 1, {"2001:db8::4", "2001:db8:25::25"}, 25, true},
}};
constexpr std::string_view kAskedName = "4.2.0.192.in-addr.arpa";
constexpr std::uint16_t kQueryPort = 38'107;

constexpr std::array<unsigned, 16> kFlags = {kAck | kPush,
                                             kAck,
                                             kSyn,
                                             kSyn | kAck,
                                             kAck | kFin,
                                             kReset,
                                             kReset | kAck,
                                             kAck | kPush | kFin,
                                             kFin,
                                             kSyn | kFin,
                                             0,
                                             kAck | kUrgent,
                                             kPush,
                                             kSyn | kReset,
                                             0xc2,
                                             0xff};

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::array<std::uint64_t, 16> kWaits = {
    kMillisecond / 5,    kMillisecond,          5 * kMillisecond,      20 * kMillisecond,
    50 * kMillisecond,   100 * kMillisecond,    101 * kMillisecond,    250 * kMillisecond,
    500 * kMillisecond,  1000 * kMillisecond,   2000 * kMillisecond,   5000 * kMillisecond,
    9000 * kMillisecond, 34'300 * kMillisecond, 70'000 * kMillisecond, 0};

// How a packet may differ from its sender's others.
enum Hand : std::uint8_t {
  kOtherTtl = 0x01,
  kNoTimestamps = 0x02,
  kOtherIpId = 0x04,
  kMayFragment = 0x08,
  kOtherWindow = 0x10,
  kOtherSeq = 0x20,
  kOtherAck = 0x40,
  kForeign = 0x80,  // its sender's stream does not move on
};

std::uint32_t signed_step(std::uint8_t byte) {
  return static_cast<std::uint32_t>(static_cast<std::int8_t>(byte));
}

}  // namespace

Bytes fuzzed_input(Wrapping wrapping, const std::vector<FuzzedStep>& steps) {
  Bytes input = {static_cast<std::uint8_t>(wrapping)};
  for (const FuzzedStep& step : steps) append_bytes(input, step);
  return input;
}

FuzzedConversation::FuzzedConversation(ByteView input, std::optional<Wrapping> wrapping)
    : input_(input) {
  constexpr std::uint8_t kWrappings = static_cast<std::uint8_t>(Wrapping::kNoLinkHeader) + 1;
  const std::uint8_t chosen = take();
  wrapping_ = wrapping.value_or(static_cast<Wrapping>(chosen % kWrappings));
}

std::uint8_t FuzzedConversation::take() {
  if (input_.empty()) return 0;
  const std::uint8_t byte = input_[0];
  input_ = input_.subspan(1);
  return byte;
}

ByteView FuzzedConversation::take_counted() {
  const std::size_t wanted = take();
  const ByteView bytes = input_.first(std::min(wanted, input_.size()));
  input_ = input_.subspan(bytes.size());
  return bytes;
}

FuzzedConversation::Step FuzzedConversation::take_step() {
  Step step{};
  const std::uint8_t first = take();
  step.leg = first & 7U;
  step.from = (first & 8U) != 0 ? kServer : kClient;
  step.kind = first >> 4U;
  const std::uint8_t second = take();
  step.flags = second & 15U;
  step.moment = second >> 4U;
  step.words = take();
  step.hand = take();
  step.value = take();
  step.other = take();
  return step;
}

std::optional<FuzzedPacket> FuzzedConversation::next() {
  if (input_.empty()) return std::nullopt;
  const Step step = take_step();
  now_ns_ += kWaits.at(step.moment);
  FuzzedPacket packet;
  packet.has_ethernet = wrapping_ != Wrapping::kNoLinkHeader;
  packet.time_ns = now_ns_;
  packet.interface = kLegs.at(step.leg).interface;
  switch (step.kind) {
    default: packet.frame = segment(step); break;
    case 11: packet.frame = ident(step); break;
    case 12: packet.frame = look_up(step); break;
    case 13: packet.frame = unreachable(step); break;
    case 14: {
      const ByteView bytes = take_counted();
      packet.frame.assign(bytes.begin(), bytes.end());
      break;
    }
    case 15: {  // the client comes again, from the next port or from the same
      Stream& stream = streams_.at(kLegs.at(step.leg).stream);
      const auto port = static_cast<std::uint16_t>(stream.client_port + step.value % 2);
      stream = Stream{};
      stream.client_port = port;
      stream.next = {std::uint32_t{step.value} << 24U, std::uint32_t{step.other} << 24U};
      Step handshake = step;
      handshake.flags = 2;
      handshake.hand = 0;
      packet.frame = segment(handshake);
      break;
    }
  }
  packet.frame.shrink_to_fit();  // so that a sanitizer sees a read behind the frame
  return packet;
}

Packet FuzzedConversation::header(const Step& step, bool to_resolver) const {
  const Leg& leg = kLegs.at(step.leg);
  Packet packet = wrapped_packet(wrapping_, kMac[step.from], kMac[1 - step.from]);
  const char* resolver = leg.ipv6 ? "2001:db8::53" : "10.0.0.53";
  const bool answers = to_resolver && step.from == kClient;
  const char* const from = answers ? resolver : leg.host[step.from];
  const char* const to =
      to_resolver ? (answers ? leg.host[kServer] : resolver) : leg.host[1 - step.from];
  if (leg.ipv6) {
    packet.ipv6(from, to);
  } else {
    const Stream& stream = streams_.at(leg.stream);
    packet.ipv4(from, to)
        .ip_id((step.hand & kOtherIpId) != 0 ? step.value : stream.ip_id[step.from])
        .dont_fragment((step.hand & kMayFragment) == 0);
  }
  const std::uint8_t usual = step.from == kClient ? 64 : 49;
  return packet.ttl((step.hand & kOtherTtl) != 0 ? step.value : usual);
}

/// Usually one line; half of it, two, or bytes of the input as they are.
Bytes FuzzedConversation::words_of(const Step& step) {
  constexpr std::uint8_t kHalf = 0x40, kTwo = 0x80;
  const std::size_t number = step.words & 63U;
  Bytes bytes;
  if (number >= kWords.size()) {
    append_bytes(bytes, take_counted());
  } else {
    append_text(bytes, kWords.at(number));
  }
  if ((step.words & kTwo) != 0) append_text(bytes, kWords.at((number + 1) % kWords.size()));
  if ((step.words & kHalf) != 0) bytes.resize(bytes.size() / 2);
  return bytes;
}

Bytes FuzzedConversation::segment(const Step& step) {
  const Leg& leg = kLegs.at(step.leg);
  Stream& stream = streams_.at(leg.stream);
  Packet packet = header(step, false);
  const unsigned flags = kFlags.at(step.flags);
  const std::uint16_t ports[] = {stream.client_port, leg.server_port};
  const Side to = step.from == kClient ? kServer : kClient;
  const std::uint32_t seq =
      stream.next[step.from] + ((step.hand & kOtherSeq) != 0 ? signed_step(step.other) : 0);
  const std::uint32_t ack =
      stream.next[to] + ((step.hand & kOtherAck) != 0 ? signed_step(step.other) : 0);
  packet.tcp(ports[step.from], ports[to])
      .seq(seq)
      .ack((flags & kAck) != 0 ? ack : 0)
      .flags(flags)
      .window((step.hand & kOtherWindow) != 0 ? static_cast<std::uint16_t>(step.value << 6U) : 502);
  if ((flags & kSyn) != 0) {
    packet.option_mss(1460).option_sack_permitted().option_nop().option_window_scale(7);
  }
  if ((step.hand & kNoTimestamps) == 0 && (flags & kReset) == 0) {
    const auto clock = static_cast<std::uint32_t>(now_ns_ / kMillisecond);
    packet.option_nop().option_nop().option_timestamps(clock, 7);
  }
  const Bytes words = words_of(step);
  packet.payload(words);
  if ((step.hand & kForeign) == 0) {
    const std::uint32_t ends = (flags & (kSyn | kFin)) != 0 ? 1 : 0;
    stream.next[step.from] = seq + static_cast<std::uint32_t>(words.size()) + ends;
    ++stream.ip_id[step.from];
  }
  return packet.build();
}

/// The server asks for the client's user, or the client's host answers (RFC 1413).
Bytes FuzzedConversation::ident(const Step& step) const {
  const bool asks = step.from == kServer;
  const auto port = static_cast<std::uint16_t>(kQueryPort + step.other % 4);
  Packet packet = header(step, false);
  packet.tcp(asks ? port : 113, asks ? 113 : port).seq(7000 + step.value % 2U);
  if (asks) return packet.flags(step.flags == 1 ? kAck : kSyn).option_mss(1460).build();
  return packet.ack(7001).flags(step.flags == 3 ? kSyn | kAck : kReset | kAck).build();
}

/// A router, or the host itself, about such a question.
Bytes FuzzedConversation::unreachable(const Step& step) const {
  const Leg& leg = kLegs.at(step.leg);
  const auto port = static_cast<std::uint16_t>(kQueryPort + step.other % 4);
  Packet about;
  if (leg.ipv6) {
    about.ipv6(leg.host[kServer], leg.host[kClient]);
  } else {
    about.ipv4(leg.host[kServer], leg.host[kClient]);
  }
  about.tcp(port, 113).seq(7000).flags(kSyn);
  return header(step, false).unreachable(step.value % 16, about.build()).build();
}

Bytes FuzzedConversation::look_up(const Step& step) const {
  const bool asks = step.from == kServer;
  const auto port = static_cast<std::uint16_t>(33'333 + step.other % 4);
  return header(step, true)
      .udp(asks ? port : 53, asks ? 53 : port)
      .payload(dns_message(asks ? DnsMessage::kQuestion : DnsMessage::kAnswer, kAskedName, kPtr))
      .build();
}

}  // namespace mxray::test
