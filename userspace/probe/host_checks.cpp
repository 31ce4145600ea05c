// SPDX-License-Identifier: Apache-2.0
// Could mxray watch here, and if not, what has to be changed?
#include "probe/host_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/fd.h"
#include "probe/hook_choice.h"
#include "probe/host_facts.h"
#include "probe/links.h"

namespace mxray {
namespace {

using Outcome = HostCheck::Outcome;

HostCheck kernel_check(const HostFacts& facts) {
  HostCheck check{"kernel", Outcome::kOk, facts.release, ""};
  if (!facts.kernel) {
    check.outcome = Outcome::kWarning;
    check.remedy = "the version could not be read; mxray needs 5.10 or later";
  } else if (*facts.kernel < kOldestKernel) {
    check.outcome = Outcome::kFailed;
    check.remedy = "boot kernel 5.10 or later (BPF ring buffers)";
  } else if (*facts.kernel < kXdpFragsKernel) {
    check.found += ": no multi-buffer XDP (5.18), TC is used everywhere";
  } else if (*facts.kernel < kTcxKernel) {
    check.found += ": no TCX (6.6), TC programs sit on the clsact qdisc";
  }
  return check;
}

/// Asks for one tiny map and lets go of it: the only way to see a seccomp filter
/// or a security module. 0 or errno.
int try_bpf() {
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = 4;
  attributes.value_size = 4;
  attributes.max_entries = 1;
  const Fd map(
      static_cast<int>(::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes)));
  return map ? 0 : errno;
}

HostCheck privilege_check(const HostFacts& facts) {
  const auto missing = missing_capabilities(facts);
  const int error = missing.empty() ? try_bpf() : EPERM;
  if (error == 0) {
    return {"privileges", Outcome::kOk, "CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are there", ""};
  }
  return {"privileges", Outcome::kFailed,
          missing.empty() ? fmt::format("bpf() is refused: {}", std::strerror(error))
                          : fmt::format("missing: {}", missing),
          explain_load_failure(error, facts, "")};
}

HostCheck btf_check(const HostFacts& facts) {
  return {"btf", Outcome::kOk,
          facts.btf ? "present" : "absent; mxray does not need it, bpftool shows less", ""};
}

HostCheck jit_check(const HostFacts& facts) {
  if (!facts.jit) {
    return {"jit", Outcome::kWarning, "unknown: net.core.bpf_jit_enable could not be read", ""};
  }
  if (*facts.jit) return {"jit", Outcome::kOk, "on", ""};
  return {"jit", Outcome::kWarning, "off: every packet costs several times as much",
          "sysctl -w net.core.bpf_jit_enable=1"};
}

HostCheck bpffs_check(const HostFacts& facts) {
  return {"bpffs", Outcome::kOk,
          facts.bpffs ? "mounted on /sys/fs/bpf"
                      : "not mounted on /sys/fs/bpf; only --pin-dir needs one",
          ""};
}

/// Whether program `id` is a running mxrayd's own; false if it cannot be read.
bool is_own_program(std::uint32_t id) {
  bpf_attr by_id;
  std::memset(&by_id, 0, sizeof by_id);
  by_id.prog_id = id;
  const Fd program(
      static_cast<int>(::syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &by_id, sizeof by_id)));
  if (!program) return false;
  bpf_prog_info info{};
  bpf_attr query;
  std::memset(&query, 0, sizeof query);
  query.info.bpf_fd = static_cast<std::uint32_t>(program.get());
  query.info.info_len = sizeof info;
  query.info.info = reinterpret_cast<std::uintptr_t>(&info);
  return ::syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &query, sizeof query) == 0 &&
         std::string_view(info.name) == "mxray_xdp";
}

HostCheck presence_check(const LinkFacts& facts) {
  HostCheck check{"interface " + facts.name, Outcome::kOk,
                  fmt::format("{}, {}, driver {}, link type {}", facts.up ? "up" : "down",
                              facts.kind.empty() ? "hardware or built in" : "kind " + facts.kind,
                              facts.driver.empty() ? "unknown" : facts.driver, facts.hardware_type),
                  ""};
  if (!facts.up) {
    check.outcome = Outcome::kWarning;
    check.remedy = fmt::format("ip link set {} up", facts.name);
  }
  return check;
}

HostCheck hook_check(LinkFacts facts) {
  HostCheck check{"hook on " + facts.name, Outcome::kOk, "", ""};
  std::string note;
  if (facts.xdp_program != 0 && is_own_program(facts.xdp_program)) {
    note = "; a running mxrayd is attached by XDP";
    facts.xdp_program = 0;
  }
  const auto choice = choose_ingress_hook(facts, AttachMode::kAuto);
  if (choice.hooks.empty()) {
    check.outcome = Outcome::kFailed;
    check.found = choice.reason;
    check.remedy = "watch another interface on the packets' way";
    return check;
  }
  check.found = fmt::format("auto takes {} for incoming packets: {}{}",
                            hook_title(choice.hooks.front()), choice.reason, note);
  return check;
}

HostCheck offload_check(const LinkFacts& facts) {
  const auto offloads = read_offloads(facts.name);
  HostCheck check{"offloads of " + facts.name, Outcome::kOk, "the interface has none to show", ""};
  if (!offloads) return check;
  const auto on = [](bool value) { return value ? "on" : "off"; };
  check.found = fmt::format("GRO {}, LRO {}, GSO {}", on(offloads->gro), on(offloads->lro),
                            on(offloads->gso));
  if (offloads->gro || offloads->lro || offloads->gso) {
    check.found += ": at TC joined segments count as one packet, with the first one's header";
  }
  return check;
}

HostCheck missing_check(const std::string& name, const std::vector<LinkFacts>& links) {
  std::vector<std::string> existing;
  for (const auto& link : links) existing.push_back(link.name);
  return {"interface " + name, Outcome::kFailed, "there is no such interface",
          fmt::format("there are: {}; mxrayd waits for it if another one exists",
                      fmt::join(existing, ", "))};
}

}  // namespace

std::vector<HostCheck> host_checks(const std::vector<std::string>& interfaces) {
  const HostFacts facts = read_host_facts();
  std::vector<HostCheck> checks{kernel_check(facts), privilege_check(facts), btf_check(facts),
                                jit_check(facts), bpffs_check(facts)};
  if (interfaces.empty()) return checks;
  const auto links = read_links();
  if (!links) {
    checks.push_back({"interfaces", Outcome::kWarning, links.error().message, ""});
    return checks;
  }
  for (const auto& name : interfaces) {
    const auto link = std::ranges::find(*links, name, &LinkFacts::name);
    if (link == links->end()) {
      checks.push_back(missing_check(name, *links));
      continue;
    }
    LinkFacts complete = *link;
    add_driver_facts(complete);
    complete.kernel_has_xdp = !facts.kernel || *facts.kernel >= kXdpFragsKernel;
    checks.push_back(presence_check(complete));
    checks.push_back(hook_check(complete));
    checks.push_back(offload_check(complete));
  }
  return checks;
}

}  // namespace mxray
