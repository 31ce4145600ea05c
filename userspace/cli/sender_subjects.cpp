// SPDX-License-Identifier: Apache-2.0
#include "cli/sender_subjects.h"

#include <algorithm>

#include "cli/daemon_client.h"
#include "dns/name.h"
#include "format/sender_json.h"

namespace mxray::cli {
namespace {

// The subject of this address and HELO name; a new one if there is none yet.
dns::Subject& subject_of(std::vector<dns::Subject>& subjects, const core::address& address,
                         const std::string& helo) {
  const auto found = std::find_if(subjects.begin(), subjects.end(), [&](const dns::Subject& one) {
    return one.address == address && one.helo == helo;
  });
  if (found != subjects.end()) return *found;
  return subjects.emplace_back(dns::Subject{address, helo, {}});
}

void add_domain(dns::Subject& subject, const std::string& text) {
  const std::string domain = dns::normal_name(text);
  const auto found = std::find(subject.domains.begin(), subject.domains.end(), domain);
  if (found == subject.domains.end()) subject.domains.push_back(domain);
}

void add_domains(dns::Subject& subject, const std::vector<std::string>& domains) {
  for (const std::string& domain : domains) add_domain(subject, domain);
}

}  // namespace

std::vector<dns::Subject> subjects_of(const std::vector<std::string>& addresses,
                                      const CheckedNames& names) {
  std::vector<dns::Subject> subjects;
  for (const std::string& text : addresses) {
    const auto address = parse_address(text);
    if (!address) continue;
    add_domains(subject_of(subjects, *address, dns::normal_name(names.helo)), names.domains);
  }
  return subjects;
}

Result<std::vector<dns::Subject>> subjects_in(std::string_view senders, const CheckedNames& names) {
  std::vector<dns::Subject> subjects;
  for (const std::string_view line : lines_of(senders)) {
    const auto sender = sender_from_json(line);
    if (!sender) return sender.error();
    const std::string helo = names.helo.empty() ? sender->helo.value_or("") : names.helo;
    dns::Subject& subject = subject_of(subjects, sender->address, dns::normal_name(helo));
    if (!names.domains.empty()) {
      add_domains(subject, names.domains);
    } else if (!sender->sender_domain.value_or("").empty()) {
      add_domain(subject, *sender->sender_domain);
    }
  }
  return subjects;
}

}  // namespace mxray::cli
