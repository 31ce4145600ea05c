// SPDX-License-Identifier: Apache-2.0
// How does the daemon watch interfaces without knowing what BPF is?
#include "probe/probe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "probe/attacher.h"
#include "probe/interface_set.h"
#include "probe/interfaces.h"
#include "probe/link_watch.h"
#include "probe/links.h"
#include "probe/map_reader.h"
#include "probe/program_runs.h"
#include "probe/programs.h"
#include "probe/rings.h"

namespace mxray {
namespace {

std::vector<std::string> without_duplicates(const std::vector<std::string>& names) {
  std::vector<std::string> once;
  for (const auto& name : names) {
    if (std::ranges::find(once, name) == once.end()) once.push_back(name);
  }
  return once;
}

Error none_exists(const std::vector<std::string>& names) {
  if (names.empty()) return Error{"no interface to watch is configured"};
  std::vector<std::string> existing;
  if (const auto links = read_links()) {
    for (const auto& link : *links) existing.push_back(link.name);
  }
  return Error{fmt::format("{} {} not exist; there are: {}", fmt::join(names, ", "),
                           names.size() == 1 ? "does" : "do", fmt::join(existing, ", "))};
}

bool any_exists(const std::vector<std::string>& names) {
  const auto links = read_links();
  return !links || std::ranges::any_of(*links, [&](const LinkFacts& link) {
    return std::ranges::find(names, link.name) != names.end();
  });
}

}  // namespace

struct Probe::Implementation {
  // In this order: interfaces let go of the programs before these are unloaded, and the
  // folder is ours until the end.
  std::optional<PinFolder> pins;
  std::vector<std::string> notes;
  Programs programs;
  std::unique_ptr<Journal> journal;  // nullptr: nothing is pinned
  std::unique_ptr<Rings> rings;
  std::unique_ptr<Interfaces> interfaces;
  MapFillCache fill;
  Fd measuring;  // empty: not by us
  ProgramRunsReader program_runs;
  /// By programs that were taken over, while another mxrayd told of it.
  Journal::Counters counted_before{};

