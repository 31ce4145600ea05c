// SPDX-License-Identifier: Apache-2.0
#include "support/session.h"

#include <algorithm>

#include "support/wrapping.h"

namespace mxray::test {
namespace {

constexpr std::uint64_t kStepNs = 300'000;
constexpr std::uint64_t kRoundTripNs = 100'783'000;  // SYN to SYN-ACK in S0
constexpr std::uint64_t kAnswerNs = 105'028'000;     // RCPT to `250 Ok` in S0
constexpr std::uint64_t kForgedNs = 54'053'000;      // RCPT to `500 error` in S0
constexpr std::uint64_t kHopNs = 120'000;

constexpr MacAddress kMac[] = {{0x00, 0xe0, 0xfc, 0x34, 0xc0, 0x86},
                               {0x00, 0x14, 0x22, 0x1f, 0x4a, 0x49}};
constexpr const char* kIpv4[] = {"10.4.1.4", "203.131.198.80"};
constexpr const char* kIpv6[] = {"2001:db8:a::4", "2001:db8:cb::80"};

std::uint64_t nanoseconds(double milliseconds) {
  return static_cast<std::uint64_t>(milliseconds * 1e6);
}

}  // namespace

std::string Session::endpoint(Side side) const {
  const std::string port = std::to_string(side == kClient ? options_.client_port : options_.port);
  if (options_.ipv6) return "[" + std::string(kIpv6[side]) + "]:" + port;
  return std::string(kIpv4[side]) + ":" + port;
}

Session& Session::handshake() {
  packet(kClient, "", kSyn);
  now_ns_ += kRoundTripNs;
  timed_ = true;
  packet(kServer, "", kSyn | kAck);
  packet(kClient, "", kAck);
  line_ns_ = now_ns_;
  return *this;
}

Session& Session::client(std::string_view text, unsigned flags) {
  packet(kClient, text, flags);
  if (!text.empty() || (flags & kFin) != 0) line_ns_ = now_ns_;
  return *this;
}

Session& Session::server(std::string_view text, unsigned flags) {
  if (!timed_ && line_ns_ + kAnswerNs > now_ns_) {
    now_ns_ = line_ns_ + kAnswerNs;
    timed_ = true;
  }
  return packet(kServer, text, flags);
}

Session& Session::packet(Side side, std::string_view text, unsigned flags) {
  ++hands_[side].ip_id;
  add(side, text, flags, hands_[side], next_[side]);
  next_[side] += static_cast<std::uint32_t>(text.size());
  if ((flags & (kSyn | kFin)) != 0) ++next_[side];
  return *this;
}

Session& Session::forged(Side name, std::string_view text, const Handwriting& hand, unsigned flags,
                         std::uint32_t offset) {
  if (!timed_ && line_ns_ + kForgedNs > now_ns_) {
    now_ns_ = line_ns_ + kForgedNs;
    timed_ = true;
  }
  return add(name, text, flags, hand, next_[name] + offset).essential();
}

Session& Session::resend(Side side, std::uint32_t back, std::string_view text) {
  ++hands_[side].ip_id;
  return add(side, text, kAck | kPush, hands_[side], next_[side] - back);
}

Session& Session::after(double milliseconds) {
  now_ns_ = line_ns_ + nanoseconds(milliseconds);
  timed_ = true;
  return *this;
}

Session& Session::wait(double milliseconds) {
  now_ns_ += nanoseconds(milliseconds);
  timed_ = true;
  return *this;
}

Session& Session::client_takes(std::uint32_t bytes) {
  taken_ = next_[kServer] + bytes;
  return *this;
}

Session& Session::unacknowledged(std::uint32_t bytes) {
  unacknowledged_ = bytes;
  return *this;
}

Session& Session::captured(Copies copies) {
  copies_ = copies;
  return *this;
}

Session& Session::essential() {
  steps_.back().essential = true;
  return *this;
}

Session& Session::punctual() {
  steps_.back().essential = steps_.back().punctual = true;
  return *this;
}

Session& Session::decisive() {
  steps_.back().decisive = true;
  return *this;
}

Session& Session::forget_last() {
  steps_.pop_back();
  return *this;
}

Session& Session::monitor_starts_here() {
  steps_.clear();
  return *this;
}

Session& Session::finish() {
  client("QUIT\r\n", kAck | kPush | kFin);
  server("221 Bye\r\n", kAck | kPush | kFin);
  return packet(kClient, "", kAck);
}

std::vector<Session::Step> Session::steps() const {
  std::vector<Step> sorted = steps_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Step& a, const Step& b) {
    return a.packet.time_ns < b.packet.time_ns;
  });
  return sorted;
}

Session& Session::add(Side side, std::string_view text, unsigned flags, const Handwriting& hand,
                      std::uint32_t seq) {
  if (!timed_) now_ns_ += kStepNs;
  timed_ = false;
  const bool takes_more = static_cast<std::int32_t>(taken_ - next_[kServer]) > 0;
  const std::uint32_t acknowledged = side == kServer ? next_[kClient] - unacknowledged_
                                     : takes_more    ? taken_
                                                     : next_[kServer];
  if (side == kServer) unacknowledged_ = 0;
  Packet packet = header(side, hand);
  packet.seq(seq).ack((flags & kAck) != 0 ? acknowledged : 0).flags(flags).window(hand.window);
  add_options(packet, side, flags, hand);
  packet.payload(text);
  steps_.push_back({{now_ns_, packet.build()}, side == kServer});
  if (copies_ == Copies::kNone) return *this;
  if (copies_ == Copies::kNextHop) packet.ttl(static_cast<std::uint8_t>(hand.ttl - 1));
  steps_.push_back({{now_ns_ + kHopNs, packet.build()}, side == kServer});
  return *this;
}

Packet Session::header(Side side, const Handwriting& hand) const {
  const Side to = side == kClient ? kServer : kClient;
  Packet packet = wrapped_packet(options_.wrapping, kMac[side], kMac[to]);
  if (options_.ipv6) {
    packet.ipv6(kIpv6[side], kIpv6[to]);
  } else {
    packet.ipv4(kIpv4[side], kIpv4[to]).ip_id(hand.ip_id).dont_fragment(hand.dont_fragment);
  }
  packet.ttl(hand.ttl).tcp(side == kClient ? options_.client_port : options_.port,
                           side == kClient ? options_.port : options_.client_port);
  return packet;
}

// Of a SYN all that hosts have; later the timestamps, which a RST may lack
// (RFC 7323, 3.2).
void Session::add_options(Packet& packet, Side side, unsigned flags, const Handwriting& hand) {
  const bool syn = (flags & kSyn) != 0;
  if (syn) packet.option_mss(1460);
  if (syn && (side == kClient || options_.timestamps)) packet.option_sack_permitted();
  const bool negotiated = options_.timestamps || (syn && side == kClient);
  if (!negotiated || !hand.timestamps) return;
  if ((flags & kReset) != 0 && !hand.timestamps_on_reset) return;
  const std::uint64_t tick_ns = side == kClient ? 1'000'000 : 10'000'000;
  clock_[side] = static_cast<std::uint32_t>(now_ns_ / tick_ns);
  packet.option_nop().option_nop().option_timestamps(clock_[side],
                                                     clock_[side == kClient ? kServer : kClient]);
}

}  // namespace mxray::test
