// SPDX-License-Identifier: Apache-2.0
#include "analysis/forger.h"

#include <fmt/format.h>

#include <cstdlib>

#include "analysis/hops.h"
#include "base/time.h"

namespace mxray {
namespace {

enum class Class { kSimple, kConstantWindow, kReflector, kMimic };

std::string name_of(Class forger) {
  switch (forger) {
    case Class::kConstantWindow: return "constant_window";
    case Class::kReflector: return "reflector";
    case Class::kMimic: return "mimic";
    default: return "simple";
  }
}

// A mimic differs in nothing but its moment and its content.
bool has_handwriting(const Suspicion& suspicion) {
  constexpr std::uint32_t kHandwriting = core::SIGNAL_NO_TIMESTAMPS | core::SIGNAL_WINDOW_ZERO |
                                         core::SIGNAL_DONT_FRAGMENT | core::SIGNAL_RESERVED_BITS |
                                         core::SIGNAL_TTL_DATA | core::SIGNAL_RESET_TTL;
  if ((suspicion.signals & kHandwriting) != 0) return true;
  const auto expected = expected_ttl(suspicion);
  return expected && std::abs(expected->ttl - suspicion.segment.ttl) > 1;
}

Class class_of(const Suspicion& suspicion, bool constant_window) {
  if (constant_window || (suspicion.signals & core::SIGNAL_CONSTANT_WINDOW) != 0) {
    return Class::kConstantWindow;
  }
  const bool is_reset = (suspicion.segment.tcp_flags & core::TCP_FLAG_RST) != 0;
  if ((suspicion.signals & core::SIGNAL_REFLECTED) != 0 ||
      (is_reset && (suspicion.signals & core::SIGNAL_IP_ID_COPIED) != 0)) {
    return Class::kReflector;
  }
  return has_handwriting(suspicion) ? Class::kSimple : Class::kMimic;
}

std::string window_rule(Class forger, const core::segment& segment) {
  if (forger == Class::kConstantWindow) {
    return fmt::format("ttl{:+}", segment.window - segment.ttl);
  }
  if (forger == Class::kReflector) return "copied";
  return fmt::format("{}", segment.window);
}

// Why its TTL is no hop count; empty if it is one.
std::string why_no_hops(Class forger, const Suspicion& suspicion) {
  switch (forger) {
    case Class::kConstantWindow: return "it draws its TTL at random";
    case Class::kReflector: return "its header is copied from the packet it answers";
    case Class::kMimic: return "it copies the TTL with the rest of the header";
    default: break;
  }
  const auto expected = expected_ttl(suspicion);
  if (expected && expected->ttl == suspicion.segment.ttl) {
    return "its TTL is its victim's, chosen to match or started beside it";
  }
  return {};
}

}  // namespace

bool window_follows_ttl(const std::vector<Suspicion>& packets, bool from_server) {
  for (const Suspicion& a : packets) {
    if (a.from_server != from_server || a.segment.window <= kSmallWindow) continue;
    for (const Suspicion& b : packets) {
      // Far from home at least one of them: else a route flaps by a hop while a
      // scaled window shrinks by one.
      const auto home = expected_ttl(b);
      if (b.from_server == from_server && a.segment.ttl != b.segment.ttl &&
          a.segment.window - a.segment.ttl == b.segment.window - b.segment.ttl &&
          (std::abs(a.segment.ttl - b.segment.ttl) > kRouteChange ||
           (home && std::abs(b.segment.ttl - home->ttl) > kRouteChange))) {
        return true;
      }
    }
  }
  return false;
}

void describe_forger(const Suspicion& suspicion, bool constant_window, Incident& incident) {
  Forgery& forgery = *incident.forgery;
  const core::segment& segment = suspicion.segment;
  const Class forger = class_of(suspicion, constant_window);
  const auto expected = expected_ttl(suspicion);
  forgery.forger_class = name_of(forger);
  forgery.impersonated = suspicion.from_server ? "server" : "client";
  forgery.window_rule = window_rule(forger, segment);
  forgery.forged_ttl = segment.ttl;
  forgery.baseline_ttl.reset();
  forgery.server_hops.reset();
  if (expected) {
    forgery.baseline_ttl = expected->ttl;
    if (suspicion.from_server) {
      forgery.server_hops = hops_of(static_cast<std::uint8_t>(expected->ttl));
    }
  }
  forgery.forger_hops.reset();
  const std::string reason = why_no_hops(forger, suspicion);
  if (reason.empty()) {
    forgery.forger_hops = hops_of(segment.ttl);
  } else {
    incident.evidence.push_back(
        {"forger_hops", fmt::format("not derived from TTL {}", segment.ttl), reason, 0});
  }
  // The round trip is that to the server; of one who speaks for the client its
  // delay tells nothing.
  if (suspicion.rtt_ns != 0) forgery.rtt_ms = milliseconds(suspicion.rtt_ns);
  if (suspicion.delay_ns != 0 && suspicion.from_server) {
    forgery.forged_delay_ms = milliseconds(suspicion.delay_ns);
  }
  if (suspicion.trigger != core::VERB_NONE) {
    forgery.trigger_command = std::string(name_of(suspicion.trigger));
  }
}

}  // namespace mxray
