// SPDX-License-Identifier: Apache-2.0
// What may a process of mxrayd still do once it has what it needs?
#include "probe/confinement.h"

#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "probe/host_facts.h"

namespace mxray {
namespace {

/// Sanitizers make system calls of their own, whenever they look at something.
#ifdef MXRAY_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

struct FreeCapabilities {
  void operator()(cap_t set) const { ::cap_free(set); }
};
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCapabilities>;

std::vector<cap_value_t> kept_by(Role role) {
  if (role == Role::kAttacher) return {CAP_BPF, CAP_NET_ADMIN};
  if (monitor_needs_cap_bpf()) return {CAP_BPF};
  return {};
}

Error not_dropped(const char* what) {
  return Error{fmt::format("{} cannot be given up: {}", what, std::strerror(errno))};
}

/// Those of `kept` that are there: as permitted, and in effect if `in_effect`.
Status set_capabilities(const std::vector<cap_value_t>& kept, bool in_effect) {
  const Capabilities old(::cap_get_proc());
  const Capabilities fresh(::cap_init());
  if (!old || !fresh) return not_dropped("capabilities");
  for (const cap_value_t capability : kept) {
    cap_flag_value_t permitted = CAP_CLEAR;
    ::cap_get_flag(old.get(), capability, CAP_PERMITTED, &permitted);
    if (permitted != CAP_SET) continue;
    ::cap_set_flag(fresh.get(), CAP_PERMITTED, 1, &capability, CAP_SET);
    if (in_effect) ::cap_set_flag(fresh.get(), CAP_EFFECTIVE, 1, &capability, CAP_SET);
  }
  if (::cap_set_proc(fresh.get()) != 0) return not_dropped("capabilities");
  return Ok{};
}

void set_effective(cap_flag_value_t value) {
  const Capabilities mine(::cap_get_proc());
  if (!mine) return;
  for (const cap_value_t capability : kept_by(Role::kAttacher)) {
    cap_flag_value_t permitted = CAP_CLEAR;
    ::cap_get_flag(mine.get(), capability, CAP_PERMITTED, &permitted);
    if (permitted == CAP_SET) {
      ::cap_set_flag(mine.get(), CAP_EFFECTIVE, 1, &capability, value);
    }
  }
  ::cap_set_proc(mine.get());
}

// Memory, time, threads, signals, ends: what every process does.
constexpr int kCommon[] = {
    SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect),
    SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(get_robust_list), SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq), SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(getuid),
    SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
    SCMP_SYS(exit_group), SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(getrusage), SCMP_SYS(read),
    SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(dup),
    SCMP_SYS(fcntl), SCMP_SYS(lseek), SCMP_SYS(poll), SCMP_SYS(ppoll),
    // Files: their paths are the file system's and systemd's to restrict.
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(fstat), SCMP_SYS(lstat),
    SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(access),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(getdents64), SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename),
    SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(rmdir),
    // Sockets that are there, and netlink, see below.
    SCMP_SYS(bind), SCMP_SYS(getsockname), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
    SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg)};

// The servers, the loop, SQLite, and the thread that works out passwords.
constexpr int kMonitor[] = {
    SCMP_SYS(epoll_create1),  SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),   SCMP_SYS(eventfd2),  SCMP_SYS(pipe2),      SCMP_SYS(timerfd_settime),
    SCMP_SYS(accept),         SCMP_SYS(accept4),   SCMP_SYS(shutdown),   SCMP_SYS(connect),
    SCMP_SYS(getpeername),    SCMP_SYS(sendmmsg),  SCMP_SYS(sendfile),   SCMP_SYS(select),
    SCMP_SYS(pselect6),       SCMP_SYS(pread64),   SCMP_SYS(pwrite64),   SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),      SCMP_SYS(ftruncate), SCMP_SYS(fallocate),  SCMP_SYS(flock),
    SCMP_SYS(mkdir),          SCMP_SYS(mkdirat),   SCMP_SYS(chmod),      SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),       SCMP_SYS(fchown),    SCMP_SYS(getcwd),     SCMP_SYS(utimensat),
    SCMP_SYS(umask),          SCMP_SYS(prlimit64), SCMP_SYS(wait4),      SCMP_SYS(waitid),
    SCMP_SYS(set_tid_address)};

// What a monitor may ask of maps and programs that it holds.
constexpr std::uint64_t kMonitorBpf[] = {BPF_MAP_LOOKUP_ELEM, BPF_MAP_LOOKUP_BATCH,
                                         BPF_OBJ_GET_INFO_BY_FD};
// What an attacher may do with its programs. It loads none.
constexpr std::uint64_t kAttacherBpf[] = {BPF_LINK_CREATE, BPF_LINK_UPDATE, BPF_LINK_DETACH,
                                          BPF_OBJ_GET,     BPF_OBJ_PIN,     BPF_OBJ_GET_INFO_BY_FD};
constexpr std::uint64_t kCloneThread = 0x00010000;  // CLONE_THREAD, linux/sched.h

