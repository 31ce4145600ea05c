// SPDX-License-Identifier: Apache-2.0
// Which forgeries do the tests of waves begin with?
#pragma once

#include <fmt/format.h>

#include "analysis/incident.h"

namespace mxray::made_up {

inline constexpr std::uint64_t kSecond = 1'000'000'000;
inline constexpr std::uint64_t kHour = 3600 * kSecond;
inline constexpr std::uint64_t kStart = 1'159'281'893 * kSecond;  // 2006-09-26T14:44:53Z

inline Endpoint endpoint(const std::string& ip, std::uint16_t port) {
  return {*parse_address(ip), port};
}

/// S0's forged reply, `after_ns` later; `number` makes the id.
inline Incident forgery(std::uint64_t after_ns, unsigned number = 1) {
  Incident incident;
  incident.id = fmt::format("{:012x}", number);
  incident.kind = Kind::kForgedReply;
  incident.time_ns = kStart + after_ns;
  incident.confidence = Confidence::kCertain;
  incident.score = 9;
  incident.protocol = core::PROTOCOL_SMTP;
  incident.client = endpoint("10.4.1.4", 60661);
  incident.server = endpoint("203.131.198.80", 25);
  incident.forgery.emplace();
  incident.forgery->forged_text = "500 error";
  incident.forgery->forged_ttl = 57;
  incident.forgery->baseline_ttl = 49;
  incident.forgery->forger_class = "simple";
  incident.forgery->trigger_command = "RCPT TO";
  incident.forgery->window_rule = "0";
  return incident;
}

/// The same of another class, whose TTL tells no distance.
inline Incident forgery_of_class(const char* forger_class, int ttl, std::uint64_t after_ns,
                                 unsigned number) {
  Incident incident = forgery(after_ns, number);
  incident.forgery->forger_class = forger_class;
  incident.forgery->forged_ttl = ttl;
  return incident;
}

inline Incident forgery_with_ttl(int ttl, std::uint64_t after_ns, unsigned number) {
  return forgery_of_class("simple", ttl, after_ns, number);
}

/// A forged reset of which nothing but the addresses is known.
inline Incident bare_reset(std::uint64_t after_ns, unsigned number = 1) {
  Incident incident = forgery(after_ns, number);
  incident.kind = Kind::kForgedReset;
  incident.confidence = Confidence::kPossible;
  incident.protocol = core::PROTOCOL_NONE;
  incident.forgery.reset();
  return incident;
}

}  // namespace mxray::made_up
