// SPDX-License-Identifier: Apache-2.0
// What does this host do with an ident query (RFC 1413) that comes from outside?
//
// One SYN to port 113 enters the host as if it had arrived on the interface; what
// leaves it in answer tells. The SYN is given to whoever can bring it in, so that
// nothing here knows how that is done.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace mxray::trace {

enum class KnockOutcome { kDropped, kReset, kUnreachable, kAnswered };

/// `dropped`, `reset`, `unreachable`, `answered`: as of IdentOutcome.
std::string_view name_of(KnockOutcome outcome);

/// An address of this host, and whence it is asked.
struct Knock {
  core::address asked{};
  core::address from{};  // of the same family
  unsigned ifindex = 0;
  std::vector<std::uint8_t> mac{};  // of the interface; empty if it has none
};

struct KnockResult {
  KnockOutcome outcome = KnockOutcome::kDropped;
  double seconds = 0;                     // until the answer; kDropped: how long nothing came
  std::optional<std::uint8_t> icmp_code;  // of kUnreachable
};

using Inject = std::function<Status(unsigned ifindex, std::span<const std::uint8_t> frame)>;

/// Asks once and waits at most `timeout_seconds`. Fails with the remedy if this
/// process may not listen (CAP_NET_RAW), or with what `inject` says.
Result<KnockResult> knock(const Knock& knock, const Inject& inject, double timeout_seconds);

}  // namespace mxray::trace
