// SPDX-License-Identifier: Apache-2.0
// How is one program put on one hook of one interface, and taken off again?
#include "probe/hook_link.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

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

std::optional<PinnedLink> read_link(int link) {
  bpf_link_info info{};
  std::uint32_t length = sizeof info;
  if (::bpf_obj_get_info_by_fd(link, &info, &length) != 0) return std::nullopt;
  // A TCX link has its ifindex at the same place.
  return PinnedLink{info.xdp.ifindex, info.prog_id};
}

}  // namespace

Result<HookLink> HookLink::xdp(int program, std::uint32_t ifindex, Hook hook) {
  LibbpfLog silence;
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = hook == Hook::kXdpNative ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
  Fd link(bpf_link_create(program, static_cast<int>(ifindex), BPF_XDP, &options));
  if (!link) return kernel_says(errno);
  return HookLink(hook == Hook::kXdpNative ? kNative : kGeneric, std::move(link));
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
  return HookLink(kTcx, std::move(link));
}

Result<HookLink> HookLink::clsact(int program, std::shared_ptr<ClsactQdisc> qdisc,
                                  Direction direction) {
  auto filter = ClsactFilter::attach(program, std::move(qdisc), direction);
  if (!filter) return filter.error();
  return HookLink(kClsact, std::move(*filter));
}

Result<HookLink> HookLink::pinned(const std::string& path, std::string_view name, int program,
                                  std::uint32_t ifindex) {
  LibbpfLog silence;
  Fd link(::bpf_obj_get(path.c_str()));
  const auto found = link ? read_link(link.get()) : std::nullopt;
  if (!found || found->ifindex != ifindex) return Error{"no link of that interface is pinned"};
  if (::bpf_link_update(link.get(), program, nullptr) != 0) return kernel_says(errno);
  HookLink taken(name, std::move(link));
  taken.pin_ = path;
  return taken;
}

Status HookLink::pin(const std::string& path, int program) {
  LibbpfLog silence;
  auto* const filter = std::get_if<ClsactFilter>(&holder_);
  // A new name first: whatever happens, there is a pin.
  const std::string fresh = path + std::string(kHalfMade);
  ::unlink(fresh.c_str());
  const int fd = filter != nullptr ? program : std::get<Fd>(holder_).get();
  if (::bpf_obj_pin(fd, fresh.c_str()) != 0 || std::rename(fresh.c_str(), path.c_str()) != 0) {
    return kernel_says(errno);
  }
  if (filter != nullptr) filter->stay(true);
  pin_ = path;
  return Ok{};
}

void HookLink::take_off() {
  if (!pin_.empty()) take_off_pinned_link(pin_);
  pin_.clear();
  if (auto* const filter = std::get_if<ClsactFilter>(&holder_)) filter->stay(false);
  std::visit([](auto& holder) { const auto last = std::move(holder); }, holder_);
}

std::optional<PinnedLink> read_pinned_link(const std::string& path) {
  LibbpfLog silence;
  const Fd link(::bpf_obj_get(path.c_str()));
  return link ? read_link(link.get()) : std::nullopt;
}

bool take_off_pinned_link(const std::string& path) {
  LibbpfLog silence;
  // Fails for a filter's program, which is on no hook by itself.
  if (const Fd link(::bpf_obj_get(path.c_str())); link) ::bpf_link_detach(link.get());
  return ::unlink(path.c_str()) == 0;
}

bool HookLink::alive() const {
  if (const auto* filter = std::get_if<ClsactFilter>(&holder_)) return filter->alive();
  const auto found = read_link(std::get<Fd>(holder_).get());
  return found && found->ifindex != 0;
}

}  // namespace mxray
