// SPDX-License-Identifier: Apache-2.0
// What is wrong with the DNS of a sending address, and which record mends it?
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dns/facts.h"

namespace mxray::dns {

enum class Severity {
  kError,    // against a standard, or refused by many receivers
  kWarning,  // refused by some
  kHint,     // worth knowing; no fault
};

/// `error`, `warning`, `hint`.
std::string_view name_of(Severity severity);

/// Who has to change something.
enum class Owner {
  kAddressOwner,  // whoever holds the address, mostly the provider: its reverse zone
  kDomainDns,     // whoever runs the DNS of the name
  kMailServer,    // the configuration of the sending server
  kNobody,
};

/// `address_owner`, `domain_dns`, `mail_server`, `nobody`.
std::string_view name_of(Owner owner);

struct Finding {
  std::string code = {};  // of a closed set, see docs/check-dns.md
  Severity severity = Severity::kError;
  std::string seen = {};                 // one sentence: what is there and why that is wrong
  std::string advice = {};               // one sentence: what to do
  Owner owner = Owner::kNobody;          // who has to
  std::string place = {};                // the address, or the name in whose DNS it is done
  std::vector<std::string> add = {};     // zone-file lines
  std::vector<std::string> remove = {};  // zone-file lines
};

/// A question that no resolver answered: nothing follows from it.
struct Unanswered {
  std::string question;  // `PTR of 192.0.2.1`
  std::string reason;
};

struct Report {
  Subject subject;
  std::vector<std::string> ptr_names;
  std::vector<std::string> right;        // what is as it should be, one sentence each
  std::vector<std::string> not_checked;  // and what it would take
  std::vector<Finding> findings;
  std::vector<Unanswered> unanswered;
  int questions_answered = 0;

  /// Errors and warnings; a hint is no fault.
  [[nodiscard]] bool has_faults() const;
};

/// `all` are the facts of every address of this run, this one among them: an SPF
/// record that is to be added has to name all that send for the domain, for
/// there may be only one.
Report judge(const Facts& facts, std::span<const Facts> all);

}  // namespace mxray::dns
