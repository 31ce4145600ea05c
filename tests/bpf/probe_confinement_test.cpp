// SPDX-License-Identifier: Apache-2.0
// Is what a process of mxrayd has given up really gone?
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "probe/attacher.h"
#include "probe/confinement.h"

namespace mxray::test {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Pair;

#ifdef MXRAY_SANITIZED
constexpr bool kFilters = false;
#else
constexpr bool kFilters = true;
#endif

int bpf(int command) {
  bpf_attr attributes{};
  return static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

/// What a child says that has given up what `role` does not need; 255 if it could not.
int in_a_child(Role role, const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!drop_capabilities(role) || !restrict_system_calls(role)) ::_exit(255);
    ::_exit(work());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 254;
}

struct Forbidden {
  const char* name;
  int (*call)();
};

int execute() {
  char name[] = "/bin/true";
  char* const arguments[] = {name, nullptr};
  return ::execve(name, arguments, nullptr);
}

constexpr Forbidden kForbidden[] = {
    {"execve", execute},
    {"fork", [] { return static_cast<int>(::syscall(SYS_fork)); }},
    {"a new process by clone",
     [] { return static_cast<int>(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }},
    {"ptrace", [] { return static_cast<int>(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }},
    {"mount", [] { return ::mount("none", "/mnt", "tmpfs", 0, nullptr); }},
    {"a packet socket", [] { return ::socket(AF_PACKET, SOCK_RAW, 0); }},
    {"a raw socket", [] { return ::socket(AF_INET6, SOCK_RAW, IPPROTO_TCP); }},
    {"loading a program", [] { return bpf(BPF_PROG_LOAD); }},
    {"making a map", [] { return bpf(BPF_MAP_CREATE); }},
    {"another's program by its number", [] { return bpf(BPF_PROG_GET_FD_BY_ID); }},
    {"a new namespace", [] { return ::unshare(CLONE_NEWUSER); }},
    {"another namespace", [] { return ::setns(0, 0); }},
    {"another user", [] { return static_cast<int>(::syscall(SYS_setuid, 0)); }},
    {"a signal to another process",
     [] { return static_cast<int>(::syscall(SYS_tgkill, ::getppid(), ::getppid(), 0)); }},
    {"kill", [] { return static_cast<int>(::syscall(SYS_kill, 1, 0)); }},
    {"reading another process",
     [] { return static_cast<int>(::syscall(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0)); }},
    {"a module", [] { return static_cast<int>(::syscall(SYS_finit_module, 0, "", 0)); }},
    {"io_uring", [] { return static_cast<int>(::syscall(SYS_io_uring_setup, 1, nullptr)); }},
};

TEST(ConfinementTest, NeitherProcessMayDoWhatItHasNoUseFor) {
  if (!kFilters) GTEST_SKIP() << "sanitizers need these system calls themselves";
  for (const Role role : {Role::kMonitor, Role::kAttacher}) {
    for (const Forbidden& forbidden : kForbidden) {
      const int error = in_a_child(role, [&forbidden] {
        errno = 0;
        return forbidden.call() == -1 ? errno : 0;
      });
      EXPECT_EQ(error, EPERM) << forbidden.name;
    }
  }
}

TEST(ConfinementTest, TheMonitorMayLookIntoMapsButNotChangeThem) {
  if (!kFilters) GTEST_SKIP() << "sanitizers need more";
  const auto error_of = [](int command) {
    return in_a_child(Role::kMonitor, [command] { return bpf(command) == -1 ? errno : 0; });
  };
  EXPECT_NE(error_of(BPF_MAP_LOOKUP_ELEM), EPERM);  // EBADF: it gave no map
  EXPECT_EQ(error_of(BPF_MAP_UPDATE_ELEM), EPERM);
  EXPECT_EQ(error_of(BPF_MAP_DELETE_ELEM), EPERM);
  EXPECT_EQ(error_of(BPF_LINK_CREATE), EPERM);
}

TEST(ConfinementTest, ThreadsCanStillBeStartedAndFilesRead) {
  EXPECT_EQ(in_a_child(Role::kMonitor,
                       [] {
                         int answer = 1;
                         std::thread([&answer] {
                           const int fd = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
                           answer = fd >= 0 ? 0 : errno;
                         }).join();
                         return answer;
                       }),
            0);
}

TEST(ConfinementTest, AThreadOfTheMonitorMayStepBackAndNothingElseMay) {
  if (!kFilters) GTEST_SKIP() << "sanitizers run without a filter";
  const auto error_of = [](Role role, int which) {
    return in_a_child(role, [which] { return ::setpriority(which, 0, 19) == 0 ? 0 : errno; });
  };
  EXPECT_EQ(error_of(Role::kMonitor, PRIO_PROCESS), 0);
  EXPECT_EQ(error_of(Role::kMonitor, PRIO_USER), EPERM);
  EXPECT_EQ(error_of(Role::kAttacher, PRIO_PROCESS), EPERM);
}

TEST(ConfinementTest, AbortShowsAsAbort) {
  for (const Role role : {Role::kMonitor, Role::kAttacher}) {
    const pid_t child = ::fork();
    if (child == 0) {
      const rlimit no_core{0, 0};
      ::setrlimit(RLIMIT_CORE, &no_core);
      if (!drop_capabilities(role) || !restrict_system_calls(role)) ::_exit(255);
      std::abort();
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGABRT);
  }
}

TEST(ConfinementTest, TheMonitorHoldsNoCapability) {
  EXPECT_EQ(in_a_child(Role::kMonitor,
                       [] {
                         const Confinement found = read_confinement();
                         if (found.permitted != 0 && !monitor_needs_cap_bpf()) return 1;
                         return found.filtered == kFilters ? 0 : 2;
                       }),
            0);
}

TEST(ConfinementTest, TheAttacherUsesItsTwoOnlyWhileItHoldsThemUp) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: there is nothing to give up";
  EXPECT_EQ(in_a_child(Role::kAttacher,
                       [] {
                         constexpr std::uint64_t kTwo = (1ULL << 12) | (1ULL << 39);
                         if (read_confinement().permitted != kTwo) return 1;
                         if (read_confinement().effective != 0) return 2;
                         {
                           const RaisedCapabilities raised;
                           if (read_confinement().effective != kTwo) return 3;
                         }
                         return read_confinement().effective == 0 ? 0 : 4;
                       }),
            0);
}

TEST(ConfinementTest, SaysWhatIsHeld) {
  EXPECT_EQ(describe(Confinement{0, 0, true}), "holds no capability; system calls are filtered");
  EXPECT_EQ(describe(Confinement{(1ULL << 12) | (1ULL << 39), 0, false}),
            "holds cap_net_admin, cap_bpf; system calls are not filtered");
}

TEST(AttacherTextTest, WhatIsWatchedArrivesAsItWasSent) {
  const WatchedNow now{{{"wan0", "ingress", "tcx", "because"}, {"a\tb\nc", "egress", "none", "?"}},
                       {{7, "wan0"}},
                       1,
                       "no\tanswer"};
  const WatchedNow told = watched_from_text(to_text(now));
  EXPECT_EQ(told.present, 1U);
  EXPECT_EQ(told.problem, "no?answer");
  EXPECT_THAT(told.names, ElementsAre(Pair(7, "wan0")));
  EXPECT_THAT(told.attachments,
              ElementsAre(Field(&Attachment::hook, "tcx"), Field(&Attachment::interface, "a?b?c")));
}

TEST(AttacherTextTest, WhatMakesNoSenseIsLeftOut) {
  const WatchedNow told = watched_from_text("present\nhook\ta\nname\tx\ty\tz\n\n\t\t\nother\t1\n");
  EXPECT_EQ(told.present, 0U);
  EXPECT_TRUE(told.names.empty());
  EXPECT_TRUE(told.attachments.empty());
}

}  // namespace
}  // namespace mxray::test
