// SPDX-License-Identifier: Apache-2.0
// Which lines are handed to the JSON Schema validator? One of every shape.
#include <iostream>

#include "format/bounce_json.h"
#include "format/dns_report_json.h"
#include "format/flow_json.h"
#include "format/incident_json.h"
#include "format/path_json.h"
#include "format/placement_json.h"
#include "format/wave_json.h"
#include "format_samples.h"

int main() {
  using namespace mxray;
  std::cout << to_json_line(samples::forged_reply()) << '\n'
            << to_json_line(samples::ident_stall(), 7) << '\n'
            << to_json_line(samples::bare_reset()) << '\n'
            << to_json_full(samples::forged_reply()) << '\n'
            << to_json_line(samples::waiting_flow()) << '\n'
            << to_json_line(FlowView{}) << '\n'
            << to_json_line(samples::refused_flow()) << '\n'
            << to_json_line(samples::rejected()) << '\n'
            << to_json_line(samples::hairpin_failure()) << '\n'
            << to_json_line(samples::ident()) << '\n'
            << to_json_line(samples::asked_ident()) << '\n'
            << to_json_line(samples::unasked_ident()) << '\n'
            << to_json_line(samples::status()) << '\n'
            << to_json_line(samples::path()) << '\n'
            << to_json_line(samples::unreached_path()) << '\n'
            << to_json_line(samples::dns_report()) << '\n'
            << to_json_line(samples::unanswered_dns_report()) << '\n';
  for (const Sender& sender : samples::senders()) std::cout << to_json_line(sender) << '\n';
  const samples::Bounce bounce = samples::bounce();
  std::cout << to_json_line(bounce.delivery, bounce.match()) << '\n'
            << to_json_line(maillog::FailedDelivery{},
                            {.reason = maillog::NotSeen::kNoSession, .elsewhere_ns = -90})
            << '\n';
  for (const Wave& wave : samples::waves()) std::cout << to_json_line(wave) << '\n';
  const std::string incident = to_json_full(samples::forged_reply());
  for (const int forger_hops : {0, 7, 99}) {
    const Sighting sighting{.server_hops = 15, .forger_hops = forger_hops, .delay_ms = 54};
    std::cout << with_placement(incident, place(sighting, samples::path())) << '\n';
  }
  std::cout << with_placement(incident, place({}, samples::path())) << '\n'
            << with_placement(incident, std::nullopt) << '\n';
}
