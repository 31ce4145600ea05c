// SPDX-License-Identifier: Apache-2.0
// How is one program put on one hook of one interface, and taken off again?
#include "probe/hook_link.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "probe/libbpf_log.h"

namespace mxray {
namespace {

// linux/bpf.h of the oldest build host (6.1) does not have them yet.
constexpr std::uint32_t kTcxIngress = 46;   // BPF_TCX_INGRESS
constexpr std::uint32_t kTcxEgress = 47;    // BPF_TCX_EGRESS
constexpr std::uint32_t kBefore = 1U << 3;  // BPF_F_BEFORE; without a relative: first of all

/// The kernel's link_create as the bpf() call takes it, kernel 6.6 layout.
struct TcxLinkRequest {
  std::uint32_t program;
  std::uint32_t ifindex;
  std::uint32_t attach_type;
  std::uint32_t flags;
  std::uint32_t relative;
  std::uint32_t padding;
  std::uint64_t expected_revision;
};

Error kernel_says(int error) {
  switch (error) {
    case EBUSY: return Error{"another program is attached there"};
    case EOPNOTSUPP: return Error{"the driver does not support it"};
    case ENODEV: return Error{"the interface is gone"};
    default: return Error{std::strerror(error)};
  }
}

}  // namespace

Result<HookLink> HookLink::xdp(int program, std::uint32_t ifindex, Hook hook) {
  LibbpfLog silence;
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = hook == Hook::kXdpNative ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
  Fd link(bpf_link_create(program, static_cast<int>(ifindex), BPF_XDP, &options));
  if (!link) return kernel_says(errno);
  return HookLink(hook == Hook::kXdpNative ? "xdp_native" : "xdp_generic", std::move(link));
}

Result<HookLink> HookLink::tcx(int program, std::uint32_t ifindex, Direction direction) {
  // First in both directions: a program further up that answers TCX_PASS or
  // TCX_REDIRECT ends the chain, and packets would pass unseen. libbpf 1.1
  // cannot ask for a place, so the call is made by hand.
  TcxLinkRequest request{};
  request.program = static_cast<std::uint32_t>(program);
  request.ifindex = ifindex;
  request.attach_type = direction == Direction::kIngress ? kTcxIngress : kTcxEgress;
  request.flags = kBefore;
  Fd link(static_cast<int>(::syscall(SYS_bpf, BPF_LINK_CREATE, &request, sizeof request)));
  if (!link) return kernel_says(errno);
  return HookLink("tcx", std::move(link));
}

Result<HookLink> HookLink::clsact(int program, std::shared_ptr<ClsactQdisc> qdisc,
                                  Direction direction) {
  auto filter = ClsactFilter::attach(program, std::move(qdisc), direction);
  if (!filter) return filter.error();
  return HookLink("tc", std::move(*filter));
}

bool HookLink::alive() const {
  if (const auto* filter = std::get_if<ClsactFilter>(&holder_)) return filter->alive();
  bpf_link_info info{};
  std::uint32_t length = sizeof info;
  if (bpf_obj_get_info_by_fd(std::get<Fd>(holder_).get(), &info, &length) != 0) return false;
  return info.xdp.ifindex != 0;  // a TCX link has its ifindex at the same place
}

}  // namespace mxray
