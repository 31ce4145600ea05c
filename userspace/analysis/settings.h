// SPDX-License-Identifier: Apache-2.0
// What must the analysis be told, because no packet tells it?
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/reply_reasons.h"
#include "analysis/snapshot.h"
#include "base/address.h"
#include "base/network.h"

namespace mxray {

struct AnalyzerSettings {
  double slow_greeting_seconds = 5;  // a greeting later than this is an incident
  std::size_t max_flows = 65536;     // the oldest is forgotten first
  /// Gets the summary of each flow that has ended, two seconds later: what was refused
  /// in it is settled then.
  std::function<void(const FlowView&)> on_flow_closed = {};
  /// The name of an interface number, for people.
  std::function<std::string(std::uint32_t interface)> interface_name;
  /// Whether an address belongs to this gateway; decides who is to change what.
  std::function<bool(const core::address&)> is_local = [](const core::address&) { return false; };
  /// Domains of our own users, in lower case: their mail comes with a login.
  std::vector<std::string> local_domains = {};
  /// Why servers refuse.
  ReasonTable reply_reasons = ReasonTable::built_in();
  /// The network among this gateway's own that an address is in; nullopt if it is
  /// in none, or nobody knows, as in a replay.
  std::function<std::optional<AttachedNetwork>(const core::address&)> network_of = {};
};

}  // namespace mxray
