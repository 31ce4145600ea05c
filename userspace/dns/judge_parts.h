// SPDX-License-Identifier: Apache-2.0
// Which parts does the judgement have? Internal to judge*.cpp.
#pragma once

#include "dns/judge.h"

namespace mxray::dns {

/// PTR and back (FCrDNS).
void judge_ptr(const Facts& facts, Report& report);

/// The name after EHLO: RFC 5321 2.3.5 and 4.1.4.
void judge_helo(const Facts& facts, Report& report);

/// MX: RFC 5321 5.1, RFC 2181 10.3, RFC 7505.
void judge_exchangers(const Facts& facts, const DomainFacts& domain, Report& report);

/// SPF: RFC 7208.
void judge_spf(const Facts& facts, const DomainFacts& domain, std::span<const Facts> all,
               Report& report);

/// Does a name lead to an address?
bool leads_to(const HostFacts& host, const core::address& address);

/// The name that a mail server at the address should have: a PTR name that leads
/// back, else its HELO name, else `mail.` before its first domain; empty if
/// nothing is known.
std::string suggested_name(const Facts& facts);

/// Counts an answer; notes a missing one as unanswered. True if it was answered.
bool note_answer(const Answer& answer, const std::string& question, Report& report);

/// `192.0.2.1 and 192.0.2.2`, at most four of them.
std::string list(const std::vector<std::string>& items);
std::string list(const std::vector<core::address>& addresses);

}  // namespace mxray::dns
