// SPDX-License-Identifier: Apache-2.0
#include "analysis/rejected_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// What the receiver did not like when it looked where to answer.
enum class SenderFault { kMx, kUnknownThere, kUnclear };

SenderFault sender_fault_in(const std::string& reply) {
  constexpr std::array kOfMx = {"mx record with an ip address", "invalid mx", " mx "};
  // What exim and postfix tell of the sender's own server.
  constexpr std::array kOfServer = {"called:",      "undeliverable address", "unverified address",
                                    "unknown user", "no such user",          "user unknown"};
  const std::string text = in_lower_case(reply);
  const auto is_said = [&text](const char* part) { return text.find(part) != std::string::npos; };
  if (std::any_of(kOfMx.begin(), kOfMx.end(), is_said)) return SenderFault::kMx;
  if (std::any_of(kOfServer.begin(), kOfServer.end(), is_said)) return SenderFault::kUnknownThere;
  return SenderFault::kUnclear;
}

bool wants_encryption(const std::string& reply) {
  const std::string text = in_lower_case(reply);
  return text.find("starttls") != std::string::npos || text.find("encrypt") != std::string::npos ||
         text.find("tls ") != std::string::npos;
}

std::string_view because_of_sender(SenderFault fault) {
  switch (fault) {
    case SenderFault::kMx: return "because the MX of the sender's domain is no usable host";
    case SenderFault::kUnknownThere:
      return "because the sender's own server does not take mail for the sender";
    case SenderFault::kUnclear: break;
  }
  return "because the sender's domain or address does not verify";
}

// `refused for want of reverse DNS`
std::string_view because(Reason reason, const std::string& reply) {
  switch (reason) {
    case Reason::kReverseDns: return "because of its reverse DNS";
    case Reason::kHelo: return "because of the name it gives in HELO";
    case Reason::kSenderVerify: return because_of_sender(sender_fault_in(reply));
    case Reason::kAuthRequired: return "because it did not authenticate";
    case Reason::kTooManyAttempts: return "because it came too often";
    case Reason::kUserUnknown: return "because the recipient is unknown";
    case Reason::kGreylisted: return "for a while (greylisting)";
    case Reason::kBlocklisted: return "because it is on a blocklist";
    case Reason::kPolicy:
      return wants_encryption(reply) ? "because it does not encrypt" : "by policy";
    case Reason::kOther: break;
  }
  return "for a reason that mxray's table does not know";
}

// An MX that is an address is the sender's DNS, not the address's.
std::string remedy_for_sender(SenderFault fault, const std::string& own,
                              const std::string& domain) {
  switch (fault) {
    case SenderFault::kMx:
      return fmt::format(
          "This is no complaint about reverse DNS: the receiver looks up where to answer. The MX "
          "of {1} must name a host, not an address, and that host must have an A record. `mxray "
          "check dns {0}` shows it.",
          own, domain);
    case SenderFault::kUnknownThere:
      return fmt::format(
          "The DNS is not the fault: the receiver asked the mail server of {0} whether it takes "
          "mail for the sender, and it would not. Create that mailbox there, or send from one "
          "that exists; and let that server take mail from <>.",
          domain);
    case SenderFault::kUnclear: break;
  }
  return fmt::format(
      "The receiver looks up where to answer: {1} must exist, have an MX that names a host, and "
      "that host must take mail for the sender's address and from <>. `mxray check dns {0}` "
      "shows the records.",
      own, domain);
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
      return remedy_for_sender(sender_fault_in(said.reply_text.value_or("")), own, domain);
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
      if (wants_encryption(said.reply_text.value_or(""))) {
        return fmt::format(
            "Let the mail server of {0} encrypt: {1} takes mail only after STARTTLS. (postfix: "
            "smtp_tls_security_level = may; exim: hosts_avoid_tls must not name it.)",
            own, server);
      }
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
  const std::string reply = said.reply_text.value_or("");
  incident.summary =
      fmt::format("rejected: mail of {} is refused by {} {}: \"{}\". {} mail{} since {}.", who,
                  to_string(incident.server), because(reason, reply), shortened(reply), group.mails,
                  group.mails == 1 ? "" : "s", rfc3339(group.first_ns));
  if (said.reply_code.value_or(0) < 500) {
    incident.summary +=
        group.accepted_ns == 0
            ? " Temporary: the sender tries again."
            : fmt::format(" Temporary: mail is taken again since {}.", rfc3339(group.accepted_ns));
  }
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
