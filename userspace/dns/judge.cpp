// SPDX-License-Identifier: Apache-2.0
#include "dns/judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/network.h"
#include "dns/judge_parts.h"
#include "dns/name.h"

namespace mxray::dns {
namespace {

constexpr std::size_t kMostListed = 4;

void judge_range(const core::address& address, Report& report) {
  if (!is_private(address)) return;
  report.findings.push_back(
      {.code = "address_private",
       .severity = Severity::kHint,
       .seen = fmt::format("{} is of a private range: receivers elsewhere see the address that it "
                           "is translated to",
                           to_string(address)),
       .advice = "check the public address too",
       .place = to_string(address)});
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::kError: return "error";
    case Severity::kWarning: return "warning";
    case Severity::kHint: return "hint";
  }
  return "?";
}

std::string_view name_of(Owner owner) {
  switch (owner) {
    case Owner::kAddressOwner: return "address_owner";
    case Owner::kDomainDns: return "domain_dns";
    case Owner::kMailServer: return "mail_server";
    case Owner::kNobody: return "nobody";
  }
  return "?";
}

bool Report::has_faults() const {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.severity != Severity::kHint; });
}

bool leads_to(const HostFacts& host, const core::address& address) {
  const auto& addresses = host.addresses.addresses;
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

std::string suggested_name(const Facts& facts) {
  for (const HostFacts& host : facts.ptr_hosts) {
    if (leads_to(host, facts.subject.address)) return host.name;
  }
  if (is_qualified_host_name(facts.subject.helo)) return facts.subject.helo;
  return facts.subject.domains.empty() ? "" : "mail." + facts.subject.domains.front();
}

bool note_answer(const Answer& answer, const std::string& question, Report& report) {
  if (answer.answered()) {
    ++report.questions_answered;
  } else {
    report.unanswered.push_back({question, answer.failure});
  }
  return answer.answered();
}

std::string list(const std::vector<std::string>& items) {
  std::string text;
  const std::size_t shown = std::min(items.size(), kMostListed);
  for (std::size_t i = 0; i < shown; ++i) {
    text += (i == 0 ? "" : i + 1 == items.size() ? " and " : ", ") + items[i];
  }
  if (items.size() > shown) text += fmt::format(" and {} more", items.size() - shown);
  return text;
}

std::string list(const std::vector<core::address>& addresses) {
  std::vector<std::string> texts;
  texts.reserve(addresses.size());
  for (const core::address& address : addresses) texts.push_back(to_string(address));
  return list(texts);
}

Report judge(const Facts& facts, std::span<const Facts> all) {
  Report report;
  report.subject = facts.subject;
  report.ptr_names = facts.ptr.names;
  judge_range(facts.subject.address, report);
  judge_ptr(facts, report);
  judge_helo(facts, report);
  if (facts.domains.empty()) {
    report.not_checked.emplace_back(
        "MX and SPF: the domain it sends for is not known; name it with --domain DOMAIN");
  }
  for (const DomainFacts& domain : facts.domains) {
    judge_exchangers(facts, domain, report);
    judge_spf(facts, domain, all, report);
  }
  return report;
}

}  // namespace mxray::dns
