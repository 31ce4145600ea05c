// SPDX-License-Identifier: Apache-2.0
// Does a domain's SPF record cover an address (RFC 7208)?
//
// Macros and `ptr` are not evaluated: they depend on the mailbox of each mail,
// or on names the address's owner may choose. Where such a term could change
// the result, the result is kNotEvaluated and names it.
#pragma once

#include <string>
#include <string_view>

#include "dns/answer.h"

namespace mxray::dns {

enum class SpfResult {
  kNone,     // no record
  kNeutral,  // a record that says nothing of this address
  kPass,
  kFail,
  kSoftFail,
  kTempError,     // the DNS did not answer
  kPermError,     // the record, or one it names, is wrong
  kNotEvaluated,  // depends on what this program does not evaluate
};

/// `none`, `neutral`, `pass`, `fail`, `softfail`, `temperror`, `permerror`, `not_evaluated`.
std::string_view name_of(SpfResult result);

struct SpfVerdict {
  SpfResult result = SpfResult::kNone;
  std::string reason;  // what decided: a term, or a clause that says what is wrong
  std::string record;  // the domain's own record; empty if there is none, or several
  int record_count = 0;
};

/// check_host() of RFC 7208 4, without the mailbox. At most 10 terms may ask the
/// DNS and 2 of them in vain (4.6.4).
SpfVerdict evaluate_spf(const Lookup& lookup, const std::string& domain,
                        const core::address& address);

}  // namespace mxray::dns
