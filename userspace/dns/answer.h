// SPDX-License-Identifier: Apache-2.0
// What does the DNS say to a question, or who did not answer it?
//
// "There is no such record" is an answer; a resolver that is silent, refuses or
// fails gave none, and nothing may be concluded from that.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace mxray::dns {

enum class RecordType { kA, kAaaa, kPtr, kMx, kTxt };

/// `A`, `AAAA`, ...
std::string_view name_of(RecordType type);

/// A or AAAA, whichever holds addresses like this one.
RecordType address_type(const core::address& address);

enum class Outcome {
  // answers
  kRecords,
  kNoData,      // the name exists, without a record of this type
  kNoSuchName,  // NXDOMAIN
  // no answers
  kServerFailure,  // SERVFAIL: the resolver could not find out
  kRefused,        // the resolver does not work for us
  kTimeout,
  kUnreachable,  // nothing listens there, or there is no way to it
  kMalformed,    // an answer that is none
};

/// One MX record; of a null MX (RFC 7505) the host is empty.
struct MailExchanger {
  std::uint16_t preference = 0;
  std::string host;
};

/// Names are in lower case and without the last dot; names and texts are
/// sanitized. Which vector is filled depends on the type that was asked for.
struct Answer {
  Outcome outcome = Outcome::kTimeout;
  std::vector<core::address> addresses;   // A, AAAA
  std::vector<std::string> names;         // PTR
  std::vector<MailExchanger> exchangers;  // MX
  std::vector<std::string> texts;         // TXT, the strings of each record joined
  std::string canonical;                  // where CNAMEs lead; empty if the name is none
  std::string failure;                    // who did not answer, one clause; empty if answered

  [[nodiscard]] bool answered() const { return outcome <= Outcome::kNoSuchName; }
  [[nodiscard]] bool has_records() const { return outcome == Outcome::kRecords; }
};

/// Asks for the records of one type at a name without the last dot.
using Lookup = std::function<Answer(const std::string& name, RecordType type)>;

}  // namespace mxray::dns
