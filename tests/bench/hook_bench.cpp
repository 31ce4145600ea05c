// SPDX-License-Identifier: Apache-2.0
#include "hook_bench.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "counters.h"
#include "generator.skel.h"

namespace mxray::bench {
namespace {

int descriptor(bpf_program* program) { return bpf_program__fd(program); }

// Without the time in which the CPU was somebody else's. The kernel's own figure is in
// whole nanoseconds, too coarse for a difference of 8.
double thread_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

void HookBench::Destroy::operator()(generator_bpf* skeleton) const {
  generator_bpf__destroy(skeleton);
}

Result<HookBench> HookBench::load(std::uint32_t max_flows) {
  ProgramSettings settings;
  settings.ports = default_ports();
  settings.max_flows = max_flows;
  auto programs = Programs::load(settings);
  if (!programs) return programs.error();
  HookBench bench(*std::move(programs));
  bench.generator_.reset(generator_bpf__open());
  if (bench.generator_ && !bench.programs_.xdp()) {
    const auto& known = bench.generator_->progs;
    for (bpf_program* program : {known.generate_xdp, known.empty_xdp, known.lookup_xdp}) {
      bpf_program__set_autoload(program, false);
    }
  }
  // As mxray's: a smaller one would evict, and one look-up would be a look-up and an insertion.
  if (!bench.generator_ || bpf_map__set_max_entries(bench.generator_->maps.flows, max_flows) != 0 ||
      generator_bpf__load(bench.generator_.get()) != 0) {
    return Error{fmt::format("cannot load the generator: {}", std::strerror(errno))};
  }
  return bench;
}

Status HookBench::restart() {
  const std::vector<std::uint64_t> zeros(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  for (std::uint32_t program = 0; program < PROGRAMS_UNDER_TEST; ++program) {
    if (bpf_map_update_elem(bpf_map__fd(generator_->maps.numbers), &program, zeros.data(),
                            BPF_ANY) != 0) {
      return Error{fmt::format("cannot set the generator back: {}", std::strerror(errno))};
    }
  }
  return Ok{};
}

Status HookBench::choose(Hook hook, Program program, const traffic& kind) {
  const bool xdp = hook == Hook::kXdp;
  if (xdp && !programs_.xdp()) {
    return Error{"this kernel has no XDP in several buffers (before 5.18)"};
  }
  const auto& known = generator_->progs;
  int target = -1;
  switch (program) {
    case Program::kEmpty: target = descriptor(xdp ? known.empty_xdp : known.empty_tc); break;
    case Program::kLookup: target = descriptor(xdp ? known.lookup_xdp : known.lookup_tc); break;
    case Program::kMxray: target = xdp ? *programs_.xdp() : programs_.tc_ethernet(); break;
  }
  const bpf_map* const under_test =
      xdp ? generator_->maps.xdp_under_test : generator_->maps.tc_under_test;
  const std::uint32_t zero = 0;
  if (bpf_map_update_elem(bpf_map__fd(under_test), &zero, &target, BPF_ANY) != 0) {
    return Error{fmt::format("cannot choose the program: {}", std::strerror(errno))};
  }
  generator_->bss->traffic = kind;
  generator_->bss->traffic.program = static_cast<std::uint32_t>(program);
  return Ok{};
}

Result<double> HookBench::run(Hook hook, const std::vector<std::uint8_t>& frame,
                              std::uint32_t packets) const {
  const bool xdp = hook == Hook::kXdp;
  const auto& known = generator_->progs;
  bpf_test_run_opts options{};  // LIBBPF_OPTS is no C++
  options.sz = sizeof options;
  options.data_in = frame.data();
  options.data_size_in = static_cast<std::uint32_t>(frame.size());
  options.repeat = static_cast<int>(packets);
  const double before = thread_seconds();
  const int error =
      bpf_prog_test_run_opts(descriptor(xdp ? known.generate_xdp : known.generate_tc), &options);
  const double seconds = thread_seconds() - before;
  if (error != 0) {
    return Error{fmt::format("test run failed: {}", std::strerror(-error))};
  }
  const std::uint32_t pass = xdp ? 2 : 0xffffffffU;  // XDP_PASS, TC_ACT_UNSPEC
  if (options.retval != pass) {
    return Error{fmt::format("the program under test returned {}", options.retval)};
  }
  return seconds * 1e9 / packets;
}

std::uint64_t HookBench::records() const {
  std::vector<std::uint64_t> cpus(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  std::uint64_t sum = 0;
  for (const std::uint32_t counter :
       {core::COUNT_INCIDENT_RECORDS, core::COUNT_LOST_INCIDENT_RECORD,
        core::COUNT_DIALOGUE_RECORDS, core::COUNT_LOST_DIALOGUE_RECORD}) {
    if (bpf_map_lookup_elem(programs_.counters(), &counter, cpus.data()) != 0) continue;
    for (const std::uint64_t value : cpus) sum += value;
  }
  return sum;
}

}  // namespace mxray::bench
