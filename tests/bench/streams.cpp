// SPDX-License-Identifier: Apache-2.0
#include "streams.h"

#include "support/packet_builder.h"

namespace mxray::bench {
namespace {

using test::Packet;

constexpr const char* kClient = "10.0.0.1";  // the generator writes over it, and over its port
constexpr const char* kServer = "203.0.113.25";
constexpr std::uint16_t kClientPort = 20000;
constexpr std::size_t kHeaderChecksumAt = 24;
constexpr std::uint32_t kClientIsn = 1'000'000, kServerIsn = 9'000'000;

Packet from_client(std::uint16_t port = 25) {
  Packet packet;
  packet.ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2})
      .ipv4(kClient, kServer)
      .ttl(63)
      .dont_fragment()
      .tcp(kClientPort, port)
      .window(64240);
  return packet;
}

Packet from_server() {
  Packet packet;
  packet.ethernet({2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1})
      .ipv4(kServer, kClient)
      .ttl(52)
      .dont_fragment()
      .tcp(25, kClientPort)
      .window(65160);
  return packet;
}

Packet& with_timestamps(Packet& packet) {
  return packet.option_nop().option_nop().option_timestamps(1000, 2000);
}

Packet& as_syn(Packet& packet) {
  return packet.option_mss(1460)
      .option_sack_permitted()
      .option_timestamps(1000, 2000)
      .option_nop()
      .option_window_scale(7);
}

constexpr traffic of_client(std::uint32_t flows, std::uint32_t base_seq, std::size_t step = 0) {
  return {.flows = flows,
          .from_server = 0,
          .is_tcp = 1,
          .base_seq = base_seq,
          .base_ack = kServerIsn + 1,
          .step = static_cast<std::uint32_t>(step),
          .program = 0};
}

constexpr traffic of_server(std::uint32_t flows, std::uint32_t base_seq, std::size_t step = 0) {
  traffic kind = of_client(flows, base_seq, step);
  kind.from_server = 1;
  kind.base_ack = kClientIsn + 1;
  return kind;
}

Stream stream(const Packet& packet, traffic kind) { return {packet.build(), kind}; }

}  // namespace

std::vector<Stream> handshake(std::uint32_t flows) {
  Packet syn = from_client(), syn_ack = from_server(), ack = from_client();
  as_syn(syn).flags(test::kSyn);
  as_syn(syn_ack).ack(kClientIsn + 1).flags(test::kSyn | test::kAck);
  with_timestamps(ack).ack(kServerIsn + 1).flags(test::kAck);
  return {stream(syn, of_client(flows, kClientIsn)), stream(syn_ack, of_server(flows, kServerIsn)),
          stream(ack, of_client(flows, kClientIsn + 1))};
}

Stream greeting(std::uint32_t flows) {
  Packet packet = from_server();
  with_timestamps(packet)
      .ack(kClientIsn + 1)
      .flags(test::kAck | test::kPush)
      .payload("220 mx.example.org ESMTP\r\n");
  return stream(packet, of_server(flows, kServerIsn + 1));
}

std::vector<Case> cases(std::uint32_t flows) {
  const std::string body(1000, 'x'), reply = "250 2.0.0 Ok\r\n";
  const std::string tls = std::string("\x17\x03\x03\x03\xe3", 5) + std::string(995, 'x');
  Packet other = from_client(443), udp, ack = from_client(), data = from_client(),
         push = from_client(), sack = from_client(), encrypted = from_server(),
         answer = from_server(), syn = from_client();
  with_timestamps(other).ack(1).flags(test::kAck).payload(body);
  udp.ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2})
      .ipv4(kClient, kServer)
      .udp(kClientPort, 4433)
      .payload(body);
  with_timestamps(ack).ack(kServerIsn + 1).flags(test::kAck);
  with_timestamps(data).ack(kServerIsn + 1).flags(test::kAck).payload(body);
  with_timestamps(push).ack(kServerIsn + 1).flags(test::kAck | test::kPush).payload(body);
  with_timestamps(encrypted).ack(kClientIsn + 1).flags(test::kAck).payload(tls);
  with_timestamps(sack)
      .option_nop()
      .option_nop()
      .option_sack({{kServerIsn + 100, kServerIsn + 200}})
      .ack(kServerIsn + 1)
      .flags(test::kAck)
      .payload(body);
  with_timestamps(answer).ack(kClientIsn + 1).flags(test::kAck | test::kPush).payload(reply);
  as_syn(syn).flags(test::kSyn);
  const traffic body_bytes = of_client(flows, kClientIsn + 1, body.size());
  traffic datagrams = of_client(flows, 0);
  datagrams.is_tcp = 0;
  return {
      {"other_tcp", "TCP of other ports, 1000 bytes", stream(other, body_bytes), false},
      {"other_udp", "UDP but DNS, 1000 bytes", stream(udp, datagrams), false},
      {"mail_ack", "ACK of a mail flow, no data", stream(ack, of_client(flows, kClientIsn + 1)),
       true},
      {"mail_data", "amid a message, 1000 bytes, timestamps", stream(data, body_bytes), true},
      {"mail_push", "the same with PSH: its time is kept", stream(push, body_bytes), true},
      {"mail_tls", "amid a server's TLS, 1000 bytes",
       stream(encrypted, of_server(flows, kServerIsn + 1, tls.size())), true},
      {"mail_data_sack", "amid a message with SACK: looked at", stream(sack, body_bytes), true},
      {"mail_reply", "a reply each, 14 bytes, timestamps",
       stream(answer, of_server(flows, kServerIsn + 1, reply.size())), true},
      {"mail_syn", "SYNs of a million strangers", stream(syn, of_client(1U << 20U, kClientIsn)),
       false},
  };
}

void make_packet(std::vector<std::uint8_t>& frame, const traffic& kind, std::uint64_t number) {
  const auto store = [&frame](std::size_t at, std::uint32_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
      frame[at + i] = static_cast<std::uint8_t>(value >> (8 * (bytes - 1 - i)));
    }
  };
  const auto low = static_cast<std::uint32_t>(number);
  const std::uint32_t flow = (low * 2654435761U) & (kind.flows - 1);
  const auto round = static_cast<std::uint32_t>(number / kind.flows);
  store(kind.from_server ? 30 : 26, 0x0A000000U | flow, 4);
  store(kind.from_server ? 36 : 34, 20000 + (flow & 0x3fff), 2);
  if (kind.is_tcp) {
    const std::uint32_t begin = flow * FLOW_NUMBER_STEP;
    store(38, kind.base_seq + begin + round * kind.step, 4);
    store(42, kind.base_ack + begin, 4);
  }
  // Routers drop a header whose checksum is wrong; TCP's nobody on the way looks at.
  store(kHeaderChecksumAt, 0, 2);
  std::uint32_t sum = 0;
  for (std::size_t at = 14; at < 34; at += 2) sum += frame[at] * 256U + frame[at + 1];
  sum = (sum & 0xffffU) + (sum >> 16U);
  store(kHeaderChecksumAt, ~((sum & 0xffffU) + (sum >> 16U)) & 0xffffU, 2);
}

}  // namespace mxray::bench
