// SPDX-License-Identifier: Apache-2.0
// How does the daemon watch interfaces without knowing what BPF is?
//
// A Probe loads the programs, attaches them to every configured interface that
// exists, follows interfaces that come and go, and hands over records with
// wall-clock times. Everything is detached when it is destroyed, or when the
// process dies; unless it is pinned: then the programs go on, and the next Probe
// takes over what they found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/kernel_stats.h"
#include "base/port_table.h"
#include "base/result.h"
#include "probe/hook_choice.h"

namespace mxray {

struct ProbeSettings {
  std::vector<std::string> interfaces;
  PortTable ports;
  AttachMode mode = AttachMode::kAuto;
  std::uint32_t max_flows = 65536;   // map sizes follow from it
  double slow_greeting_seconds = 5;  // a greeting later than this is reported
  bool measure_programs = false;     // see program_runs.h
  std::string pin_dir{};             // see pin_folder.h; empty: nothing is pinned
  bool attach_apart = false;         // by a process of its own, see attacher.h
};

/// How a Probe tells what the one before it told.
struct Recollection {
  std::function<void(std::uint64_t now_ns)> on_second;
  std::function<void()> on_conclusion;
};

/// One object per process and thread: no member may run beside another.
class Probe {
 public:
  /// Called by poll() for each record; the bytes live until it returns, are
  /// aligned like any record, and their times are CLOCK_REALTIME.
  using OnRecord = std::function<void(std::span<const std::byte>)>;

  /// Loads and attaches. A single interface that cannot be watched is no error,
  /// see KernelStats::attachments; fails if loading is impossible or none of
  /// the interfaces exists.
  static Result<Probe> start(ProbeSettings settings, OnRecord on_record);

  Probe(Probe&&) noexcept;
  Probe& operator=(Probe&&) noexcept;
  ~Probe();

  /// What this one found and what stays when it goes, one sentence each, for the log;
  /// none if nothing is to be pinned.
  [[nodiscard]] const std::vector<std::string>& notes() const;

  /// Hands over, once more and in the same order, what the Probe before this one handed
  /// over, with the seconds between; to be called before the first poll(). Nothing
  /// without pins.
  void recall(const Recollection& recollection);

  /// For recall() in the next one: at `now_ns` (wall clock) the analysis was told that a
  /// second passed, or that no more would come.
  void note_second(std::uint64_t now_ns);
  void note_conclusion();

  /// Become readable when poll() has work; owned by the Probe. Constant.
  [[nodiscard]] std::vector<int> poll_fds() const;

  /// Takes what is there: interface events, all incidents, then a bounded
  /// number of dialogue records. Never blocks.
  void poll();

  /// Fails once interfaces are no longer followed, with the reason.
  [[nodiscard]] Status health() const;

  /// Fails while they are not, because the kernel does not say which there are; it is
  /// asked again all the time.
  [[nodiscard]] Status following() const;

  /// These interfaces from now on, instead of those it was started with or told
  /// last; what is no longer named stays watched while it exists. Fails only if
  /// the kernel does not list interfaces; then call it again.
  Status watch(const std::vector<std::string>& interfaces);

  /// Counters summed over CPUs, attachments, program runs, map fill (recounted by poll(),
  /// one table a second; an estimate for maps with more than 8192 entries).
  [[nodiscard]] KernelStats stats();

  /// Also of an interface that has vanished since; `if7` if never seen.
  [[nodiscard]] std::string interface_name(std::uint32_t ifindex) const;

  /// Records refused because version, type or size was not as record.h says.
  [[nodiscard]] std::uint64_t refused_records() const;

 private:
  struct Implementation;
  explicit Probe(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace mxray
