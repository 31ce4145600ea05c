// SPDX-License-Identifier: Apache-2.0
// Do the address's PTR names lead back to it, and is its HELO name one of them?
#include <fmt/format.h>

#include <algorithm>

#include "dns/judge_parts.h"
#include "dns/name.h"
#include "dns/zone_line.h"

namespace mxray::dns {
namespace {

// Stands where only the administrator knows the name.
constexpr const char* kUnknownName = "NAME-OF-THE-MAIL-SERVER";

bool is_one_of(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Finding ptr_missing(const Facts& facts) {
  const std::string address = to_string(facts.subject.address);
  const std::string name = suggested_name(facts);
  return {.code = "ptr_missing",
          .seen = fmt::format("{} has no PTR record: receivers that ask for its name refuse its "
                              "mail",
                              address),
          .advice = "ask whoever owns the address, mostly the provider, to add the record",
          .owner = Owner::kAddressOwner,
          .place = address,
          .add = {ptr_line(facts.subject.address, name.empty() ? kUnknownName : name)}};
}

// Why a name does not lead to the address; empty if that is not known.
std::string why_not(const HostFacts& host, const core::address& address) {
  const std::string_view type = name_of(address_type(address));
  if (!is_qualified_host_name(host.name)) return "is no full host name";
  switch (host.addresses.outcome) {
    case Outcome::kRecords:
      return fmt::format("leads to {} instead", list(host.addresses.addresses));
    case Outcome::kNoData: return fmt::format("has no {} record", type);
    case Outcome::kNoSuchName: return "does not exist";
    default: return "";
  }
}

// None of the PTR names leads back.
Finding ptr_not_confirmed(const Facts& facts) {
  const HostFacts& first = facts.ptr_hosts.front();
  const std::string address = to_string(facts.subject.address);
  std::vector<std::string> reasons;
  for (const HostFacts& host : facts.ptr_hosts) {
    reasons.push_back(fmt::format("{} {}", host.name, why_not(host, facts.subject.address)));
  }
  Finding finding{
      .seen = fmt::format("the PTR of {} does not lead back to it: {}", address, list(reasons))};
  if (!is_qualified_host_name(first.name)) {
    const std::string name = suggested_name(facts);
    finding.code = "ptr_no_host_name";
    finding.advice = "ask the owner of the address to name a host there";
    finding.owner = Owner::kAddressOwner;
    finding.place = address;
    finding.add = {ptr_line(facts.subject.address, name.empty() ? kUnknownName : name)};
    finding.remove = {ptr_line(facts.subject.address, first.name)};
    return finding;
  }
  finding.code = first.addresses.has_records() ? "ptr_leads_elsewhere" : "ptr_does_not_resolve";
  finding.advice = "add the address to the name, or have the PTR changed to a name that has it";
  finding.owner = Owner::kDomainDns;
  finding.place = first.name;
  finding.add = {address_line(first.name, facts.subject.address)};
  return finding;
}

Finding ptr_several(const Facts& facts, const std::string& kept) {
  Finding finding{
      .code = "ptr_several",
      .severity = Severity::kWarning,
      .seen = fmt::format("{} has {} PTR records ({}): receivers take whichever comes first",
                          to_string(facts.subject.address), facts.ptr.names.size(),
                          list(facts.ptr.names)),
      .advice = "keep one, the name that the server says after EHLO",
      .owner = Owner::kAddressOwner,
      .place = to_string(facts.subject.address)};
  for (const HostFacts& host : facts.ptr_hosts) {
    if (host.name != kept) finding.remove.push_back(ptr_line(facts.subject.address, host.name));
  }
  return finding;
}

Finding ptr_generic(const std::string& name, const core::address& address) {
  return {.code = "ptr_generic",
          .severity = Severity::kHint,
          .seen = fmt::format("the PTR name {} spells the address, as in pools of dynamic "
                              "addresses: some receivers refuse such names",
                              name),
          .advice = "ask the owner of the address for a name of your own",
          .owner = Owner::kAddressOwner,
          .place = to_string(address)};
}

Finding helo_wrong_form(const Facts& facts) {
  const std::string& helo = facts.subject.helo;
  const std::string name = facts.ptr.names.empty() ? kUnknownName : facts.ptr.names.front();
  const bool is_address = address_in(helo).has_value();
  return {.code = is_address ? "helo_is_address" : "helo_not_qualified",
          .seen = fmt::format("the server says \"{}\" after EHLO, which is {}: many receivers "
                              "refuse that",
                              helo, is_address ? "an address and no name" : "no full host name"),
          .advice = fmt::format("have the mail server say {} (Postfix: myhostname, Exim: "
                                "primary_hostname)",
                                name),
          .owner = Owner::kMailServer,
          .place = to_string(facts.subject.address)};
}

Finding helo_not_confirmed(const Facts& facts) {
  const std::string& helo = facts.subject.helo;
  const core::address& address = facts.subject.address;
  return {
      .code = facts.helo.addresses.has_records() ? "helo_leads_elsewhere" : "helo_does_not_resolve",
      .severity = Severity::kWarning,
      .seen = fmt::format("the name after EHLO does not lead to {}: {} {}", to_string(address),
                          helo, why_not(facts.helo, address)),
      .advice = "add the address to the name",
      .owner = Owner::kDomainDns,
      .place = helo,
      .add = {address_line(helo, address)}};
}

Finding helo_differs(const Facts& facts) {
  const std::string& helo = facts.subject.helo;
  const core::address& address = facts.subject.address;
  Finding finding{.code = "helo_differs_from_ptr",
                  .severity = Severity::kWarning,
                  .seen = fmt::format("the server says {} after EHLO, but the PTR of {} is {}",
                                      helo, to_string(address), list(facts.ptr.names)),
                  .advice = fmt::format("have the mail server say {}, or have the PTR changed",
                                        facts.ptr.names.front()),
                  .owner = Owner::kAddressOwner,
                  .place = to_string(address),
                  .add = {ptr_line(address, helo)}};
  for (const std::string& name : facts.ptr.names) finding.remove.push_back(ptr_line(address, name));
  return finding;
}

}  // namespace

void judge_ptr(const Facts& facts, Report& report) {
  const core::address& address = facts.subject.address;
  if (!note_answer(facts.ptr, "PTR of " + to_string(address), report)) return;
  if (!facts.ptr.has_records()) {
    report.findings.push_back(ptr_missing(facts));
    return;
  }
  std::string confirmed;
  bool all_answered = true;
  for (const HostFacts& host : facts.ptr_hosts) {
    if (!is_qualified_host_name(host.name)) continue;
    const std::string question =
        fmt::format("{} of the PTR name {}", name_of(address_type(address)), host.name);
    all_answered = note_answer(host.addresses, question, report) && all_answered;
    const bool is_helo = host.name == facts.subject.helo;
    if (leads_to(host, address) && (confirmed.empty() || is_helo)) confirmed = host.name;
  }
  if (confirmed.empty() && all_answered) report.findings.push_back(ptr_not_confirmed(facts));
  if (facts.ptr.names.size() > 1) {
    report.findings.push_back(
        ptr_several(facts, confirmed.empty() ? facts.ptr.names.front() : confirmed));
  }
  if (confirmed.empty()) return;
  report.right.push_back(
      fmt::format("PTR of {} is {}, which leads back to it", to_string(address), confirmed));
  if (looks_generic(confirmed, address)) {
    report.findings.push_back(ptr_generic(confirmed, address));
  }
}

void judge_helo(const Facts& facts, Report& report) {
  const std::string& helo = facts.subject.helo;
  if (helo.empty()) {
    report.not_checked.emplace_back(
        "HELO: the name that the server says is not known; give it with --helo NAME");
    return;
  }
  if (!is_qualified_host_name(helo)) {
    report.findings.push_back(helo_wrong_form(facts));
    return;
  }
  const bool is_ptr_name = is_one_of(helo, facts.ptr.names);
  if (facts.ptr.has_records() && !is_ptr_name) report.findings.push_back(helo_differs(facts));
  // As a PTR name it was judged already.
  const bool is_judged = is_ptr_name && !leads_to(facts.helo, facts.subject.address);
  if (is_judged) return;
  if (!is_ptr_name) {
    const std::string question =
        fmt::format("{} of the HELO name {}", name_of(address_type(facts.subject.address)), helo);
    if (!note_answer(facts.helo.addresses, question, report)) return;
  }
  if (!leads_to(facts.helo, facts.subject.address)) {
    report.findings.push_back(helo_not_confirmed(facts));
  } else if (is_ptr_name) {
    report.right.push_back(fmt::format("HELO {} is the PTR name", helo));
  }
}

}  // namespace mxray::dns
