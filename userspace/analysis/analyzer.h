// SPDX-License-Identifier: Apache-2.0
// How do records become incidents?
//
// The analyzer joins records into flows and connections, asks one file per kind
// of incident for its verdict, and reports each incident as it is raised and
// each time it is amended. It has no clock, no thread and no I/O.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analysis/incident.h"
#include "analysis/reply_reasons.h"
#include "analysis/senders.h"
#include "analysis/settings.h"
#include "analysis/snapshot.h"

namespace mxray {

class Analyzer {
 public:
  /// `on_incident` gets each incident when it is raised (amendments == 0) and,
  /// under the same id, whenever more becomes known.
  Analyzer(AnalyzerSettings settings, std::function<void(const Incident&)> on_incident);
  ~Analyzer();
  Analyzer(Analyzer&&) noexcept;
  Analyzer& operator=(Analyzer&&) noexcept;

  /// One record of bpf/record.h as raw bytes, its times already on the wall
  /// clock. Unreadable ones are counted, not fatal.
  void consume(std::span<const std::byte> record);

  /// Lets time pass: raises what only silence shows. Call about once a second
  /// live; a replay calls it with each record's time and once at the end.
  void tick(std::uint64_t now_ns);

  /// Judges what comes from now on by these; what was raised stays as it is.
  void judge_by(std::vector<std::string> local_domains, ReasonTable reply_reasons);

  /// No more records will come: what was held back is told now.
  void finish();

  /// Totals count from here, after so many records; what is known stays known.
  void begin_counting(std::uint64_t records);

  /// Flows now known and those closed within the last minute, the longest
  /// waiting first, then the youngest. With a limit those waiting longest and, in
  /// the room that they leave, those heard of latest; however many there are, that
  /// costs little. Or by when they were heard of, the latest first.
  [[nodiscard]] std::vector<FlowView> flows(std::uint64_t now_ns,
                                            const FlowChoice& choice = {}) const;
  /// Which server asks ident of which address, the latest first.
  [[nodiscard]] std::vector<IdentView> idents() const;
  /// Our own addresses that were seen sending mail, the latest first.
  [[nodiscard]] std::vector<MailSender> senders() const;
  [[nodiscard]] Totals totals() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace mxray
