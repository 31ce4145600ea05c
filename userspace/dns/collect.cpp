// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "dns/facts.h"
#include "dns/name.h"

namespace mxray::dns {
namespace {

constexpr std::size_t kMostPtrNames = 10;
constexpr std::size_t kMostExchangers = 20;

HostFacts ask_host(const Lookup& lookup, const std::string& name, RecordType type) {
  HostFacts host{name, {}};
  if (is_qualified_host_name(name)) host.addresses = lookup(name, type);
  return host;
}

// IPv4 or IPv6, as mail may go either way.
HostFacts ask_host(const Lookup& lookup, const std::string& name) {
  HostFacts host = ask_host(lookup, name, RecordType::kA);
  if (host.addresses.has_records() || !is_qualified_host_name(name)) return host;
  const Answer six = lookup(name, RecordType::kAaaa);
  // That there is no address is known only if both were answered.
  if (six.has_records() || host.addresses.answered()) host.addresses = six;
  return host;
}

DomainFacts ask_domain(const Lookup& lookup, const std::string& name,
                       const core::address& address) {
  DomainFacts domain;
  domain.name = name;
  if (!is_qualified_host_name(name)) return domain;
  domain.mx = lookup(name, RecordType::kMx);
  if (domain.mx.outcome == Outcome::kNoData) domain.itself = ask_host(lookup, name);
  for (const MailExchanger& record : domain.mx.exchangers) {
    if (domain.exchangers.size() == kMostExchangers) break;
    domain.exchangers.push_back({record, ask_host(lookup, record.host)});
  }
  if (domain.mx.outcome != Outcome::kNoSuchName) {
    domain.spf = evaluate_spf(lookup, name, address);
  }
  return domain;
}

}  // namespace

Facts collect(const Lookup& lookup, const Subject& subject) {
  Facts facts;
  facts.subject = subject;
  const RecordType type = address_type(subject.address);
  facts.ptr = lookup(reverse_name(subject.address), RecordType::kPtr);
  for (const std::string& name : facts.ptr.names) {
    if (facts.ptr_hosts.size() == kMostPtrNames) break;
    facts.ptr_hosts.push_back(ask_host(lookup, name, type));
  }
  facts.helo = ask_host(lookup, subject.helo, type);
  for (const std::string& domain : subject.domains) {
    facts.domains.push_back(ask_domain(lookup, domain, subject.address));
  }
  return facts;
}

}  // namespace mxray::dns