class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
    if (context_ == nullptr) error_ = -ENOMEM;
  }
  ~Filter() { ::seccomp_release(context_); }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  void allow(std::span<const int> calls) {
    for (const int call : calls)
      note(::seccomp_rule_add_array(context_, SCMP_ACT_ALLOW, call, 0, nullptr));
  }
  void allow_if(int call, const scmp_arg_cmp& condition) {
    note(::seccomp_rule_add_array(context_, SCMP_ACT_ALLOW, call, 1, &condition));
  }
  /// For a C library that tries the newer call first and then the older.
  void tell_missing(int call) {
    note(::seccomp_rule_add_array(context_, SCMP_ACT_ERRNO(ENOSYS), call, 0, nullptr));
  }
  Status load() {
    note(::seccomp_load(context_));
    if (error_ == 0) return Ok{};
    return Error{fmt::format("system calls cannot be restricted: {}", std::strerror(-error_))};
  }

 private:
  void note(int error) {
    if (error_ == 0) error_ = error;
  }
  scmp_filter_ctx context_;
  int error_ = 0;
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}

}  // namespace

bool monitor_needs_cap_bpf() {
  const HostFacts facts = read_host_facts();
  return facts.kernel && *facts.kernel < KernelVersion{6, 1};
}

Status drop_capabilities(Role role) {
  const auto kept = kept_by(role);
  // The bounding set first: that takes CAP_SETPCAP, which only root's daemon has.
  for (cap_value_t capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    ::prctl(PR_CAPBSET_DROP, static_cast<unsigned long>(capability), 0UL, 0UL, 0UL);
  }
  ::prctl(PR_CAP_AMBIENT, static_cast<unsigned long>(PR_CAP_AMBIENT_CLEAR_ALL), 0UL, 0UL, 0UL);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0) return not_dropped("new privileges");
  return set_capabilities(kept, role == Role::kMonitor);
}

RaisedCapabilities::RaisedCapabilities() { set_effective(CAP_SET); }
RaisedCapabilities::~RaisedCapabilities() { set_effective(CAP_CLEAR); }

Status restrict_system_calls(Role role) {
  if (kSanitized) return Ok{};
  Filter filter;
  filter.allow(kCommon);
  filter.allow_if(SCMP_SYS(socket), equals(0, AF_NETLINK));
  filter.allow_if(SCMP_SYS(prctl), equals(0, PR_SET_NAME));
  // abort() signals itself; if it could not, it would end as a segmentation fault.
  filter.allow_if(SCMP_SYS(tgkill), equals(0, static_cast<std::uint64_t>(::getpid())));
  if (role == Role::kMonitor) {
    filter.allow(kMonitor);
    for (const std::uint64_t command : kMonitorBpf) {
      filter.allow_if(SCMP_SYS(bpf), equals(0, command));
    }
    filter.allow_if(SCMP_SYS(socket), equals(0, AF_UNIX));  // to systemd
    filter.allow_if(SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, kCloneThread, kCloneThread});
    // The thread that works out passwords steps back; it can only become less important.
    filter.allow_if(SCMP_SYS(setpriority), equals(0, PRIO_PROCESS));
    filter.tell_missing(SCMP_SYS(clone3));  // its flags lie in memory, out of sight
    for (const std::uint64_t request : {FIONREAD, SIOCGIFNAME, SIOCGIFINDEX}) {
      filter.allow_if(SCMP_SYS(ioctl), equals(1, request));
    }
  } else {
    for (const std::uint64_t command : kAttacherBpf) {
      filter.allow_if(SCMP_SYS(bpf), equals(0, command));
    }
    filter.allow_if(SCMP_SYS(socket), equals(0, AF_INET));  // for SIOCETHTOOL
    const int own[] = {SCMP_SYS(ioctl), SCMP_SYS(capget), SCMP_SYS(capset)};
    filter.allow(own);
  }
  return filter.load();
}

Confinement read_confinement() {
  Confinement found;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    const auto number = [&line](std::string_view key, std::uint64_t& to) {
      if (!line.starts_with(key)) return;
      const auto begin = line.find_first_not_of(" \t", key.size());
      if (begin == std::string::npos) return;
      std::from_chars(line.data() + begin, line.data() + line.size(), to, 16);
    };
    std::uint64_t mode = 0;
    number("CapPrm:", found.permitted);
    number("CapEff:", found.effective);
    number("Seccomp:", mode);
    if (mode == 2) found.filtered = true;
  }
  return found;
}

std::string describe(const Confinement& confinement) {
  std::string held;
  for (cap_value_t capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    if (((confinement.permitted >> capability) & 1) == 0) continue;
    char* const name = ::cap_to_name(capability);
    held += fmt::format("{}{}", held.empty() ? "" : ", ", name == nullptr ? "?" : name);
    ::cap_free(name);
  }
  return fmt::format("holds {}; system calls are {}", held.empty() ? "no capability" : held,
                     confinement.filtered ? "filtered" : "not filtered");
}

}  // namespace mxray
