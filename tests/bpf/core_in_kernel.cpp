// SPDX-License-Identifier: Apache-2.0
#include "core_in_kernel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <algorithm>
#include <cstring>

#include "record.h"

// The skeleton is C and names the struct globally.
using mxray::core::core_config;  // NOLINT(misc-unused-using-decls)
#include "mxray.skel.h"

namespace mxray::test {
namespace {

void read_per_cpu(const bpf_map* map, std::span<std::uint64_t> sums) {
  std::vector<std::uint64_t> values(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  for (std::uint32_t index = 0; index < sums.size(); ++index) {
    if (bpf_map_lookup_elem(bpf_map__fd(map), &index, values.data()) != 0) continue;
    for (const std::uint64_t value : values) sums[index] += value;
  }
}

int take_record(void* records, void* data, std::size_t size) {
  static_cast<CoreRecords*>(records)->add({static_cast<const std::byte*>(data), size});
  return 0;
}

}  // namespace

void CoreRecords::add(std::span<const std::byte> record) {
  core::record_header header;
  std::memcpy(&header, record.data(), sizeof header);
  const bool incident = header.type == core::RECORD_SIGNAL || header.type == core::RECORD_IDENT;
  (incident ? incidents : dialogue).emplace_back(record.begin(), record.end());
}

void CoreRecords::clear() {
  incidents.clear();
  dialogue.clear();
}

void CoreInKernel::Destroy::operator()(mxray_bpf* skeleton) const { mxray_bpf__destroy(skeleton); }
void CoreInKernel::Destroy::operator()(ring_buffer* ring) const { ring_buffer__free(ring); }

Result<CoreInKernel> CoreInKernel::load(Hook hook, core::core_config config,
                                        std::uint32_t max_flows) {
  CoreInKernel core;
  core.hook_ = hook;
  core.skeleton_.reset(mxray_bpf__open());
  if (!core.skeleton_) return Error{"cannot open the skeleton"};
  config.replay = 1;
  core.skeleton_->rodata->config = config;
  auto& maps = core.skeleton_->maps;
  for (bpf_map* map : {maps.client_sides, maps.server_sides}) {
    bpf_map__set_max_entries(map, max_flows);
  }
  for (bpf_map* map : {maps.half_open, maps.client_evidence, maps.server_evidence}) {
    bpf_map__set_max_entries(map, max_flows / 4);
  }
  auto& programs = core.skeleton_->progs;
  bpf_program* const program = hook == Hook::kXdp          ? programs.mxray_xdp
                               : hook == Hook::kTcEthernet ? programs.mxray_tc_ethernet
                                                           : programs.mxray_tc_raw;
  for (bpf_program* each :
       {programs.mxray_xdp, programs.mxray_tc_ethernet, programs.mxray_tc_raw}) {
    bpf_program__set_autoload(each, each == program);
  }
  if (const int error = mxray_bpf__load(core.skeleton_.get()); error != 0) {
    return Error{fmt::format("cannot load the program: {}", std::strerror(-error))};
  }
  core.program_ = bpf_program__fd(program);
  core.records_ = std::make_unique<CoreRecords>();
  core.rings_.reset(
      ring_buffer__new(bpf_map__fd(maps.incidents), take_record, core.records_.get(), nullptr));
  if (!core.rings_ || ring_buffer__add(core.rings_.get(), bpf_map__fd(maps.dialogue), take_record,
                                       core.records_.get()) != 0) {
    return Error{"cannot read the ring buffers"};
  }
  return core;
}

std::string CoreInKernel::run(std::span<const std::uint8_t> frame, std::uint64_t time_ns,
                              std::uint32_t interface) {
  skeleton_->bss->replay_now_ns = time_ns;
  skeleton_->bss->replay_interface = interface;
  std::array<std::uint8_t, 2 * kLongestFrame> after;
  bpf_test_run_opts options{};  // LIBBPF_OPTS is no C++
  options.sz = sizeof options;
  options.data_in = frame.data();
  options.data_size_in = static_cast<std::uint32_t>(frame.size());
  options.data_out = after.data();
  options.data_size_out = after.size();
  if (const int error = bpf_prog_test_run_opts(program_, &options); error != 0) {
    return fmt::format("test run failed: {}", std::strerror(-error));
  }
  ring_buffer__consume(rings_.get());
  const auto pass =
      hook_ == Hook::kXdp ? std::uint32_t{XDP_PASS} : static_cast<std::uint32_t>(TC_ACT_UNSPEC);
  if (options.retval != pass) return fmt::format("returned {}", options.retval);
  if (!std::equal(frame.begin(), frame.end(), after.begin(),
                  after.begin() + options.data_size_out)) {
    return "changed the packet";
  }
  return {};
}

KernelStats CoreInKernel::stats() const {
  KernelStats stats;
  read_per_cpu(skeleton_->maps.counters, stats.counters);
  read_per_cpu(skeleton_->maps.histograms, stats.histogram_cells);
  return stats;
}

}  // namespace mxray::test
