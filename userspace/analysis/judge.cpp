// SPDX-License-Identifier: Apache-2.0
#include "analysis/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "analysis/hops.h"
#include "analysis/traits.h"
#include "analysis/weights.h"
#include "base/time.h"

namespace mxray {
namespace {

std::string df_word(bool set) { return set ? "set" : "clear"; }

// A verdict, and what the rule counts of its reasons.
class Scale {
 public:
  void strong(std::string signal, std::string seen, std::string expected, double weight) {
    ++strong_;
    add(std::move(signal), std::move(seen), std::move(expected), weight);
  }
  void add(std::string signal, std::string seen, std::string expected, double weight) {
    verdict_.add(std::move(signal), std::move(seen), std::move(expected), weight);
  }
  void ttl_jump() { ttl_jump_ = true; }
  // DF may be another one because the box or the route is.
  void other_path() { other_path_ = true; }
  // Strong beside another strong one; beside a TTL jump it is not, because a
  // route that became shorter shows both.
  void early(std::string seen, std::string expected) {
    early_ = true;
    add("too_early", std::move(seen), std::move(expected), weight::kTooEarly);
  }
  Verdict verdict() && {
    if (strong_ + (early_ ? 1 : 0) >= 2 || (strong_ == 1 && ttl_jump_)) {
      verdict_.confidence = confidence_of(verdict_.score);
    }
    // TTL and DF are not independent: another genuine box changes both, and so
    // does a tunnel that takes over and clears DF.
    if (verdict_.confidence && strong_ == 1 && other_path_ && !early_) {
      verdict_.confidence = std::min(*verdict_.confidence, Confidence::kProbable);
    }
    return std::move(verdict_);
  }

