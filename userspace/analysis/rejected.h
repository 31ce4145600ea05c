// SPDX-License-Identifier: Apache-2.0
// rejected: who refuses our mail, and why?
//
// One incident for all mails of one of our addresses that one server refuses for
// one reason. A refusal is held for two seconds first: a forged one looks genuine
// until the server's own reply contradicts it.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "analysis/incident.h"
#include "analysis/reply_reasons.h"
#include "analysis/snapshot.h"
#include "base/bounded_map.h"
#include "record.h"

namespace mxray {

struct Context;
struct Flow;

/// So long a refusal waits for what contradicts it.
inline constexpr std::uint64_t kRefusalHeld_ns = 2'000'000'000;

/// 4xx is told when it still holds so long after the first: a sender tries again, and
/// what a failing resolver or a restart refuses is taken then.
inline constexpr std::uint64_t kTemporaryHolds_ns = 60'000'000'000;

/// A reply of 4xx or 5xx and what the table makes of it.
struct KnownRefusal {
  Refusal refusal{};
  RefusalReason reason{};
};

/// The mails of one own address that one server refuses for one reason.
struct Rejections {
  Incident incident;  // without an id: there is none yet
  core::flow_key last_flow{};
  std::uint32_t last_isn = 0;
  std::uint32_t last_mail = 0;
  std::uint32_t mails = 0;
  std::uint64_t first_ns = 0;
  std::uint64_t last_ns = 0;
  std::uint64_t accepted_ns = 0;  // when the server took mail again; 0: it was not seen to
  bool of_content = false;        // the message was refused, not who sends it
  bool told = false;
  bool untold = false;  // has grown since it was told
};

class RejectionTable {
 public:
  struct Held {
    core::flow_key flow{};
    std::uint32_t client_isn = 0;
    std::uint32_t mail = 0;  // the connection's how manieth
    bool of_content = false;
    std::uint64_t due_ns = 0;
    KnownRefusal known{};
  };
  std::deque<Held> held;  // by time
  BoundedMap<std::string, Rejections> groups{kMostGroups};

 private:
  static constexpr std::size_t kMostGroups = 4096;
};

/// Takes a refusal; what becomes of it is decided when it is due.
void hold_refusal(Context& context, Flow& flow, KnownRefusal known);

/// Decides on all refusals that are due by `now_ns` and reports what has grown.
void settle_refusals(Context& context, std::uint64_t now_ns);

/// The server takes a mail of the flow's client at `time_ns`: what it refused for a
/// while is over.
void note_accepted(Context& context, const Flow& flow, std::uint64_t time_ns);

/// A forged reply was found in the flow: no refusal of the forger's may count,
/// not even one that was told already.
void withdraw_forged(Context& context, const Flow& flow);

}  // namespace mxray
