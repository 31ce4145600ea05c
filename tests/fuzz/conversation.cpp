// SPDX-License-Identifier: Apache-2.0
// Does any sequence of segments, however it was put together, harm the core, the
// analysis or what is printed of it?
//
// The input chooses: who speaks, on which connection, with what header, and which
// piece of a mail dialogue or of the input itself. So most packets are well-formed
// and meet in the same few flows.
#include <fuzzer/FuzzedDataProvider.h>

#include <array>
#include <cstdint>
#include <string>

#include "analysis/analyzer.h"
#include "base/core_settings.h"
#include "format/explain.h"
#include "format/flow_json.h"
#include "format/incident_json.h"
#include "replay/engine.h"
#include "support/packet_builder.h"

namespace {

using namespace mxray;

constexpr std::array kHosts = {"10.4.1.4", "203.0.113.25", "198.51.100.7", "192.0.2.1"};
constexpr std::array kHosts6 = {"2001:db8::4", "2001:db8:25::25", "2001:db8:7::7", "fe80::1"};
constexpr std::array<std::uint16_t, 8> kPorts = {25, 40'001, 113, 110, 143, 53, 587, 80};
constexpr std::array<std::string_view, 24> kPieces = {
    "220 mx.example.net ESMTP\r\n",
    "EHLO mail.example.org\r\n",
    "HELO x\r\n",
    "250-mx.example.net\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n",
    "250 2.1.0 Ok\r\n",
    "MAIL FROM:<a@example.org>\r\n",
    "RCPT TO:<b@example.net>\r\n",
    "DATA\r\n",
    "354 go on\r\n",
    "550 5.7.25 no PTR record\r\n",
    "500 error\r\n",
    "421 4.7.0 too many\r\n",
    "AUTH LOGIN\r\n",
    "STARTTLS\r\n",
    "QUIT\r\n",
    "221 Bye\r\n",
    "+OK ready\r\n",
    "-ERR no\r\n",
    "* OK ready\r\n",
    "a1 NO refused\r\n",
    "40001, 25\r\n",
    "\x16\x03\x01",
    "\r\n.\r\n",
    ""};

template <typename T, std::size_t N>
T one_of(FuzzedDataProvider& input, const std::array<T, N>& choices) {
  return choices.at(input.ConsumeIntegralInRange<std::size_t>(0, N - 1));
}

test::Bytes next_packet(FuzzedDataProvider& input, bool ethernet) {
  test::Packet packet;
  if (ethernet) packet.ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2});
  const bool ipv6 = input.ConsumeIntegralInRange(0, 7) == 0;
  const auto& hosts = ipv6 ? kHosts6 : kHosts;
  const char* const from = one_of(input, hosts);
  const char* const to = one_of(input, hosts);
  if (ipv6) {
    packet.ipv6(from, to);
  } else {
    packet.ipv4(from, to).ip_id(input.ConsumeIntegral<std::uint16_t>());
    if (input.ConsumeBool()) packet.dont_fragment();
  }
  packet.ttl(input.ConsumeIntegral<std::uint8_t>());
  const std::uint16_t from_port = one_of(input, kPorts), to_port = one_of(input, kPorts);
  const std::uint8_t kind = input.ConsumeIntegralInRange<std::uint8_t>(0, 15);
  if (kind == 0) {
    return packet.udp(from_port, 53).payload(input.ConsumeRandomLengthString(64)).build();
  }
  packet.tcp(from_port, to_port)
      .seq(1000 + input.ConsumeIntegralInRange<std::uint32_t>(0, 400))
      .ack(1000 + input.ConsumeIntegralInRange<std::uint32_t>(0, 400))
      .flags(input.ConsumeIntegral<std::uint8_t>() & 0x3fU)
      .window(input.ConsumeIntegral<std::uint16_t>());
  if (input.ConsumeBool()) packet.option_nop().option_nop().option_timestamps(1, 2);
  if (kind == 1) {
    const std::string options = input.ConsumeBytesAsString(4);
    packet.option_bytes({options.begin(), options.end()});
    if (options.size() % 4 != 0) return {};
  }
  if (kind == 2) return packet.payload(input.ConsumeRandomLengthString(200)).build();
  return packet.payload(one_of(input, kPieces)).build();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  AnalyzerSettings settings;
  settings.max_flows = 64;
  settings.local_domains = {"example.org"};
  settings.interface_name = [](std::uint32_t) { return "wan0"; };
  const auto show = [](const Incident& incident) {
    (void)explain(incident, {});
    (void)to_json_full(incident);
    (void)to_json_line(incident);
  };
  Analyzer analyzer(settings, show);
  Engine engine(
      make_core_config(default_ports(), settings.slow_greeting_seconds, 0x5ec2e7),
      [&analyzer](std::span<const std::byte> record) { analyzer.consume(record); },
      settings.max_flows);
  std::uint64_t now_ns = 1'700'000'000'000'000'000ULL;
  for (int packets = 0; packets < 200 && input.remaining_bytes() > 0; ++packets) {
    now_ns += input.ConsumeIntegralInRange<std::uint64_t>(0, 40) * 500'000'000ULL / 20;
    const bool ethernet = input.ConsumeBool();
    const test::Bytes packet = next_packet(input, ethernet);
    analyzer.tick(now_ns);
    engine.handle(packet, static_cast<std::uint32_t>(packet.size()),
                  ethernet ? LinkLayer::kEthernet : LinkLayer::kRaw, now_ns,
                  1 + input.ConsumeIntegralInRange<std::uint32_t>(0, 1));
  }
  for (const FlowView& flow : analyzer.flows(now_ns)) (void)to_json_line(flow);
  analyzer.tick(now_ns + 60'000'000'000ULL);
  analyzer.finish();
  (void)analyzer.totals();
  return 0;
}
