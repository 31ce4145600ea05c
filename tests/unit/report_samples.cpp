// SPDX-License-Identifier: Apache-2.0
#include "report_samples.h"

#include <fmt/format.h>

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

ReportInput every_kind() {
  ReportInput input = report();
  Incident slow = ident_stall();
  slow.id = "0123456789b0";
  slow.kind = Kind::kSlowGreeting;
  slow.ongoing = false;
  slow.summary =
      "slow greeting: 10.4.1.4 waited 34.5 s for the POP3 greeting of [2001:db8::25]:110.";
  Incident proxy = rejected();
  proxy.id = "0123456789b1";
  proxy.kind = Kind::kSmtpProxy;
  proxy.summary =
      "SMTP proxy: port 25 of 203.0.113.25 is answered by another host than its other mail ports: "
      "hops 3 on port 25 ≠ 15 on port 143.";
  proxy.remedy = "Submit on 587 with STARTTLS or on 465, or through the VPN.";
  proxy.evidence = {{"hops", "3 on port 25", "15 on port 143", 2}};
  Incident submission = rejected();
  submission.id = "0123456789b2";
  submission.kind = Kind::kUnauthenticatedSubmission;
  submission.summary =
      "unauthenticated submission: 203.0.113.9 (EHLO laptop) hands in mail of example.org to "
      "192.0.2.2:25 without logging in, though AUTH was offered.";
  Incident hairpin = hairpin_failure();
  hairpin.summary =
      "hairpin failure: 192.168.1.9:40000 on lan0 asked for 110.88.12.88:25, and this gateway "
      "answered none of 3 SYNs and sent none on.";
  hairpin.remedy =
      "Translate the address for inside clients, too. Left out: port 25.\n"
      "  nft 'table inet hairpin { chain prerouting { type nat hook prerouting priority dstnat - "
      "1; "
      "iifname \"lan0\" ip daddr 110.88.12.88 tcp dport 25 dnat ip to 192.168.1.55; } }'\n"
      "or with iptables:\n"
      "  iptables -t nat -I PREROUTING -i lan0 -d 110.88.12.88 -p tcp --dport 25 -j DNAT "
      "--to-destination 192.168.1.55\n"
      "192.168.1.0/24 is a guess: write the inside network.";
  Incident masked = hairpin;
  masked.id = "0123456789b3";
  masked.kind = Kind::kSourceMasked;
  masked.summary = "source masked: 7 outside clients of 110.88.12.88:25 on wan0 show 192.168.1.1.";
  Incident refused = rejected();
  refused.client.address = *parse_address("192.0.2.2");
  refused.server = {*parse_address("203.0.113.25"), 25};
  refused.summary =
      "rejected: mail of 192.0.2.2 (HELO mail.example.org) is refused by 203.0.113.25:25 because "
      "of its reverse DNS: \"550 5.7.25 no PTR record\".";
  refused.evidence = {{"reply_text", "550 5.7.25 no PTR record", "2xx", 3}};
  input.incidents.insert(input.incidents.end(),
                         {slow, proxy, submission, hairpin, masked, refused});
  return input;
}

ReportInput many(std::size_t count) {
  ReportInput input = report();
  input.incidents.clear();
  for (std::size_t i = 0; i < count; ++i) {
    Incident incident = i % 10 == 3 ? ident_stall() : i % 10 == 7 ? rejected() : forged_reply();
    incident.id = fmt::format("{:012x}", i);
    incident.time_ns = forged_reply().time_ns + i * 72 * kHour / count;
    incident.server.address.bytes[15] = static_cast<std::uint8_t>(i % 40);
    incident.client.port = static_cast<std::uint16_t>(10'000 + i);
    if (incident.inside_client) {
      incident.inside_client->address.bytes[15] = static_cast<std::uint8_t>(9 + i % 25);
    }
    if (incident.forgery && i % 4 == 0) {
      incident.forgery->forged_text = "551 User not local; please try <forward-path>";
    }
    if (incident.waiting) incident.waiting->ident = *incident.waiting->ident + double(i % 7);
    input.incidents.push_back(std::move(incident));
  }
  input.since_ns = input.incidents.front().time_ns - kHour;
  input.until_ns = input.made_ns = input.incidents.back().time_ns + kHour;
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
