// SPDX-License-Identifier: Apache-2.0
#include "analysis/judge.h"

#include <fmt/format.h>

#include <cstdlib>

#include "analysis/weights.h"
#include "base/time.h"

namespace mxray {
namespace {

// Handshake and data came from different boxes (a SYN proxy, a load balancer):
// then the handshake's round trip says nothing about the data's.
bool is_fronted(const Suspicion& suspicion) {
  const core::baseline& baseline = suspicion.baseline;
  if (baseline.handshake_ttl == 0) return false;
  const std::uint8_t data_ttl =
      baseline.data_segments > 0 ? baseline.data_ttl : suspicion.segment.ttl;
  return data_ttl != baseline.handshake_ttl;
}

std::string df_word(unsigned traits) {
  return (traits & core::TRAIT_DONT_FRAGMENT) != 0 ? "set" : "clear";
}

// Collects evidence and counts what the rule counts.
class Scale {
 public:
  void strong(std::string signal, std::string seen, std::string expected, double weight) {
    ++strong_;
    add(std::move(signal), std::move(seen), std::move(expected), weight);
  }
  void add(std::string signal, std::string seen, std::string expected, double weight) {
    verdict_.score += weight;
    verdict_.evidence.push_back({std::move(signal), std::move(seen), std::move(expected), weight});
  }
  void ttl_jump() { ttl_jump_ = true; }
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
    return std::move(verdict_);
  }

 private:
  Verdict verdict_;
  int strong_ = 0;
  bool early_ = false;
  bool ttl_jump_ = false;
};

void weigh_ttl(const Suspicion& suspicion, Scale& scale) {
  const core::baseline& baseline = suspicion.baseline;
  const int ttl = suspicion.segment.ttl;
  if ((suspicion.signals & core::SIGNAL_TTL_DATA) != 0) {
    const bool far = std::abs(ttl - baseline.data_ttl) > 3;
    // A sender whose TTL has moved before may move it again.
    const double weight = baseline.data_ttl_varies != 0 ? weight::kTtlHandshakeNear
                          : far                         ? weight::kTtlFar
                                                        : weight::kTtlNear;
    scale.ttl_jump();
    scale.add("ttl", fmt::format("{}", ttl), fmt::format("{} in its data", baseline.data_ttl),
              weight);
  } else if ((suspicion.signals & core::SIGNAL_TTL_HANDSHAKE) != 0 && baseline.data_segments == 0) {
    const bool far = std::abs(ttl - baseline.handshake_ttl) > 3;
    scale.add("ttl", fmt::format("{}", ttl),
              fmt::format("{} in its SYN-ACK", baseline.handshake_ttl),
              far ? weight::kTtlHandshakeFar : weight::kTtlHandshakeNear);
  }
}

}  // namespace

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
    scale.strong("no_timestamps", "absent", "on every segment since negotiated (RFC 7323)",
                 weight::kNoTimestamps);
  }
  if ((signals & core::SIGNAL_WINDOW_ZERO) != 0) {
    scale.strong("window_zero", "0 on a segment with data", fmt::format("{}", baseline.window),
                 weight::kWindowZero);
  }
  if ((signals & core::SIGNAL_DONT_FRAGMENT) != 0) {
    const unsigned expected =
        baseline.data_segments > 0 ? baseline.data_traits : baseline.handshake_traits;
    if (baseline.data_segments > 0) {
      scale.strong("dont_fragment", df_word(segment.traits), df_word(expected),
                   weight::kDontFragment);
    } else {
      scale.add("dont_fragment", df_word(segment.traits), df_word(expected) + " in its SYN-ACK",
                0.5);
    }
  }
  if ((signals & core::SIGNAL_REFLECTED) != 0) {
    scale.strong("reflected_header",
                 fmt::format("IP ID {}, window {}", segment.ip_id, segment.window),
                 "its own, not those of the packet it answers", weight::kReflected);
  }
  if ((signals & core::SIGNAL_TOO_EARLY) != 0) {
    const std::string seen = fmt::format("{:.1f} ms", milliseconds(suspicion.delay_ns));
    const std::string expected =
        fmt::format("{:.1f} ms, the path's round trip", milliseconds(suspicion.rtt_ns));
    if (is_fronted(suspicion)) {
      scale.add("too_early", seen, "unknown: another box answered the handshake", 0);
    } else {
      scale.early(seen, expected);
    }
  }
  if ((signals & core::SIGNAL_CONFLICT) != 0) {
    scale.strong("content_conflict", "other bytes at the same place of the stream",
                 "a retransmission repeats its bytes", weight::kConflict);
  }
  if ((signals & core::SIGNAL_IP_ID) != 0) {
    scale.add("ip_id", fmt::format("{}", segment.ip_id),
              fmt::format("little above {}", baseline.ip_id), 0);
  }
  if ((signals & core::SIGNAL_WINDOW) != 0) {
    scale.add("window", fmt::format("{}", segment.window), fmt::format("{}", baseline.window), 0);
  }
  return std::move(scale).verdict();
}

