// SPDX-License-Identifier: Apache-2.0
#include "analysis/rejected_text.h"

#include <fmt/format.h>

#include <string>

#include "analysis/rejected.h"
#include "base/time.h"

namespace mxray {
namespace {

constexpr std::size_t kSample = 160;  // of the reply, in the summary

std::string shortened(std::string text) {
  if (text.size() <= kSample) return text;
  return text.substr(0, kSample - 3) + "...";
}

// `refused for want of reverse DNS`
std::string_view because(Reason reason) {
  switch (reason) {
    case Reason::kReverseDns: return "because of its reverse DNS";
    case Reason::kHelo: return "because of the name it gives in HELO";
    case Reason::kSenderVerify: return "because the sender's domain or address does not verify";
    case Reason::kAuthRequired: return "because it did not authenticate";
    case Reason::kTooManyAttempts: return "because it came too often";
    case Reason::kUserUnknown: return "because the recipient is unknown";
    case Reason::kGreylisted: return "for a while (greylisting)";
    case Reason::kBlocklisted: return "because it is on a blocklist";
    case Reason::kPolicy: return "by policy";
    case Reason::kOther: break;
  }
  return "for a reason that mxray's table does not know";
}

// An MX that is an address is the sender's DNS, not the address's.
bool speaks_of_mx(const std::string& text) {
  return text.find("MX") != std::string::npos || text.find("mx record") != std::string::npos;
}

std::string remedy_of(Reason reason, const Incident& incident) {
  const std::string own = to_string(incident.client.address);
  const Dialogue& said = *incident.dialogue;
  const std::string helo = said.helo.value_or("the name in HELO");
  const std::string domain = said.sender_domain.value_or("the sender's domain");
  const std::string server = to_string(incident.server.address);
  switch (reason) {
    case Reason::kReverseDns:
      return fmt::format(
          "Have the owner of {0} (your provider) set a PTR record for it to {1}, and let {1} have "
          "an A or AAAA record of {0}: both must agree. `mxray check dns {0}` shows what is "
          "missing.",
          own, helo);
    case Reason::kHelo:
      return fmt::format(
          "Let the mail server say a full host name in HELO that resolves to {0}, best that of its "
          "PTR record; now it says {1}. (postfix: smtp_helo_name; exim: primary_hostname.) `mxray "
          "check dns {0}` compares them.",
          own, helo);
    case Reason::kSenderVerify:
      if (speaks_of_mx(said.reply_text.value_or(""))) {
        return fmt::format(
            "This is no complaint about reverse DNS: the receiver looks up where to answer. The MX "
            "of {1} must name a host, not an address, and that host must have an A record. `mxray "
            "check dns {0}` shows it.",
            own, domain);
      }
      return fmt::format(
          "The receiver looks up where to answer: {1} must exist, have an MX that names a host, "
          "and "
          "that host must take mail for the sender's address and from <>. `mxray check dns {0}` "
          "shows the records.",
          own, domain);
    case Reason::kAuthRequired:
      return fmt::format(
          "A mail program must log in: port 587 with STARTTLS or 465, and authentication switched "
          "on. A mail server must not relay through {0}: look where the MX of the recipient's "
          "domain points, or allow {1} to relay there.",
          server, own);
    case Reason::kTooManyAttempts:
      return fmt::format(
          "Look who sends through {0} so often (a list, a hijacked account, a proxy that many "
          "share) "
          "and stop it; then send more slowly. The limit is {1}'s and ends by itself.",
          own, server);
    case Reason::kBlocklisted:
      return fmt::format(
          "Look who sent spam through {0}, stop it, then ask the list that the reply names to take "
          "it off. A dynamic address must send through its provider's mail server.",
          own);
    case Reason::kPolicy:
      return fmt::format(
          "Read the reply: it names the rule. Often {1} lacks an SPF record with {0}, or a DKIM "
          "signature. `mxray check dns {0}` shows the records.",
          own, domain);
    default: return "Read the reply; its text is all that is known.";
  }
}

}  // namespace

void write_rejected(const Rejections& group, Reason reason, Incident& incident) {
  const Dialogue& said = *incident.dialogue;
  std::string who = to_string(incident.client.address);
  if (said.helo) who += fmt::format(" (HELO {})", *said.helo);
  incident.summary = fmt::format(
      "rejected: mail of {} is refused by {} {}: \"{}\". {} mail{} since {}.", who,
      to_string(incident.server), because(reason), shortened(said.reply_text.value_or("")),
      group.mails, group.mails == 1 ? "" : "s", rfc3339(group.first_ns));
  incident.remedy = remedy_of(reason, incident);
}

void write_withdrawn(Incident& incident) {
  incident.confidence = Confidence::kPossible;
  incident.score = 0;
  incident.evidence = {{"withdrawn", "the server's own reply said something else", "", 0}};
  incident.summary = fmt::format(
      "withdrawn: the refusal in the name of {} was forged; see the forged_reply of that time.",
      to_string(incident.server));
  incident.remedy = "None: the server did not refuse.";
}

}  // namespace mxray
