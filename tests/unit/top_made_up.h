// SPDX-License-Identifier: Apache-2.0
// What do the tests of `mxray top` look at?
#pragma once

#include <clocale>
#include <string>

#include "format_samples.h"
#include "top/view.h"

namespace mxray::top {

constexpr std::uint64_t kSecond = 1'000'000'000;

/// 2026-09-26T14:45:00Z and `seconds`.
inline Instant at(double seconds) {
  const auto ns = static_cast<std::uint64_t>(seconds * 1e9);
  return {.wall_ns = 1'790'433'900 * kSecond + ns, .steady_ns = 1000 * kSecond + ns};
}

/// A well daemon and nothing else.
inline Answers quiet() {
  Answers answers;
  answers.status.version = "0.1.0";
  answers.status.uptime_seconds = 3725;
  answers.status.interfaces = {"wan0"};
  answers.status.kernel.attachments = {{"wan0", "ingress", "tcx", ""},
                                       {"wan0", "egress", "tc", ""}};
  answers.status.store.state = "ok";
  return answers;
}

inline FlowView flow(const char* client, const char* server, double waits = 0) {
  FlowView flow;
  flow.protocol = core::PROTOCOL_SMTP;
  flow.client = {*parse_address(client), 40000};
  flow.server = {*parse_address(server), 25};
  flow.opened_ns = at(0).wall_ns;
  if (waits > 0) flow.waiting_seconds = waits;
  return flow;
}

inline Incident incident(const char* id, double time,
                         Confidence confidence = Confidence::kCertain) {
  Incident incident = samples::bare_reset();
  incident.id = id;
  incident.time_ns = at(time).wall_ns;
  incident.confidence = confidence;
  incident.summary = std::string("summary of ") + id;
  return incident;
}

/// The lines of a picture as text.
inline std::string text_of(const Picture& picture) {
  std::string text;
  for (const auto& line : picture) {
    for (const Piece& piece : line) text += piece.text;
    text += '\n';
  }
  return text;
}

/// The style of the first piece that has the text; kPlain if none has.
inline Style style_of(const Picture& picture, const std::string& text) {
  for (const auto& line : picture) {
    for (const Piece& piece : line) {
      if (piece.text.find(text) != std::string::npos) return piece.style;
    }
  }
  return Style::kPlain;
}

/// UTF-8 in the C library while it lives.
class Utf8Locale {
 public:
  Utf8Locale() : before_(std::setlocale(LC_CTYPE, nullptr)) { std::setlocale(LC_CTYPE, "C.UTF-8"); }
  ~Utf8Locale() { std::setlocale(LC_CTYPE, before_.c_str()); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  std::string before_;
};

}  // namespace mxray::top
