// SPDX-License-Identifier: Apache-2.0
#include "probe/program_runs.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace mxray {
namespace {

bool sysctl_is_set() {
  std::ifstream file("/proc/sys/kernel/bpf_stats_enabled");
  int value = 0;
  return file >> value && value != 0;
}

}  // namespace

Result<Fd> measure_programs() {
  Fd fd(::bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (fd) return fd;
  const int code = errno;
  return Error{fmt::format(
      "cannot have the kernel measure its BPF programs: {}; {}", std::strerror(code),
      code == EPERM ? "that needs CAP_SYS_ADMIN: leave kernel_statistics out, or set the sysctl "
                      "kernel.bpf_stats_enabled instead"
                    : "leave kernel_statistics out")};
}

void ProgramRunsReader::read(const Programs& programs, bool is_ours, KernelStats& stats) {
  std::uint64_t runs = 0;
  for (const auto& [name, fd] : programs.all()) {
    bpf_prog_info info{};
    std::uint32_t size = sizeof info;
    if (::bpf_obj_get_info_by_fd(fd, &info, &size) != 0) continue;
    stats.programs.push_back({name, info.run_cnt, info.run_time_ns});
    runs += info.run_cnt;
  }
  stats.programs_measured = is_ours || sysctl_is_set() || runs > runs_before_;
  runs_before_ = runs;
}

}  // namespace mxray
