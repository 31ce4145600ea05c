// SPDX-License-Identifier: Apache-2.0
// Does any sequence of segments, however it was put together, harm the core, the
// analysis or what is printed of it? And does what is printed hold no byte that a
// terminal would obey, and is its JSON such, in UTF-8?
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "analysis/analyzer.h"
#include "base/core_settings.h"
#include "format/explain.h"
#include "format/flow_json.h"
#include "format/incident_json.h"
#include "replay/engine.h"
#include "support/fuzzed_conversation.h"

namespace {

void expect_harmless(std::string_view text) {
  const auto is_command = [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_command)) std::abort();
}

void expect_harmless_json(std::string_view text) {
  expect_harmless(text);
  if (!nlohmann::json::accept(text)) std::abort();  // nor what is no UTF-8
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mxray;
  AnalyzerSettings settings;
  settings.max_flows = 64;
  settings.local_domains = {"example.org"};
  settings.interface_name = [](std::uint32_t) { return "wan0"; };
  const auto show = [](const Incident& incident) {
    expect_harmless(explain(incident, {}));
    expect_harmless_json(to_json_full(incident));
    expect_harmless_json(to_json_line(incident));
  };
  Analyzer analyzer(settings, show);
  Engine engine(
      make_core_config(default_ports(), settings.slow_greeting_seconds, 0x5ec2e7),
      [&analyzer](std::span<const std::byte> record) { analyzer.consume(record); },
      settings.max_flows);
  test::FuzzedConversation conversation({data, size});
  std::uint64_t now_ns = 0;
  while (const auto packet = conversation.next()) {
    now_ns = packet->time_ns;
    analyzer.tick(now_ns);
    engine.handle(packet->frame, static_cast<std::uint32_t>(packet->frame.size()),
                  packet->has_ethernet ? LinkLayer::kEthernet : LinkLayer::kRaw, now_ns,
                  packet->interface);
  }
  for (const FlowView& flow : analyzer.flows(now_ns)) expect_harmless_json(to_json_line(flow));
  analyzer.tick(now_ns + 60'000'000'000ULL);
  analyzer.finish();
  (void)analyzer.totals();
  return 0;
}
