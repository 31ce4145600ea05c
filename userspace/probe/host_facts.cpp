// SPDX-License-Identifier: Apache-2.0
// What does this kernel offer, and what may this process do with it?
#include "probe/host_facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <vector>

namespace mxray {
namespace {

constexpr std::string_view kPrivilegeRemedy =
    "run as root or give the binary the capabilities: "
    "setcap cap_bpf,cap_net_admin,cap_perfmon+ep";
constexpr std::size_t kVerifierLines = 12;

bool has(const HostFacts& facts, unsigned capability) {
  return ((facts.capabilities >> capability) & 1) != 0;
}

void read_process_status(HostFacts& facts) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    const auto value = [&](std::string_view key) -> std::optional<std::string_view> {
      if (!line.starts_with(key)) return std::nullopt;
      auto rest = std::string_view(line).substr(key.size());
      rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
      return rest;
    };
    if (const auto text = value("CapEff:")) {
      std::from_chars(text->data(), text->data() + text->size(), facts.capabilities, 16);
    } else if (const auto mode = value("Seccomp:")) {
      facts.seccomp = *mode == "2";
    }
  }
}

std::string last_lines(std::string_view text, std::size_t count) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::size_t begin = text.size();
  while (count-- > 0 && begin != std::string_view::npos && begin > 0) {
    begin = text.rfind('\n', begin - 1);
  }
  return std::string(begin == std::string_view::npos ? text : text.substr(begin));
}

}  // namespace

std::optional<KernelVersion> parse_kernel_version(std::string_view release) {
  KernelVersion version;
  const char* end = release.data() + release.size();
  const auto major = std::from_chars(release.data(), end, version.major);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
  if (minor.ec != std::errc{}) return std::nullopt;
  return version;
}

HostFacts read_host_facts() {
  HostFacts facts;
  utsname name{};
  if (::uname(&name) == 0) facts.release = name.release;
  facts.kernel = parse_kernel_version(facts.release);
  read_process_status(facts);
  facts.btf = ::access("/sys/kernel/btf/vmlinux", R_OK) == 0;
  std::ifstream jit("/proc/sys/net/core/bpf_jit_enable");
  if (int value = 0; jit >> value) facts.jit = value != 0;
  struct statfs file_system {};
  facts.bpffs = ::statfs("/sys/fs/bpf", &file_system) == 0 && file_system.f_type == BPF_FS_MAGIC;
  return facts;
}

std::string missing_capabilities(const HostFacts& facts) {
  std::vector<std::string_view> missing;
  const bool admin = has(facts, CAP_SYS_ADMIN);
  if (!admin && !has(facts, CAP_BPF)) missing.push_back("CAP_BPF");
  if (!has(facts, CAP_NET_ADMIN)) missing.push_back("CAP_NET_ADMIN");
  if (!admin && !has(facts, CAP_PERFMON)) missing.push_back("CAP_PERFMON");
  return fmt::format("{}", fmt::join(missing, missing.size() == 2 ? " and " : ", "));
}

std::string explain_load_failure(int error, const HostFacts& facts, std::string_view log) {
  if (facts.kernel && *facts.kernel < kOldestKernel) {
    return fmt::format("kernel {} is too old: mxray needs {}.{} or later (BPF ring buffers)",
                       facts.release, kOldestKernel.major, kOldestKernel.minor);
  }
  if (const auto missing = missing_capabilities(facts);
      (error == EPERM || error == EACCES) && !missing.empty()) {
    return fmt::format(
        "loading BPF programs needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, and {} {} missing; {}",
        missing, missing.find(' ') == std::string::npos ? "is" : "are", kPrivilegeRemedy);
  }
  // With the capabilities there, EPERM is never the verifier's word at map
  // creation: before 5.11 it is the memlock limit, else a filter or lockdown.
  const bool verifier = log.find("BEGIN PROG LOAD LOG") != std::string_view::npos ||
                        log.find("processed ") != std::string_view::npos;
  if (error == EPERM && !verifier) {
    if (facts.kernel && *facts.kernel < KernelVersion{5, 11}) {
      return "the kernel refused memory for BPF maps: raise the locked-memory limit "
             "(LimitMEMLOCK=infinity in the unit, or ulimit -l unlimited)";
    }
    return fmt::format("the kernel refused bpf(){}",
                       facts.seccomp
                           ? ": a seccomp filter is on, allow bpf in it "
                             "(SystemCallFilter=bpf in the unit, or the container's profile)"
                           : ": kernel lockdown or a security module forbids it");
  }
  if (error == ENOMEM) return "the kernel has no memory for the BPF maps: lower max_flows";
  std::string text =
      fmt::format("loading the BPF programs failed: {} (kernel {}, JIT {}, BTF {})",
                  std::strerror(error), facts.release.empty() ? "unknown" : facts.release,
                  !facts.jit   ? "unknown"
                  : *facts.jit ? "on"
                               : "off",
                  facts.btf ? "present" : "absent");
  if (!log.empty()) {
    text += verifier ? "; the verifier says:\n" : "; libbpf says:\n";
    text += last_lines(log, kVerifierLines);
  }
  return text;
}

}  // namespace mxray
