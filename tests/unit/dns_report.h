// SPDX-License-Identifier: Apache-2.0
// How do the tests judge a sending address by a made-up DNS?
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "dns/judge.h"
#include "dns_made_up.h"

namespace mxray::dns {

constexpr const char* kSender = "192.0.2.1";

/// A set-up without a fault: mail.example.org sends for example.org from 192.0.2.1.
inline MadeUpDns right_dns() {
  MadeUpDns dns;
  dns.ptr(kSender, "mail.example.org").host("mail.example.org", kSender);
  dns.mx("example.org", 10, "mail.example.org").txt("example.org", "v=spf1 mx -all");
  return dns;
}

inline Subject sender() {
  return {.address = address(kSender), .helo = "mail.example.org", .domains = {"example.org"}};
}

inline Report report_of(const MadeUpDns& dns, const Subject& subject = sender()) {
  const std::vector<Facts> facts = {collect(dns.lookup(), subject)};
  return judge(facts.front(), facts);
}

/// The codes of the findings, in their order.
inline std::vector<std::string> codes(const Report& report) {
  std::vector<std::string> result;
  for (const Finding& finding : report.findings) result.push_back(finding.code);
  return result;
}

/// The finding of this code; an empty one if there is none.
inline Finding finding(const Report& report, const std::string& code) {
  const auto found = std::find_if(report.findings.begin(), report.findings.end(),
                                  [&](const Finding& one) { return one.code == code; });
  return found == report.findings.end() ? Finding{} : *found;
}

}  // namespace mxray::dns
