// SPDX-License-Identifier: Apache-2.0
#include "support/random_packets.h"

#include <algorithm>
#include <array>

#include "support/lookup_trace.h"
#include "support/packet_builder.h"
#include "support/traces.h"
#include "support/wrapping.h"

namespace mxray::test {
namespace {

constexpr MacAddress kOne = {2, 0, 0, 0, 0, 1};
constexpr MacAddress kTwo = {2, 0, 0, 0, 0, 2};
constexpr std::array<Wrapping, 5> kWrappings = {Wrapping::kEthernet, Wrapping::kVlan,
                                                Wrapping::kQinQ, Wrapping::kPppoe,
                                                Wrapping::kNoLinkHeader};
constexpr std::size_t kLongestGarbage = 160;  // longer than all headers together

Packet with_smtp(Packet packet, const char* text) {
  return packet.tcp(25, 40000)
      .seq(1000)
      .ack(2000)
      .flags(kAck | kPush)
      .option_nop()
      .option_nop()
      .option_timestamps(1, 2)
      .payload(text);
}

/// One frame of every shape the parser knows, and some it only counts.
std::vector<Bytes> frames_of_every_shape(Wrapping wrapping) {
  const Packet link = wrapped_packet(wrapping, kOne, kTwo);
  const Packet four = Packet(link).ipv4("203.0.113.25", "192.0.2.4");
  const Packet six = Packet(link).ipv6("2001:db8::25", "2001:db8::4");
  const Bytes query4 =
      Packet().ipv4("203.0.113.25", "192.0.2.4").tcp(38107, 113).flags(kSyn).build();
  const Bytes query6 =
      Packet().ipv6("2001:db8::25", "2001:db8::4").tcp(38107, 113).flags(kSyn).build();
  std::vector<Bytes> frames;
  for (const Packet& network :
       {four, Packet(four).ip_options({7, 7, 4, 0, 0, 0, 0}), six,
        Packet(six).hop_by_hop().routing().destination_options(), Packet(six).fragment(0, true, 77),
        Packet(six).fragment(1480, false, 77), Packet(four).fragment(0, true, 77),
        Packet(four).fragment(1480, false, 77)}) {
    frames.push_back(with_smtp(network,
                               "250-mx.example.org\r\n250-AUTH PLAIN LOGIN\r\n"
                               "250 STARTTLS\r\n")
                         .build());
    frames.push_back(Packet(network).tcp(40000, 587).flags(kSyn).option_mss(1460).build());
    frames.push_back(
        Packet(network).tcp(40000, 110).flags(kAck).payload("USER a\r\nPASS b\r\n").build());
    frames.push_back(Packet(network).tcp(113, 38107).flags(kReset | kAck).build());
    frames.push_back(Packet(network).udp(53, 5353).payload("not mail").build());
  }
  frames.push_back(Packet(four).unreachable(3, query4).build());
  frames.push_back(Packet(six).unreachable(4, query6).build());
  frames.push_back(Packet(four).ip_protocol(4).payload(query4).build());  // IP in IP
  frames.push_back(with_smtp(four, "500 error\r\n").pad_to(200).build());
  return frames;
}

}  // namespace

RandomPackets::RandomPackets(std::uint64_t seed) : engine_(seed) {
  for (const Wrapping wrapping : kWrappings) {
    const bool has_ethernet = wrapping != Wrapping::kNoLinkHeader;
    const auto keep = [&](const std::vector<TimedPacket>& packets) {
      for (const TimedPacket& packet : packets) valid_.push_back({packet.frame, has_ethernet});
    };
    ForgedReplyOptions options;
    options.wrapping = wrapping;
    keep(forged_reply_trace(options));
    options.ipv6 = true;
    keep(forged_reply_trace(options));
    keep(ident_stall_outer_trace(IdentCase::kReset, wrapping));
    keep(lookup_trace({.answered = true, .wrapping = wrapping}));
    for (const Bytes& frame : frames_of_every_shape(wrapping)) {
      valid_.push_back({frame, has_ethernet});
    }
  }
}

RandomPacket RandomPackets::next() {
  RandomPacket packet = below(2) == 0 ? garbage() : damaged();
  packet.frame.shrink_to_fit();  // so that a sanitizer sees a read behind the frame
  return packet;
}

RandomPacket RandomPackets::garbage() {
  RandomPacket packet;
  packet.has_ethernet = below(2) == 0;
  packet.frame.resize(below(kLongestGarbage));
  for (std::uint8_t& each : packet.frame) each = byte();
  return packet;
}

RandomPacket RandomPackets::damaged() {
  RandomPacket packet = valid_[below(valid_.size())];
  if (below(8) != 0) damage(packet.frame);
  return packet;
}

void RandomPackets::damage(Bytes& frame) {
  constexpr std::array<std::uint8_t, 7> kExtremes = {0, 1, 0x0f, 0x7f, 0x80, 0xf0, 0xff};
  switch (below(6)) {
    case 0:  // bit flips
      for (std::size_t flips = 1 + below(8); flips > 0; --flips) {
        frame[below(frame.size())] ^= static_cast<std::uint8_t>(1U << below(8));
      }
      break;
    case 1:  // cut anywhere
      frame.resize(below(frame.size() + 1));
      break;
    case 2:  // an extreme value where headers keep their lengths and types
      frame[below(std::min<std::size_t>(frame.size(), 80))] = kExtremes[below(kExtremes.size())];
      break;
    case 3: {  // trailing bytes, as padding but not zero
      for (std::size_t more = 1 + below(64); more > 0; --more) frame.push_back(byte());
      break;
    }
    case 4: {  // the head of one and the tail of another
      const Bytes& other = valid_[below(valid_.size())].frame;
      const std::size_t cut = below(std::min(frame.size(), other.size()));
      frame.resize(cut);
      append_bytes(frame, ByteView(other).subspan(cut));
      break;
    }
    default:  // a field at a time: one header byte random, then cut near its end
      frame[below(std::min<std::size_t>(frame.size(), 80))] = byte();
      frame.resize(frame.size() - below(std::min<std::size_t>(frame.size(), 24)));
      break;
  }
}

}  // namespace mxray::test
