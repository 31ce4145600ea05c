// SPDX-License-Identifier: Apache-2.0
// What does this kernel offer, and what may this process do with it?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mxray {

struct KernelVersion {
  int major = 0;
  int minor = 0;
  // clang-tidy takes the zero in what = default stands for to be a pointer.
  // NOLINTNEXTLINE(modernize-use-nullptr)
  friend auto operator<=>(const KernelVersion&, const KernelVersion&) = default;
};

inline constexpr KernelVersion kOldestKernel{5, 10};    // ring buffers, CAP_BPF
inline constexpr KernelVersion kXdpFragsKernel{5, 18};  // multi-buffer XDP
inline constexpr KernelVersion kTcxKernel{6, 6};        // TC programs by link

struct HostFacts {
  std::string release;                  // as uname -r
  std::optional<KernelVersion> kernel;  // nullopt: release could not be read
  std::uint64_t capabilities = 0;       // effective, one bit each
  bool seccomp = false;                 // a filter is on: it may forbid bpf()
  bool btf = false;                     // /sys/kernel/btf/vmlinux
  std::optional<bool> jit;              // nullopt: unknown
  bool bpffs = false;                   // /sys/fs/bpf is one
};

/// Reads /proc, /sys and uname; what cannot be read keeps its default.
HostFacts read_host_facts();

/// `6.1.0-13-amd64` and the like; nullopt if it begins otherwise.
std::optional<KernelVersion> parse_kernel_version(std::string_view release);

/// The capabilities that loading and attaching needs and `facts` lacks, as
/// `CAP_BPF and CAP_NET_ADMIN`; empty if none. CAP_SYS_ADMIN stands for
/// CAP_BPF and CAP_PERFMON, as in the kernel.
std::string missing_capabilities(const HostFacts& facts);

/// One sentence for errno `error` of a failed load, with the remedy.
/// `log` is libbpf's; its tail is shown only where the verifier speaks in it.
std::string explain_load_failure(int error, const HostFacts& facts, std::string_view log);

}  // namespace mxray
