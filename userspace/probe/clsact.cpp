// SPDX-License-Identifier: Apache-2.0
// How does a program watch by TC where the kernel has no TCX (before 6.6)?
#include "probe/clsact.h"

#include <bpf/libbpf.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "probe/libbpf_log.h"
#include "probe/netlink.h"

namespace mxray {
namespace {

// The handle marks a filter as ours ("mx"). Low priorities come first: a filter
// further up that ends the classification would hide packets. Each priority
// belongs to one kind of classifier, so others may be taken.
constexpr std::uint32_t kHandle = 0x6d78;
constexpr std::uint32_t kPriorities[] = {1, 2, 3};

bpf_tc_hook hook_of(std::uint32_t ifindex, Direction direction) {
  bpf_tc_hook hook{};
  hook.sz = sizeof hook;
  hook.ifindex = static_cast<int>(ifindex);
  hook.attach_point = direction == Direction::kIngress ? BPF_TC_INGRESS : BPF_TC_EGRESS;
  return hook;
}

bpf_tc_opts options_of(std::uint32_t priority) {
  bpf_tc_opts options{};
  options.sz = sizeof options;
  options.handle = kHandle;
  options.priority = priority;
  return options;
}

/// The id of the program behind our handle; 0 if there is none.
std::uint32_t program_at(std::uint32_t ifindex, Direction direction, std::uint32_t priority) {
  const auto hook = hook_of(ifindex, direction);
  auto options = options_of(priority);
  return bpf_tc_query(&hook, &options) == 0 ? options.prog_id : 0;
}

/// 0, or the errno for which it is still there.
int remove_filter(std::uint32_t ifindex, Direction direction, std::uint32_t priority) {
  const auto hook = hook_of(ifindex, direction);
  const auto options = options_of(priority);
  const int error = -bpf_tc_detach(&hook, &options);
  return error == ENOENT || error == ENODEV ? 0 : error;
}

constexpr Direction kDirections[] = {Direction::kIngress, Direction::kEgress};

FilterRemoval remove_leftovers(std::uint32_t ifindex, Direction direction) {
  FilterRemoval removal;
  for (const auto priority : kPriorities) {
    if (program_at(ifindex, direction, priority) == 0) continue;
    const int error = remove_filter(ifindex, direction, priority);
    if (error == 0) removal.any = true;
    if (error != 0) removal.error = error;
  }
  return removal;
}

bool has_leftovers(std::uint32_t ifindex) {
  for (const auto direction : kDirections) {
    for (const auto priority : kPriorities) {
      if (program_at(ifindex, direction, priority) != 0) return true;
    }
  }
  return false;
}

bool has_filters(std::uint32_t ifindex) {
  bool found = false;
  for (const std::uint32_t minor : {TC_H_MIN_INGRESS, TC_H_MIN_EGRESS}) {
    tcmsg header{};
    header.tcm_family = AF_UNSPEC;
    header.tcm_ifindex = static_cast<int>(ifindex);
    header.tcm_parent = TC_H_MAKE(TC_H_CLSACT, minor);
    netlink::Request request(RTM_GETTFILTER, NLM_F_DUMP);
    request.family_header(header);
    const auto asked =
        netlink::exchange(NETLINK_ROUTE, request, [&](const netlink::Message&) { found = true; });
    if (!asked) return true;  // unknown: leave the qdisc alone
  }
  return found;
}

void remove_qdisc_if_unused(std::uint32_t ifindex) {
  if (has_filters(ifindex)) return;
  LibbpfLog silence;
  bpf_tc_hook hook = hook_of(ifindex, Direction::kIngress);
  hook.attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);
  bpf_tc_hook_destroy(&hook);
}

}  // namespace

FilterRemoval remove_clsact_filters(std::uint32_t ifindex, Direction direction) {
  LibbpfLog silence;
  const FilterRemoval removal = remove_leftovers(ifindex, direction);
  if (removal.any) remove_qdisc_if_unused(ifindex);
  return removal;
}

Result<std::shared_ptr<ClsactQdisc>> ClsactQdisc::open(std::uint32_t ifindex, Leftovers leftovers) {
  LibbpfLog silence;
  bpf_tc_hook hook = hook_of(ifindex, Direction::kIngress);
  const int error = bpf_tc_hook_create(&hook);
  if (error != 0 && error != -EEXIST) {
    return Error{std::string("no clsact qdisc: ") + std::strerror(-error)};
  }
  // Whoever left our filters behind had probably made the qdisc as well; it
  // goes with us only if nothing else is on it by then.
  const bool ours = error == 0 || has_leftovers(ifindex);
  for (const auto direction : kDirections) {
    if (leftovers == Leftovers::kRemove) remove_leftovers(ifindex, direction);
  }
  return std::shared_ptr<ClsactQdisc>(new ClsactQdisc(ifindex, ours));
}

ClsactQdisc::~ClsactQdisc() {
  if (ours_) remove_qdisc_if_unused(ifindex_);
}

Result<ClsactFilter> ClsactFilter::attach(int program, std::shared_ptr<ClsactQdisc> qdisc,
                                          Direction direction) {
  LibbpfLog silence;
  const auto hook = hook_of(qdisc->ifindex(), direction);
  const auto attach_at = [&](std::uint32_t priority, std::uint32_t flags, bpf_tc_opts& options) {
    options = options_of(priority);
    options.prog_fd = program;
    options.flags = flags;
    return bpf_tc_attach(&hook, &options);
  };
  bpf_tc_opts options{};
  for (const auto priority : kPriorities) {
    if (program_at(qdisc->ifindex(), direction, priority) == 0) continue;
    if (attach_at(priority, BPF_TC_F_REPLACE, options) == 0) {
      return ClsactFilter(std::move(qdisc), direction, priority, options.prog_id);
    }
  }
  int error = 0;
  for (const auto priority : kPriorities) {
    error = attach_at(priority, 0, options);
    if (error == 0) {
      return ClsactFilter(std::move(qdisc), direction, priority, options.prog_id);
    }
  }
  return Error{std::string("no clsact filter: ") + std::strerror(-error)};
}

ClsactFilter& ClsactFilter::operator=(ClsactFilter&& other) noexcept {
  if (this != &other) {
    detach();
    qdisc_ = std::move(other.qdisc_);
    direction_ = other.direction_;
    priority_ = other.priority_;
    program_id_ = other.program_id_;
    stays_ = other.stays_;
  }
  return *this;
}

ClsactFilter::~ClsactFilter() { detach(); }

void ClsactFilter::detach() {
  if (!qdisc_) return;
  if (!stays_ && alive()) {
    LibbpfLog silence;
    remove_filter(qdisc_->ifindex(), direction_, priority_);
  }
  qdisc_.reset();
}

bool ClsactFilter::alive() const {
  if (!qdisc_) return false;
  LibbpfLog silence;
  return program_at(qdisc_->ifindex(), direction_, priority_) == program_id_;
}

}  // namespace mxray