 private:
  Verdict verdict_;
  int strong_ = 0;
  bool other_path_ = false;
  bool early_ = false;
  bool ttl_jump_ = false;
};

void weigh_ttl(const Suspicion& suspicion, Scale& scale) {
  const auto expected = expected_ttl(suspicion);
  if (!expected) return;
  const int distance = std::abs(suspicion.segment.ttl - expected->ttl);
  const bool far = distance > kRouteChange;
  double weight = 0;
  if (expected->is_handshake) {
    if (distance == 0) return;
    weight = far ? weight::kTtlHandshakeFar : weight::kTtlHandshakeNear;
  } else {
    if (distance < 2) return;
    // A sender whose TTL has moved before may move it again.
    weight = suspicion.baseline.data_ttl_varies != 0 ? weight::kTtlHandshakeNear
             : far                                   ? weight::kTtlFar
                                                     : weight::kTtlNear;
    scale.ttl_jump();
  }
  scale.add("ttl", fmt::format("{}", suspicion.segment.ttl),
            fmt::format("{} {}", expected->ttl, expected->source), weight);
}

void weigh_dont_fragment(const Suspicion& suspicion, Scale& scale) {
  const auto expected = expected_dont_fragment(suspicion);
  const bool df = has_dont_fragment(suspicion.segment.traits);
  if (!expected || expected->set == df) return;
  const std::string source = df_word(expected->set) + " " + expected->source;
  if (expected->is_handshake) {
    scale.add("dont_fragment", df_word(df), source, weight::kDontFragmentHandshake);
  } else {
    scale.strong("dont_fragment", df_word(df), source, weight::kDontFragment);
    // The first packet, of a server whose own box has just answered the handshake.
    const core::baseline& baseline = suspicion.baseline;
    const bool is_first = baseline.data_segments == 0 && baseline.ack_ttl == 0;
    if (!is_first || is_fronted(suspicion)) scale.other_path();
  }
}

void weigh_early(const Suspicion& suspicion, Scale& scale) {
  const std::string seen = fmt::format("{:.1f} ms", milliseconds(suspicion.delay_ns));
  if (is_fronted(suspicion)) {
    scale.add("too_early", seen, "unknown: another box answered the handshake", 0);
  } else {
    scale.early(seen,
                fmt::format("{:.1f} ms, the path's round trip", milliseconds(suspicion.rtt_ns)));
  }
}

void weigh_copied_header(const Suspicion& suspicion, Scale& scale) {
  const core::segment& segment = suspicion.segment;
  if ((suspicion.signals & core::SIGNAL_REFLECTED) != 0) {
    scale.strong("reflected_header",
                 fmt::format("IP ID {}, window {}", segment.ip_id, segment.window),
                 "its own, not those of the packet it answers", weight::kReflected);
  } else if ((suspicion.signals & core::SIGNAL_IP_ID_COPIED) != 0) {
    scale.add("ip_id_copied", fmt::format("IP ID {}", segment.ip_id),
              "its own, not that of the packet it answers", weight::kIpIdCopied);
  }
}

void weigh_conflict(const Suspicion& suspicion, Scale& scale) {
  if ((suspicion.signals & core::SIGNAL_CONFLICT) == 0) return;
  scale.strong("content_conflict", "other bytes at the same place of the stream",
               "a retransmission repeats its bytes", weight::kConflict);
  // Offload may give a whole burst one IP ID, but not two packets for one place.
  if ((suspicion.signals & core::SIGNAL_IP_ID_REPEATED) != 0) {
    scale.strong("ip_id_repeated", fmt::format("{}", suspicion.segment.ip_id),
                 "another than that of the packet before", weight::kIpIdRepeated);
  }
}

}  // namespace

void Verdict::add(std::string signal, std::string seen, std::string expected, double weight) {
  score += weight;
  evidence.push_back({std::move(signal), std::move(seen), std::move(expected), weight});
}

std::optional<Confidence> confidence_of(double score) {
  if (score >= weight::kCertain) return Confidence::kCertain;
  if (score >= weight::kProbable) return Confidence::kProbable;
  if (score >= weight::kPossible) return Confidence::kPossible;
  return std::nullopt;
}

Verdict judge_data(const Suspicion& suspicion) {
  const std::uint32_t signals = suspicion.signals;
  const core::segment& segment = suspicion.segment;
  const core::baseline& baseline = suspicion.baseline;
  Scale scale;
  weigh_ttl(suspicion, scale);
  if ((signals & core::SIGNAL_NO_TIMESTAMPS) != 0) {
    if (suspicion.habits.lacks_timestamps && !suspicion.habits.has_timestamps) {
      scale.add("no_timestamps", "absent", "absent as in its other connections", 0);
    } else {
      scale.strong("no_timestamps", "absent", "on every segment since negotiated (RFC 7323)",
                   weight::kNoTimestamps);
    }
  }
  if ((signals & core::SIGNAL_WINDOW_ZERO) != 0) {
    scale.strong("window_zero", "0 on a segment with data", fmt::format("{}", baseline.window),
                 weight::kWindowZero);
  }
  weigh_dont_fragment(suspicion, scale);
  weigh_copied_header(suspicion, scale);
  if ((signals & core::SIGNAL_CONSTANT_WINDOW) != 0) {
    scale.strong("constant_window",
                 fmt::format("window {} = TTL + {}", segment.window, segment.window - segment.ttl),
                 "a window that does not follow the TTL", weight::kConstantWindow);
    scale.ttl_jump();  // the core asks for one, if only against the SYN-ACK
  }
  if ((signals & core::SIGNAL_RESERVED_BITS) != 0) {
    scale.strong("reserved_bits", "set in the TCP header", "zero (RFC 9293)",
                 weight::kReservedBits);
  }
  if ((signals & core::SIGNAL_TOO_EARLY) != 0) weigh_early(suspicion, scale);
  weigh_conflict(suspicion, scale);
  if ((signals & core::SIGNAL_IP_ID) != 0) {
    scale.add("ip_id", fmt::format("{}", segment.ip_id),
              fmt::format("little above {}", baseline.ip_id), 0);
  }
  if ((signals & core::SIGNAL_WINDOW) != 0) {
    scale.add("window", fmt::format("{}", segment.window), fmt::format("{}", baseline.window), 0);
  }
  return std::move(scale).verdict();
}

std::string in_words(const Suspicion& suspicion) {
  const std::uint32_t signals = suspicion.signals;
  std::string words;
  const auto say = [&words](const std::string& text) {
    if (!words.empty()) words += ", ";
    words += text;
  };
  const auto expected = expected_ttl(suspicion);
  const int distance = expected ? std::abs(expected->ttl - suspicion.segment.ttl) : 0;
  if (expected && distance > (expected->is_handshake ? 0 : 1)) {
    say(fmt::format("TTL {}≠{}", suspicion.segment.ttl, expected->ttl));
  }
  if ((signals & core::SIGNAL_NO_TIMESTAMPS) != 0) say("no timestamps");
  const auto df = expected_dont_fragment(suspicion);
  if (df && df->set != has_dont_fragment(suspicion.segment.traits)) {
    say("DF " + df_word(has_dont_fragment(suspicion.segment.traits)));
  }
  if ((signals & core::SIGNAL_WINDOW_ZERO) != 0) say("window 0");
  if ((signals & core::SIGNAL_REFLECTED) != 0) say("header copied from the client's packet");
  if ((signals & core::SIGNAL_CONSTANT_WINDOW) != 0) say("window follows the TTL");
  if ((signals & core::SIGNAL_RESERVED_BITS) != 0) say("reserved bits set");
  if ((signals & core::SIGNAL_TOO_EARLY) != 0 && !is_fronted(suspicion)) {
    say(fmt::format("{:.0f} ms < path RTT {:.0f} ms", milliseconds(suspicion.delay_ns),
                    milliseconds(suspicion.rtt_ns)));
  }
  return words;
}

}  // namespace mxray