  [[nodiscard]] Journal::Counters counted() const {
    Journal::Counters sums{};
    sum_per_cpu_array(programs.counters(), sums);
    return sums;
  }
};

namespace {

/// nullopt if nothing is to be pinned, or nothing can be; the latter is noted.
Result<std::optional<PinFolder>> open_pins(const std::string& directory,
                                           std::vector<std::string>& notes) {
  if (directory.empty()) return std::optional<PinFolder>();
  auto opened = PinFolder::open(directory);
  if (!opened) {
    notes.push_back(
        fmt::format("nothing is pinned, so a restart will miss packets and forget connections: {}",
                    opened.error().message));
    return std::optional<PinFolder>();
  }
  if (Status locked = opened->lock(); !locked) return locked.error();
  return std::optional(*std::move(opened));
}

/// Attaches, here or apart.
Result<std::unique_ptr<Interfaces>> follow(OwnInterfaces own, const Programs& programs,
                                           const PinFolder* folder, bool apart) {
  if (!apart) {
    if (Status begun = own.begin(); !begun) return begun.error();
    return std::unique_ptr<Interfaces>(std::make_unique<OwnInterfaces>(std::move(own)));
  }
  std::vector<int> fds;
  for (const LoadedProgram& program : programs.all()) fds.push_back(program.fd);
  // No other daemon begins while this one's attacher may still pin.
  if (folder != nullptr) fds.push_back(folder->lock_fd());
  auto attacher = Attacher::start(std::move(own), std::move(fds));
  if (!attacher) return attacher.error();
  return std::unique_ptr<Interfaces>(*std::move(attacher));
}

std::string describe(const Programs& programs, const PinFolder& pins) {
  switch (programs.beginning()) {
    case Beginning::kTakenOver: return fmt::format("connections taken over from {}", pins.path());
    case Beginning::kOther:
      if (!programs.why_not_taken_over().empty()) {
        return fmt::format(
            "what was left in {} cannot be taken over, so connections begin anew: {}", pins.path(),
            programs.why_not_taken_over());
      }
      return fmt::format(
          "what was left in {} is of another version or another max_flows: connections begin anew",
          pins.path());
    default: return fmt::format("programs and connections are kept in {}", pins.path());
  }
}

}  // namespace

Probe::Probe(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
Probe::Probe(Probe&&) noexcept = default;
Probe& Probe::operator=(Probe&&) noexcept = default;
Probe::~Probe() = default;

Result<Probe> Probe::start(ProbeSettings settings, OnRecord on_record) {
  const auto names = without_duplicates(settings.interfaces);
  // A misspelt name should not first ask for root.
  if (!any_exists(names)) return none_exists(names);

  std::vector<std::string> notes;
  auto pins = open_pins(settings.pin_dir, notes);
  if (!pins) return pins.error();
  const PinFolder* const folder = *pins ? &**pins : nullptr;

  ProgramSettings program_settings;
  program_settings.ports = std::move(settings.ports);
  program_settings.max_flows = settings.max_flows;
  program_settings.slow_greeting_ns =
      static_cast<std::uint64_t>(std::max(settings.slow_greeting_seconds, 0.0) * 1e9);
  auto programs = Programs::load(program_settings, folder);
  if (!programs) return programs.error();
  std::unique_ptr<Journal> journal;
  if (programs->journal()) {
    journal = std::make_unique<Journal>(*Journal::open(programs->journal()->memory()));
    notes.push_back(describe(*programs, *folder));
  }
  const auto counted_before = journal ? journal->counted() : Journal::Counters{};
  Fd measuring;
  if (settings.measure_programs) {
    auto held = measure_programs();
    if (!held) return held.error();
    measuring = *std::move(held);
  }
  auto rings =
      Rings::open(programs->incidents(), programs->dialogue(), std::move(on_record), journal.get());
  if (!rings) return rings.error();
  // Before the first scan: what changes during it is then an event.
  auto watch = LinkWatch::start();
  if (!watch) return watch.error();

  InterfaceSet set({programs->xdp(), programs->tc_ethernet(), programs->tc_raw()}, names,
                   {settings.mode},
                   folder ? std::optional(KeptLinks(folder->links())) : std::nullopt);
  auto interfaces = follow(OwnInterfaces(*std::move(watch), std::move(set)), *programs, folder,
                           settings.attach_apart);
  if (!interfaces) return interfaces.error();
  if ((*interfaces)->now().present == 0) return none_exists(names);
  if (folder != nullptr) {
    for (const auto& left : folder->other_maps(programs->layout())) remove_maps(left);
  }
  return Probe(std::unique_ptr<Implementation>(new Implementation{
      std::move(*pins), std::move(notes), std::move(*programs), std::move(journal),
      std::move(*rings), std::move(*interfaces), MapFillCache{}, std::move(measuring),
      ProgramRunsReader{}, counted_before}));
}

const std::vector<std::string>& Probe::notes() const { return implementation_->notes; }

void Probe::recall(const Recollection& recollection) {
  implementation_->rings->recall(recollection.on_second, recollection.on_conclusion);
}

void Probe::note_second(std::uint64_t now_ns) {
  Journal* const journal = implementation_->journal.get();
  if (journal == nullptr) return;
  journal->append({Journal::Kind::kSecond, now_ns});
  journal->note_counted(implementation_->counted());
}

void Probe::note_conclusion() {
  if (implementation_->journal) implementation_->journal->append({Journal::Kind::kConclusion});
}

std::vector<int> Probe::poll_fds() const {
  auto fds = implementation_->rings->fds();
  fds.push_back(implementation_->interfaces->poll_fd());
  return fds;
}

void Probe::poll() {
  implementation_->interfaces->poll();
  implementation_->rings->drain();
  implementation_->fill.advance(implementation_->programs);
}

Status Probe::watch(const std::vector<std::string>& interfaces) {
  return implementation_->interfaces->watch(interfaces);
}

Status Probe::health() const { return implementation_->interfaces->health(); }

Status Probe::following() const {
  const std::string& problem = implementation_->interfaces->now().problem;
  if (problem.empty()) return Ok{};
  return Error{"changes of interfaces cannot be followed: " + problem};
}

KernelStats Probe::stats() {
  KernelStats stats;
  stats.counters = implementation_->counted();
  const Journal::Counters& before = implementation_->counted_before;
  stats.records_before =
      before[core::COUNT_INCIDENT_RECORDS] + before[core::COUNT_DIALOGUE_RECORDS];
  stats.lost_before =
      before[core::COUNT_LOST_INCIDENT_RECORD] + before[core::COUNT_LOST_DIALOGUE_RECORD];
  sum_per_cpu_array(implementation_->programs.histograms(), stats.histogram_cells);
  stats.attachments = implementation_->interfaces->now().attachments;
  stats.maps = implementation_->fill.fill(implementation_->programs);
  implementation_->program_runs.read(implementation_->programs,
                                     static_cast<bool>(implementation_->measuring), stats);
  return stats;
}

std::string Probe::interface_name(std::uint32_t ifindex) const {
  return name_of(implementation_->interfaces->now().names, ifindex);
}

std::uint64_t Probe::refused_records() const { return implementation_->rings->refused(); }

}  // namespace mxray