std::uint32_t differences(const core::segment& segment, const core::segment& genuine,
                          const core::baseline& baseline) {
  std::uint32_t signals = 0;
  const int ttl_distance = std::abs(int{segment.ttl} - int{genuine.ttl});
  if (ttl_distance > 1 && baseline.data_segments > 0) signals |= core::SIGNAL_TTL_DATA;
  if ((genuine.options & core::OPTION_TIMESTAMPS) != 0 &&
      (segment.options & core::OPTION_TIMESTAMPS) == 0) {
    signals |= core::SIGNAL_NO_TIMESTAMPS;
  }
  if (segment.window == 0 && segment.length > 0) signals |= core::SIGNAL_WINDOW_ZERO;
  if (((segment.traits ^ genuine.traits) & core::TRAIT_DONT_FRAGMENT) != 0) {
    signals |= core::SIGNAL_DONT_FRAGMENT;
  }
  return signals;
}

std::optional<int> baseline_ttl(const core::baseline& baseline) {
  if (baseline.data_segments > 0) return baseline.data_ttl;
  if (baseline.handshake_ttl != 0) return baseline.handshake_ttl;
  return std::nullopt;
}

bool window_follows_ttl(const std::vector<Suspicion>& packets, bool from_server) {
  for (const Suspicion& a : packets) {
    if (a.from_server != from_server || a.segment.window <= 255) continue;
    for (const Suspicion& b : packets) {
      if (b.from_server == from_server && a.segment.ttl != b.segment.ttl &&
          a.segment.window - a.segment.ttl == b.segment.window - b.segment.ttl) {
        return true;
      }
    }
  }
  return false;
}

std::string forger_class(const Suspicion& suspicion) {
  if ((suspicion.signals & core::SIGNAL_REFLECTED) != 0) return "reflector";
  constexpr std::uint32_t kHandwriting = core::SIGNAL_TTL_DATA | core::SIGNAL_TTL_HANDSHAKE |
                                         core::SIGNAL_NO_TIMESTAMPS | core::SIGNAL_WINDOW_ZERO |
                                         core::SIGNAL_DONT_FRAGMENT;
  return (suspicion.signals & kHandwriting) != 0 ? "simple" : "mimic";
}

std::string in_words(const Suspicion& suspicion) {
  const std::uint32_t signals = suspicion.signals;
  std::string words;
  const auto say = [&words](const std::string& text) {
    if (!words.empty()) words += ", ";
    words += text;
  };
  const auto expected = baseline_ttl(suspicion.baseline);
  if ((signals & (core::SIGNAL_TTL_DATA | core::SIGNAL_TTL_HANDSHAKE)) != 0 && expected &&
      *expected != suspicion.segment.ttl) {
    say(fmt::format("TTL {}≠{}", suspicion.segment.ttl, *expected));
  }
  if ((signals & core::SIGNAL_NO_TIMESTAMPS) != 0) say("no timestamps");
  if ((signals & core::SIGNAL_DONT_FRAGMENT) != 0) {
    say("DF " + df_word(suspicion.segment.traits));
  }
  if ((signals & core::SIGNAL_WINDOW_ZERO) != 0) say("window 0");
  if ((signals & core::SIGNAL_REFLECTED) != 0) say("header copied from the client's packet");
  if ((signals & core::SIGNAL_TOO_EARLY) != 0 && !is_fronted(suspicion)) {
    say(fmt::format("{:.0f} ms < path RTT {:.0f} ms", milliseconds(suspicion.delay_ns),
                    milliseconds(suspicion.rtt_ns)));
  }
  return words;
}

}  // namespace mxray
