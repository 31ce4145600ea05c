// SPDX-License-Identifier: Apache-2.0
// Can the sender's domain take mail back, and does it vouch for the address?
#include <fmt/format.h>

#include <algorithm>

#include "dns/judge_parts.h"
#include "dns/name.h"
#include "dns/spf_record.h"
#include "dns/zone_line.h"

namespace mxray::dns {
namespace {

constexpr std::uint16_t kUsualPreference = 10;

// An MX to put in the place of a wrong one, with the address of its host if that
// is not known to be there.
void suggest_exchanger(const Facts& facts, const DomainFacts& domain, std::uint16_t preference,
                       const core::address& address, Finding& finding) {
  const bool helo_leads = leads_to(facts.helo, address);
  const std::string host = helo_leads ? facts.subject.helo : "mail." + domain.name;
  finding.add.push_back(mx_line(domain.name, {preference, host}));
  if (!helo_leads) finding.add.push_back(address_line(host, address));
}

Finding about(const DomainFacts& domain, const char* code) {
  return {.code = code, .owner = Owner::kDomainDns, .place = domain.name};
}

Finding domain_missing(const DomainFacts& domain) {
  Finding finding = about(domain, "domain_does_not_exist");
  finding.seen = fmt::format(
      "the sender domain {} does not exist: receivers that verify senders "
      "refuse its mail",
      domain.name);
  finding.advice = "send as a domain that exists, or have this one registered and served";
  finding.owner = Owner::kMailServer;
  return finding;
}

Finding domain_not_qualified(const DomainFacts& domain) {
  Finding finding = about(domain, "domain_not_qualified");
  finding.seen =
      fmt::format("the server sends in the name of \"{}\", which is no domain", domain.name);
  finding.advice = "have it send as a domain that can be answered (Postfix: myorigin)";
  finding.owner = Owner::kMailServer;
  return finding;
}

Finding mx_missing(const Facts& facts, const DomainFacts& domain) {
  Finding finding = about(domain, "mx_missing");
  const bool has_address = domain.itself.addresses.has_records();
  finding.severity = has_address ? Severity::kWarning : Severity::kError;
  finding.seen = has_address
                     ? fmt::format(
                           "{} has no MX record; mail for it goes to its own address {}, "
                           "if anything listens there",
                           domain.name, list(domain.itself.addresses.addresses))
                     : fmt::format(
                           "{} has neither an MX record nor an address: no reply and no "
                           "bounce can reach it, so receivers that verify senders refuse it",
                           domain.name);
  finding.advice = "add an MX record that names the host which takes the domain's mail";
  suggest_exchanger(facts, domain, kUsualPreference, facts.subject.address, finding);
  return finding;
}

Finding mx_null(const Facts& facts, const DomainFacts& domain) {
  Finding finding = about(domain, "mx_null");
  finding.seen = fmt::format(
      "{} has a null MX: it says that it takes no mail, yet it sends "
      "(RFC 7505 4.2)",
      domain.name);
  finding.advice = "name the host that takes the domain's mail, or send as another domain";
  suggest_exchanger(facts, domain, kUsualPreference, facts.subject.address, finding);
  finding.remove = {mx_line(domain.name, {0, ""})};
  return finding;
}

Finding mx_is_address(const Facts& facts, const DomainFacts& domain, const MailExchanger& mx,
                      const core::address& address) {
  Finding finding = about(domain, "mx_is_address");
  finding.seen = fmt::format(
      "the MX of {} is the address {} and no host name: receivers say "
      "\"invalid MX record with an IP address\"",
      domain.name, mx.host);
  finding.advice = "have the MX name a host, and the host have the address";
  suggest_exchanger(facts, domain, mx.preference, address, finding);
  finding.remove = {mx_line(domain.name, mx)};
  return finding;
}

Finding mx_not_a_host(const Facts& facts, const DomainFacts& domain, const MailExchanger& mx) {
  Finding finding = about(domain, "mx_no_host_name");
  finding.seen =
      fmt::format("the MX of {} is \"{}\", which is no full host name", domain.name, mx.host);
  finding.advice = "have the MX name a host";
  suggest_exchanger(facts, domain, mx.preference, facts.subject.address, finding);
  finding.remove = {mx_line(domain.name, mx)};
  return finding;
}

Finding mx_is_alias(const DomainFacts& domain, const MailExchanger& mx,
                    const std::string& canonical) {
  Finding finding = about(domain, "mx_is_alias");
  finding.seen = fmt::format(
      "the MX host {} of {} is an alias (CNAME) for {}, which RFC 2181 10.3 "
      "forbids",
      mx.host, domain.name, canonical);
  finding.advice = "have the MX name the host itself";
  finding.add = {mx_line(domain.name, {mx.preference, canonical})};
  finding.remove = {mx_line(domain.name, mx)};
  return finding;
}

Finding mx_does_not_resolve(const Facts& facts, const DomainFacts& domain,
                            const ExchangerFacts& exchanger) {
  Finding finding = about(domain, "mx_does_not_resolve");
  const bool exists = exchanger.host.addresses.outcome == Outcome::kNoData;
  finding.seen = fmt::format("the MX host {} of {} {}", exchanger.record.host, domain.name,
                             exists ? "has no address" : "does not exist");
  finding.advice = fmt::format("add the address of the host that takes the mail; if that is {}:",
                               to_string(facts.subject.address));
  finding.place = exchanger.record.host;
  finding.add = {address_line(exchanger.record.host, facts.subject.address)};
  return finding;
}

Finding mx_is_domain(const DomainFacts& domain) {
  Finding finding = about(domain, "mx_is_domain");
  finding.severity = Severity::kHint;
  finding.seen = fmt::format(
      "the MX of {} is the domain itself and no host of it: allowed, but "
      "some receivers frown on it",
      domain.name);
  finding.advice = "have the MX name a host of the domain";
  return finding;
}

// True if this MX is right.
bool judge_exchanger(const Facts& facts, const DomainFacts& domain, const ExchangerFacts& exchanger,
                     Report& report) {
  const MailExchanger& mx = exchanger.record;
  const std::size_t before = report.findings.size();
  if (mx.host.empty()) {
    report.findings.push_back(mx_null(facts, domain));
    return false;
  }
  if (const auto address = address_in(mx.host)) {
    report.findings.push_back(mx_is_address(facts, domain, mx, *address));
    return false;
  }
  if (!is_qualified_host_name(mx.host)) {
    report.findings.push_back(mx_not_a_host(facts, domain, mx));
    return false;
  }
  const Answer& addresses = exchanger.host.addresses;
  if (!note_answer(addresses, fmt::format("A and AAAA of the MX host {}", mx.host), report)) {
    return false;
  }
  if (!addresses.canonical.empty()) {
    report.findings.push_back(mx_is_alias(domain, mx, addresses.canonical));
  }
  if (!addresses.has_records()) {
    report.findings.push_back(mx_does_not_resolve(facts, domain, exchanger));
  }
  const bool is_right = report.findings.size() == before;
  if (mx.host == domain.name) report.findings.push_back(mx_is_domain(domain));
  return is_right;
}

// ` ip4:192.0.2.1 ip6:2001:db8::1`: the addresses of this run that send for the
// domain and are not covered.
std::string missing_terms(const std::string& domain, std::span<const Facts> all) {
  std::string terms;
  for (const Facts& facts : all) {
    const auto same = std::find_if(facts.domains.begin(), facts.domains.end(),
                                   [&](const DomainFacts& one) { return one.name == domain; });
    if (same == facts.domains.end() || same->spf.result == SpfResult::kPass) continue;
    const core::address& address = facts.subject.address;
    const std::string term =
        fmt::format(" {}:{}", is_ipv4(address) ? "ip4" : "ip6", to_string(address));
    if ((terms + " ").find(term + " ") == std::string::npos) terms += term;
  }
  return terms;
}

Finding spf_missing(const DomainFacts& domain, std::span<const Facts> all) {
  Finding finding = about(domain, "spf_missing");
  finding.severity = Severity::kWarning;
  finding.seen = fmt::format(
      "{} has no SPF record: anybody may send in its name, and large "
      "receivers trust it less",
      domain.name);
  finding.advice = "add one that names all its sending addresses, these and any others";
  finding.add = {
      txt_line(domain.name, fmt::format("v=spf1{} ~all", missing_terms(domain.name, all)))};
  return finding;
}

Finding spf_not_covering(const Facts& facts, const DomainFacts& domain,
                         std::span<const Facts> all) {
  const SpfVerdict& spf = domain.spf;
  Finding finding = about(domain, "spf_does_not_cover");
  if (spf.result == SpfResult::kNeutral) finding.severity = Severity::kWarning;
  finding.seen = fmt::format("the SPF record of {} does not cover {}: {}, by {}", domain.name,
                             to_string(facts.subject.address), name_of(spf.result), spf.reason);
  finding.advice = "have the record name the address";
  const std::string_view rest =
      std::string_view(spf.record).substr(std::string_view("v=spf1").size());
  finding.add = {
      txt_line(domain.name, fmt::format("v=spf1{}{}", missing_terms(domain.name, all), rest))};
  finding.remove = {txt_line(domain.name, spf.record)};
  return finding;
}

Finding spf_wrong(const DomainFacts& domain) {
  const SpfVerdict& spf = domain.spf;
  const bool several = spf.record_count > 1;
  Finding finding = about(domain, several ? "spf_several" : "spf_permerror");
  finding.seen =
      fmt::format("the SPF record of {} is wrong (permerror): {}", domain.name, spf.reason);
  finding.advice = several ? "join them into one record" : "correct that term";
  if (!several) finding.remove = {txt_line(domain.name, spf.record)};
  return finding;
}

Finding spf_not_evaluated(const Facts& facts, const DomainFacts& domain) {
  Finding finding = about(domain, "spf_not_evaluated");
  finding.severity = Severity::kHint;
  finding.seen = fmt::format(
      "whether the SPF record of {} covers {} depends on {}, which is not "
      "evaluated here (macros and ptr are not)",
      domain.name, to_string(facts.subject.address), domain.spf.reason);
  finding.advice = "see the Authentication-Results header of a mail that was received";
  return finding;
}

}  // namespace

void judge_exchangers(const Facts& facts, const DomainFacts& domain, Report& report) {
  if (!is_qualified_host_name(domain.name)) {
    report.findings.push_back(domain_not_qualified(domain));
    return;
  }
  if (!note_answer(domain.mx, "MX of " + domain.name, report)) return;
  if (domain.mx.outcome == Outcome::kNoSuchName) {
    report.findings.push_back(domain_missing(domain));
    return;
  }
  if (!domain.mx.has_records()) {
    if (note_answer(domain.itself.addresses, "A and AAAA of " + domain.name, report)) {
      report.findings.push_back(mx_missing(facts, domain));
    }
    return;
  }
  std::vector<std::string> hosts;
  for (const ExchangerFacts& exchanger : domain.exchangers) {
    if (judge_exchanger(facts, domain, exchanger, report)) hosts.push_back(exchanger.record.host);
  }
  if (!hosts.empty()) {
    report.right.push_back(fmt::format("MX of {}: {}, with an address", domain.name, list(hosts)));
  }
}

void judge_spf(const Facts& facts, const DomainFacts& domain, std::span<const Facts> all,
               Report& report) {
  if (domain.mx.outcome == Outcome::kNoSuchName || !is_qualified_host_name(domain.name)) return;
  if (domain.spf.result == SpfResult::kTempError) {
    report.unanswered.push_back({"SPF of " + domain.name, domain.spf.reason});
    return;
  }
  ++report.questions_answered;
  switch (domain.spf.result) {
    case SpfResult::kPass:
      report.right.push_back(fmt::format("SPF of {} covers {}, by {}", domain.name,
                                         to_string(facts.subject.address), domain.spf.reason));
      return;
    case SpfResult::kNone: report.findings.push_back(spf_missing(domain, all)); return;
    case SpfResult::kPermError: report.findings.push_back(spf_wrong(domain)); return;
    case SpfResult::kNotEvaluated:
      report.findings.push_back(spf_not_evaluated(facts, domain));
      return;
    case SpfResult::kNeutral:
    case SpfResult::kFail:
    case SpfResult::kSoftFail:
      report.findings.push_back(spf_not_covering(facts, domain, all));
      return;
    case SpfResult::kTempError: return;
  }
}

}  // namespace mxray::dns
