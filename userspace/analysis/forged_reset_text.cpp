// SPDX-License-Identifier: Apache-2.0
#include "analysis/forged_reset_text.h"

#include <fmt/format.h>

#include <string>

#include "base/address.h"

namespace mxray {

void write_forged_reset(const Suspicion& reset, const Resets& all, Incident& incident) {
  const Forgery& forgery = *incident.forgery;
  const std::string whom = reset.from_server ? "server " + to_string(incident.server)
                                             : "client " + to_string(incident.client);
  std::string text = fmt::format("forged reset in the name of {}", whom);
  if (forgery.baseline_ttl && *forgery.baseline_ttl != reset.segment.ttl) {
    text += fmt::format(": TTL {}≠{}", reset.segment.ttl, *forgery.baseline_ttl);
  }
  if (all.count > 1) text += fmt::format(", {} resets", all.count);
  if (all.constant_window) text += ", window follows the TTL";
  if ((all.signals & core::SIGNAL_REFLECTED) != 0) text += ", header copied";
  if ((all.signals & core::SIGNAL_RESERVED_BITS) != 0) text += ", reserved bits set";
  if ((all.signals & core::SIGNAL_ALIVE_AFTER_RESET) != 0) {
    text += ", and the genuine host went on afterwards";
  }
  incident.summary = text + ". Neither end hung up.";
  incident.remedy = fmt::format(
      "A box on the path between {} and {} cuts connections. Look for a firewall or an inspection "
      "system with a rule for this port; `mxray trace {}` and then `mxray explain` say between "
      "which "
      "routers. Show both to whoever runs it. Until it is gone, send over a VPN or another relay; "
      "STARTTLS helps if the rule looks at content.",
      to_string(incident.client.address), to_string(incident.server.address),
      to_string(incident.server));
}

}  // namespace mxray
