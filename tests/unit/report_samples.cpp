// SPDX-License-Identifier: Apache-2.0
#include "report_samples.h"

#include "format_samples.h"

namespace mxray::samples {
namespace {

constexpr std::uint64_t kHour = std::uint64_t{3600} * 1'000'000'000;

Incident hostile(Kind kind, std::size_t number) {
  const std::string text = hostile_text();
  Incident incident = forged_reply();
  incident.kind = kind;
  incident.id = std::to_string(number) + text;
  incident.interface = incident.summary = text;
  incident.remedy = text + "\n  " + text + "\n`" + text + "`";
  incident.evidence.push_back({text, text, text, -1});
  for (PacketRow& packet : incident.packets) {
    packet.what = packet.options = packet.text = text;
  }
  incident.forgery->forged_text = incident.forgery->genuine_text = text;
  incident.forgery->forger_class = incident.forgery->impersonated = text;
  incident.forgery->trigger_command = incident.forgery->window_rule = text;
  incident.waiting = ident_stall().waiting;
  incident.waiting->ident_outcome = text;
  incident.dialogue = rejected().dialogue;
  incident.dialogue->helo = incident.dialogue->sender_domain = text;
  incident.dialogue->reply_text = incident.dialogue->reason = text;
  return incident;
}

}  // namespace

ReportInput report() {
  ReportInput input;
  input.incidents = {forged_reply(), ident_stall(), bare_reset()};
  input.since_ns = bare_reset().time_ns - kHour;
  input.until_ns = bare_reset().time_ns + kHour;
  input.made_ns = input.until_ns;
  input.status = status();
  input.status.records_lost = 0;
  input.status.store = {"ok", ""};
  return input;
}

std::string hostile_text() {
  return "</title></style><script>alert('1')</script><img src=\"http://192.0.2.1/\" "
         "onerror='f()'>&lt;&#60; ]]> --> "
         "\x1b[31m\r\n\xe2\x80\xae\xe2\x81\xa6\xef\xbb\xbf\xc2\x9b\xff"
         "\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80 ${x} {{y}} " +
         std::string(4096, 'x') + "<b>";
}

ReportInput hostile_report() {
  ReportInput input = report();
  for (std::size_t i = 0; i < kKindCount; ++i) {
    input.incidents.push_back(hostile(static_cast<Kind>(i), i));
  }
  const std::string text = hostile_text();
  input.title = input.scope = text;
  for (const Incident& incident : input.incidents) input.places[incident.id] = {text, text};
  input.status.version = input.status.store.state = input.status.store.detail = text;
  input.status.kernel.attachments = {{text, text, text, text}};
  input.captures = CaptureFacts{.files = {text, text},
                                .packets = 1,
                                .first_packet_ns = input.since_ns,
                                .last_packet_ns = input.until_ns,
                                .problem = text};
  return input;
}

}  // namespace mxray::samples
