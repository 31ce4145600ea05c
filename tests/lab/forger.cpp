// SPDX-License-Identifier: Apache-2.0
// How does a box in the middle of the path answer in a server's name? It sees
// the client's command go by and, before the server can, sends its own segment
// back the way the command came.
//
// It answers through the interface on which it saw the command and no other,
// a counted number of times, in the laboratory's namespaces. The handwriting is
// that of the first recorded case: TTL from 64, IP ID 64, DF clear, no options,
// window 0 (all can be set).
#include <poll.h>
#include <strings.h>

#include <cstdio>
#include <ctime>

#include "arguments.h"
#include "wire.h"

namespace mxray::lab {
namespace {

constexpr const char* kUsage =
    "usage: lab-forger --interface IF [--port 25] [--trigger 'RCPT TO'] [--text '500 "
    "error\\r\\n']\n"
    "                  [--reset] [--ttl 64] [--ip-id 64] [--window 0] [--count 1] [--seconds 60]\n"
    "  --reset sends three RST instead of the text\n";

constexpr std::uint8_t kFlagRst = 0x04, kFlagPsh = 0x08, kFlagAck = 0x10;

struct Handwriting {
  std::uint8_t ttl = 64;
  std::uint16_t ip_id = 64;
  std::uint16_t window = 0;
};

/// A client's segment with data, as seen on the wire. The views point into the frame.
struct Segment {
  View frame, network, tcp, payload;
  bool ipv6 = false;
};

std::optional<Segment> parse_tcp(View frame) {
  Segment segment;
  segment.frame = frame;
  if (frame.size() < kEthernetHeader + kIpv4Header) return std::nullopt;
  const View packet = frame.subspan(kEthernetHeader);
  const std::uint16_t type = load16(frame, 12);
  std::size_t header = 0, total = 0;
  if (type == kEtherTypeIpv4) {
    header = static_cast<std::size_t>(packet[0] & 0xf) * 4;
    total = load16(packet, 2);
    if (header < kIpv4Header || packet[9] != kProtocolTcp || (load16(packet, 6) & 0x3fff) != 0)
      return std::nullopt;
  } else if (type == kEtherTypeIpv6 && packet.size() >= kIpv6Header) {
    header = kIpv6Header;
    total = kIpv6Header + load16(packet, 4);
    if (packet[6] != kProtocolTcp) return std::nullopt;
    segment.ipv6 = true;
  } else {
    return std::nullopt;
  }
  if (total > packet.size() || total < header + kTcpHeader) return std::nullopt;
  segment.network = packet.first(header);
  segment.tcp = packet.subspan(header, total - header);
  const std::size_t tcp_header = static_cast<std::size_t>(segment.tcp[12] >> 4) * 4;
  if (tcp_header < kTcpHeader || tcp_header > segment.tcp.size()) return std::nullopt;
  segment.payload = segment.tcp.subspan(tcp_header);
  return segment;
}

bool begins_with(View payload, const std::string& trigger) {
  return payload.size() >= trigger.size() &&
         ::strncasecmp(reinterpret_cast<const char*>(payload.data()), trigger.c_str(),
                       trigger.size()) == 0;
}

void append(Bytes& bytes, View more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

/// Ethernet and IP headers of an answer to `seen`, for `length` bytes of TCP.
Bytes answer_headers(const Segment& seen, const Handwriting& hand, std::size_t length) {
  Bytes frame;
  append(frame, seen.frame.subspan(6, 6));  // back to the one it came from
  append(frame, seen.frame.first(6));
  append(frame, seen.frame.subspan(12, 2));
  const std::size_t at = frame.size();
  if (seen.ipv6) {
    frame.resize(at + 8);
    frame[at] = 0x60;
    store16(frame, at + 4, static_cast<std::uint16_t>(length));
    frame[at + 6] = kProtocolTcp;
    frame[at + 7] = hand.ttl;
    append(frame, seen.network.subspan(24, 16));
    append(frame, seen.network.subspan(8, 16));
    return frame;
  }
  frame.resize(at + 12);
  frame[at] = 0x45;
  store16(frame, at + 2, static_cast<std::uint16_t>(kIpv4Header + length));
  store16(frame, at + 4, hand.ip_id);
  frame[at + 8] = hand.ttl;
  frame[at + 9] = kProtocolTcp;
  append(frame, seen.network.subspan(16, 4));
  append(frame, seen.network.subspan(12, 4));
  store16(frame, at + 10, checksum_finish(checksum_add(0, View(frame).subspan(at, kIpv4Header))));
  return frame;
}

/// The server's next segment as the forger writes it: it continues the server's
/// stream at what the client acknowledged, plus `skip`.
Bytes forge(const Segment& seen, const Handwriting& hand, std::uint8_t flags, std::uint32_t skip,
            const std::string& text) {
  const std::size_t length = kTcpHeader + text.size();
  Bytes frame = answer_headers(seen, hand, length);
  const std::size_t at = frame.size();
  frame.resize(at + kTcpHeader);
  store16(frame, at, load16(seen.tcp, 2));
  store16(frame, at + 2, load16(seen.tcp, 0));
  store32(frame, at + 4, load32(seen.tcp, 8) + skip);
  store32(frame, at + 8, load32(seen.tcp, 4) + static_cast<std::uint32_t>(seen.payload.size()));
  frame[at + 12] = static_cast<std::uint8_t>(kTcpHeader / 4 << 4);
  frame[at + 13] = flags;
  store16(frame, at + 14, hand.window);
  frame.insert(frame.end(), text.begin(), text.end());

  const std::size_t address = seen.ipv6 ? 16 : 4;
  std::uint32_t sum = checksum_add(0, View(frame).subspan(at - 2 * address, 2 * address));
  sum += static_cast<std::uint32_t>(kProtocolTcp + length);
  sum = checksum_add(sum, View(frame).subspan(at));
  store16(frame, at + 16, checksum_finish(sum));
  return frame;
}

double wall_clock_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

int run(int argc, char** argv) {
  const Arguments arguments(
      argc, argv,
      {"interface", "port", "trigger", "text", "ttl", "ip-id", "window", "count", "seconds"},
      {"reset"});
  if (!arguments.words().empty()) throw UsageError("unexpected " + arguments.words().front());
  const Handwriting hand{
      .ttl = static_cast<std::uint8_t>(arguments.whole("ttl", 64, 1, 255)),
      .ip_id = static_cast<std::uint16_t>(arguments.whole("ip-id", 64, 0, 65535)),
      .window = static_cast<std::uint16_t>(arguments.whole("window", 0, 0, 65535))};
  const long port = arguments.whole("port", 25, 1, 65535);
  const std::string trigger = arguments.text("trigger", "RCPT TO");
  const std::string text = unescape(arguments.text("text", "500 error\\r\\n"));
  long left = arguments.whole("count", 1, 1, 1000);
  const double deadline = monotonic_seconds() + arguments.number("seconds", 60, 0, 3600);

  const Fd socket = open_packet_socket(arguments.text("interface"));
  std::puts("ready");
  std::fflush(stdout);
  for (double now = monotonic_seconds(); left > 0 && now < deadline; now = monotonic_seconds()) {
    const auto frame = receive_frame(socket);
    if (!frame) {
      pollfd polled{socket.get(), POLLIN, 0};
      ::poll(&polled, 1, static_cast<int>((deadline - now) * 1000) + 1);
      continue;
    }
    const auto seen = parse_tcp(*frame);
    if (!seen || load16(seen->tcp, 2) != port || !begins_with(seen->payload, trigger)) continue;
    if (arguments.has("reset")) {
      for (const std::uint32_t skip : {0U, 1460U, 4380U})
        send_frame(socket, forge(*seen, hand, kFlagRst | kFlagAck, skip, ""));
    } else {
      send_frame(socket, forge(*seen, hand, kFlagPsh | kFlagAck, 0, text));
    }
    std::printf("forged %.6f\n", wall_clock_seconds());
    std::fflush(stdout);
    --left;
  }
  return left > 0 ? 1 : 0;
}

}  // namespace
}  // namespace mxray::lab

int main(int argc, char** argv) {
  return mxray::lab::guarded_main("lab-forger", mxray::lab::kUsage,
                                  [&] { return mxray::lab::run(argc, argv); });
}
