// SPDX-License-Identifier: Apache-2.0
#include "analysis/smtp_proxy_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace mxray {
namespace {

bool has(const Incident& incident, std::string_view signal) {
  return std::any_of(incident.evidence.begin(), incident.evidence.end(),
                     [signal](const Evidence& evidence) { return evidence.signal == signal; });
}

bool is_masked(const Incident& incident) {
  return has(incident, "offer_overwritten") || has(incident, "greeting_overwritten") ||
         has(incident, "command_overwritten");
}

// `hops 3 on port 25 ≠ 15 on port 143, round trip ...`
std::string differences(const Incident& incident) {
  std::string words;
  for (const Evidence& evidence : incident.evidence) {
    if (!words.empty()) words += ", ";
    std::string name = evidence.signal;
    std::replace(name.begin(), name.end(), '_', ' ');
    words += fmt::format("{} {} ≠ {}", name, evidence.seen, evidence.expected);
  }
  return words;
}

void write_masked(bool at_server, Incident& incident) {
  const std::string where =
      at_server ? fmt::format("between {} and its clients", to_string(incident.server))
                : fmt::format("on the way to {}", to_string(incident.server));
  incident.summary = fmt::format(
      "SMTP proxy: a firewall {} writes over the SMTP dialogue ({}): clients can neither encrypt "
      "nor "
      "log in.",
      where, differences(incident));
  incident.remedy =
      "If the firewall is yours: switch its SMTP inspection off (Cisco ASA: `no inspect esmtp` in "
      "the global policy map; PIX: `no fixup protocol smtp 25`; others call it SMTP ALG or mail "
      "guard). If it is not: submit on 587 with STARTTLS or on 465, or through the VPN.";
}

void write_client(Incident& incident) {
  const Dialogue& said = *incident.dialogue;
  const std::string who = to_string(incident.client.address);
  incident.summary = fmt::format(
      "SMTP proxy: {} says EHLO {} and hands in mail of our users to {} without logging in; it is "
      "refused: \"{}\". Their mail programs do not reach the server: a proxy on the way takes port "
      "25.",
      who, said.helo.value_or("?"), to_string(incident.server), said.reply_text.value_or(""));
  incident.remedy = fmt::format(
      "Have the users behind {} submit on port 587 with STARTTLS or on 465, which the proxy does "
      "not "
      "take, or through the VPN. Lift the limit for {} only if you trust it: whoever sits there "
      "can "
      "send as your users.",
      who, who);
}

void write_host(Incident& incident) {
  incident.summary = fmt::format(
      "SMTP proxy: port 25 of {} is answered by another host than its other mail ports: {}.",
      to_string(incident.server.address), differences(incident));
  incident.remedy = fmt::format(
      "Somebody between this gateway and {0} takes port 25 (an Internet provider, a hotel, a "
      "firewall). Submit on 587 with STARTTLS or on 465, or through the VPN; `traceroute -T -p 25 "
      "{0}` against `-p 587` shows where. If the ports of {0} are published from several machines "
      "on purpose, nothing is wrong.",
      to_string(incident.server.address));
}

}  // namespace

void write_proxy(bool at_server, Incident& incident) {
  if (is_masked(incident)) {
    write_masked(at_server, incident);
  } else if (has(incident, "local_sender_unauthenticated")) {
    write_client(incident);
  } else {
    write_host(incident);
  }
}

}  // namespace mxray
