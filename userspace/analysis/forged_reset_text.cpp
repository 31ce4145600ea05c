// SPDX-License-Identifier: Apache-2.0
#include "analysis/forged_reset_text.h"

#include <fmt/format.h>

#include <string>

#include "base/address.h"

namespace mxray {
namespace {

// What gives the resets away, in a few words.
std::string reasons(const Suspicion& reset, const Resets& all, const Forgery& forgery) {
  std::string words;
  const auto say = [&words](bool so, const std::string& text) {
    if (so) words += (words.empty() ? "" : ", ") + text;
  };
  const int ttl = reset.segment.ttl, expected = forgery.baseline_ttl.value_or(ttl);
  say(ttl != expected, fmt::format("TTL {}≠{}", ttl, expected));
  say(all.count > 1, fmt::format("{} resets", all.count));
  say(all.constant_window, "window follows the TTL");
  say((all.signals & core::SIGNAL_REFLECTED) != 0, "header copied");
  say((all.signals & core::SIGNAL_RESERVED_BITS) != 0, "reserved bits set");
  return words;
}

std::string where_to_look(const Suspicion& reset, const Incident& incident) {
  if (!reset.from_server) {
    return fmt::format("Then look between {} and this gateway.",
                       to_string(incident.client.address));
  }
  return fmt::format(
      "Then run `mxray trace {}`: `mxray explain` says between which two routers the box sits; "
      "show both to whoever runs them.",
      to_string(incident.server));
}

}  // namespace

void write_forged_reset(const Suspicion& reset, const Resets& all, Incident& incident) {
  const std::string end = reset.from_server ? "server" : "client";
  const std::string words = reasons(reset, all, *incident.forgery);
  const bool went_on = (all.signals & core::SIGNAL_ALIVE_AFTER_RESET) != 0;
  incident.summary = fmt::format("forged reset in the name of {} {}{}{}. The {} {}.", end,
                                 to_string(reset.from_server ? incident.server : incident.client),
                                 words.empty() ? "" : ": ", words, end,
                                 went_on ? "went on afterwards" : "did not hang up");
  incident.remedy = fmt::format(
      "A box between {} and {} cuts the connection. Look in your own firewalls and inspection "
      "systems first, for a rule on port {}. {} Until it is gone: another relay or a VPN; STARTTLS "
      "if the rule looks at content.",
      to_string(incident.client.address), to_string(incident.server.address), incident.server.port,
      where_to_look(reset, incident));
}

}  // namespace mxray
