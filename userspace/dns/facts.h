// SPDX-License-Identifier: Apache-2.0
// What does the DNS say about an address that sends mail?
#pragma once

#include <string>
#include <vector>

#include "dns/answer.h"
#include "dns/spf.h"

namespace mxray::dns {

/// An address that sends mail, and in whose names. Names as normal_name() writes them.
struct Subject {
  core::address address{};
  std::string helo;                  // what it says after EHLO; empty if not known
  std::vector<std::string> domains;  // of MAIL FROM
};

/// A host name and its addresses. Of a name that cannot be one, nothing is asked.
struct HostFacts {
  std::string name;
  Answer addresses;
};

struct ExchangerFacts {
  MailExchanger record;
  HostFacts host;
};

struct DomainFacts {
  std::string name;
  Answer mx;
  std::vector<ExchangerFacts> exchangers;
  HostFacts itself;  // asked if it has no MX: mail goes there then (RFC 5321 5.1)
  SpfVerdict spf;
};

struct Facts {
  Subject subject;
  Answer ptr;
  std::vector<HostFacts> ptr_hosts;  // addresses of the subject's family
  HostFacts helo;                    // the same; not asked unless it is a host name
  std::vector<DomainFacts> domains;
};

/// Asks everything that judge() needs. Of an absurd number of PTR or MX records
/// only the first 10 and 20 are followed.
Facts collect(const Lookup& lookup, const Subject& subject);

}  // namespace mxray::dns
