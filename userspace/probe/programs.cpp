// SPDX-License-Identifier: Apache-2.0
// How do the BPF programs and their maps come into the kernel?
#include "probe/programs.h"

#include <bpf/libbpf.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/core_settings.h"
#include "base/time.h"
#include "probe/host_facts.h"
#include "probe/kept_maps.h"
#include "probe/libbpf_log.h"

// The skeleton is C and names the struct globally.
using mxray::core::core_config;  // NOLINT(misc-unused-using-decls)
#include "mxray.skel.h"

namespace mxray {
namespace {

constexpr std::uint32_t kIdentEntries = 4096;
constexpr std::uint32_t kLeastEntries = 64;
// Who sends what anybody can send needs this long to fill the table of evidence, and
// four times as long for the connections: longer than those of mail are silent.
constexpr std::uint32_t kSecondsToFill = 1024;

std::uint64_t random_secret() {
  std::uint64_t secret = 0;
  // Fails only where a sandbox forbids it.
  if (::getentropy(&secret, sizeof secret) != 0) secret = wall_clock_ns();
  return secret;
}

std::uint32_t unproven_a_second(std::uint32_t max_flows) {
  const auto cpus = static_cast<std::uint32_t>(std::max(libbpf_num_possible_cpus(), 1));
  return std::max(max_flows / 4 / kSecondsToFill / cpus, 1U);
}

int size_maps(mxray_bpf& skeleton, std::uint32_t max_flows) {
  const std::uint32_t quarter = std::max(max_flows / 4, kLeastEntries);
  const std::pair<bpf_map*, std::uint32_t> sizes[] = {
      {skeleton.maps.half_open, quarter},
      {skeleton.maps.client_sides, std::max(max_flows, kLeastEntries)},
      {skeleton.maps.server_sides, std::max(max_flows, kLeastEntries)},
      {skeleton.maps.client_evidence, quarter},
      {skeleton.maps.server_evidence, quarter},
      {skeleton.maps.ident_pairs, kIdentEntries},
      {skeleton.maps.ident_queries, kIdentEntries},
  };
  for (const auto& [map, entries] : sizes) {
    if (const int error = bpf_map__set_max_entries(map, entries); error != 0) return error;
  }
  return 0;
}

}  // namespace

void Programs::Destroy::operator()(mxray_bpf* skeleton) const { mxray_bpf__destroy(skeleton); }

Result<Programs> Programs::load(const ProgramSettings& settings, const PinFolder* pins) {
  const HostFacts facts = read_host_facts();
  auto programs = open(settings, facts);
  if (!programs) return programs;
  if (pins == nullptr) {
    if (Status loaded = programs->load_now(facts, random_secret()); !loaded) return loaded.error();
    return programs;
  }

  const std::string layout = layout_of(*programs->skeleton_->obj);
  const std::string folder = pins->maps(layout);
  programs->layout_ = layout;
  std::string why_not;
  if (std::filesystem::exists(folder)) {
    const Status taken = programs->take_over(folder, facts);
    if (taken) return programs;
    why_not = taken.error().message;
  }
  const bool others = !why_not.empty() || !pins->other_maps(layout).empty();
  // The one above may have some of those maps by now: so another one.
  programs = open(settings, facts);
  if (!programs) return programs;
  const std::uint64_t secret = random_secret();
  auto journal = JournalMap::create(settings.max_flows);
  if (!journal) return journal.error();
  Journal::begin(journal->memory(), secret);
  if (Status loaded = programs->load_now(facts, secret); !loaded) return loaded.error();
  remove_maps(folder);
  if (Status pinned = pin_maps(*programs->skeleton_->obj, *journal, folder); !pinned) {
    return pinned.error();
  }
  programs->journal_.emplace(*std::move(journal));
  programs->layout_ = layout;
  programs->why_not_taken_over_ = std::move(why_not);
  programs->beginning_ = others ? Beginning::kOther : Beginning::kFresh;
  return programs;
}

Result<Programs> Programs::open(const ProgramSettings& settings, const HostFacts& facts) {
  LibbpfLog log;
  Skeleton skeleton(mxray_bpf__open());
  if (!skeleton) return Error{explain_load_failure(errno, facts, log.text())};
  skeleton->rodata->config =
      make_core_config(settings.ports, static_cast<double>(settings.slow_greeting_ns) / 1e9, 0);
  skeleton->rodata->config.unproven_a_second = unproven_a_second(settings.max_flows);
  if (const int error = size_maps(*skeleton, settings.max_flows); error != 0) {
    return Error{explain_load_failure(-error, facts, log.text())};
  }
  if (facts.kernel && *facts.kernel < kXdpFragsKernel) {
    bpf_program__set_autoload(skeleton->progs.mxray_xdp, false);
  }
  return Programs(std::move(skeleton));
}

/// The maps that lie in `folder`, and loads the programs with them.
Status Programs::take_over(const std::string& folder, const HostFacts& facts) {
  LibbpfLog silence;
  auto journal = reuse_maps(*skeleton_->obj, folder);
  if (!journal) return journal.error();
  journal_.emplace(*std::move(journal));
  beginning_ = Beginning::kTakenOver;
  return load_now(facts, Journal::open(journal_->memory())->secret());
}

/// `secret`: that of the digests that the maps hold.
Status Programs::load_now(const HostFacts& facts, std::uint64_t secret) {
  LibbpfLog log;
  skeleton_->rodata->config.digest_secret = secret;
  const int error = mxray_bpf__load(skeleton_.get());
  if (error != 0) return Error{explain_load_failure(-error, facts, log.text())};
  return Ok{};
}

std::optional<int> Programs::xdp() const {
  const int fd = bpf_program__fd(skeleton_->progs.mxray_xdp);
  return fd < 0 ? std::nullopt : std::optional(fd);
}
int Programs::tc_ethernet() const { return bpf_program__fd(skeleton_->progs.mxray_tc_ethernet); }
int Programs::tc_raw() const { return bpf_program__fd(skeleton_->progs.mxray_tc_raw); }
std::vector<LoadedProgram> Programs::all() const {
  std::vector<LoadedProgram> loaded;
  for (const bpf_program* program : {skeleton_->progs.mxray_xdp, skeleton_->progs.mxray_tc_ethernet,
                                     skeleton_->progs.mxray_tc_raw}) {
    const int fd = bpf_program__fd(program);
    if (fd >= 0) loaded.push_back({bpf_program__name(program), fd});
  }
  return loaded;
}
int Programs::incidents() const { return bpf_map__fd(skeleton_->maps.incidents); }
int Programs::dialogue() const { return bpf_map__fd(skeleton_->maps.dialogue); }
int Programs::counters() const { return bpf_map__fd(skeleton_->maps.counters); }
int Programs::histograms() const { return bpf_map__fd(skeleton_->maps.histograms); }

std::vector<TableMap> Programs::tables() const {
  std::vector<TableMap> tables;
  for (const bpf_map* map :
       {skeleton_->maps.half_open, skeleton_->maps.client_sides, skeleton_->maps.server_sides,
        skeleton_->maps.client_evidence, skeleton_->maps.server_evidence,
        skeleton_->maps.ident_pairs, skeleton_->maps.ident_queries, skeleton_->maps.mail_hosts,
        skeleton_->maps.lookups}) {
    tables.push_back({bpf_map__name(map), bpf_map__fd(map), bpf_map__max_entries(map),
                      bpf_map__key_size(map), bpf_map__value_size(map)});
  }
  return tables;
}

}  // namespace mxray
