// SPDX-License-Identifier: Apache-2.0
// What does an SPF record say (RFC 7208, 4.5, 4.6 and 12)?
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace mxray::dns {

enum class SpfMechanism { kAll, kInclude, kA, kMx, kPtr, kIp4, kIp6, kExists };

/// One mechanism with its qualifier.
struct SpfTerm {
  char qualifier = '+';  // + - ~ ?
  SpfMechanism mechanism = SpfMechanism::kAll;
  std::string domain;       // empty: the domain whose record this is
  core::address network{};  // ip4, ip6
  int prefix4 = 32;         // bits that have to agree, by the family of the address
  int prefix6 = 128;
  std::string text;  // as written
};

struct SpfRecord {
  std::vector<SpfTerm> terms;
  std::optional<std::string> redirect;
};

/// Does a TXT record begin as an SPF record does?
bool is_spf(std::string_view text);

/// Fails with the term that is wrong. Unknown modifiers are skipped, unknown
/// mechanisms are wrong.
Result<SpfRecord> parse_spf(std::string_view text);

/// A domain with macros (RFC 7208, 7), which this program does not expand.
bool has_macros(std::string_view domain);

}  // namespace mxray::dns
