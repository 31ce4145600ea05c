// SPDX-License-Identifier: Apache-2.0
// Which BPF programs are attached to an interface, whoever attached them? Asks
// the kernel itself: bpftool knows TCX only since 7.3, Debian 12 has 7.1.
//
// Prints a line `HOOK COUNT` for each of tcx/ingress, tcx/egress and xdp that has
// any. Filters of the older clsact kind are for `tc filter show` to tell.
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "arguments.h"
#include "base/fd.h"

namespace mxray::lab {
namespace {

constexpr const char* kUsage = "usage: lab-attached INTERFACE\n";
// enum bpf_attach_type of Linux 6.6; Debian 12's headers end before.
constexpr std::uint32_t kTcxIngress = 46, kTcxEgress = 47;

/// Programs at a TCX hook; none on a kernel that has no such hook.
std::uint32_t tcx_programs(unsigned interface, std::uint32_t hook) {
  bpf_attr query{};
  query.query.target_fd = interface;  // an interface's index for this kind of hook
  query.query.attach_type = hook;
  if (::syscall(SYS_bpf, BPF_PROG_QUERY, &query, sizeof query) < 0) {
    if (errno == EINVAL || errno == ENOENT) return 0;
    throw std::system_error(errno, std::generic_category(), "BPF_PROG_QUERY");
  }
  return query.query.prog_cnt;
}

/// The attributes at `data`, `length` bytes: calls `visit` with each.
template <typename Visit>
void each_attribute(rtattr* data, std::size_t length, Visit visit) {
  auto left = static_cast<int>(length);
  for (rtattr* attribute = data; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
    visit(attribute);
}

/// 1 if an XDP program of any mode is attached, asked by rtnetlink.
std::uint32_t xdp_programs(unsigned interface) {
  const Fd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
  struct {
    nlmsghdr header;
    ifinfomsg link;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_GETLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.link.ifi_index = static_cast<int>(interface);
  alignas(nlmsghdr) std::array<char, 65536> answer{};
  if (::send(socket.get(), &request, sizeof request, 0) < 0)
    throw std::system_error(errno, std::generic_category(), "netlink");
  const ssize_t length = ::recv(socket.get(), answer.data(), answer.size(), 0);
  auto* message = reinterpret_cast<nlmsghdr*>(answer.data());
  if (length < 0 || !NLMSG_OK(message, static_cast<std::size_t>(length)) ||
      message->nlmsg_type != RTM_NEWLINK)
    throw std::runtime_error("no answer about the interface");

  std::uint32_t mode = XDP_ATTACHED_NONE;
  each_attribute(IFLA_RTA(NLMSG_DATA(message)), IFLA_PAYLOAD(message), [&](rtattr* attribute) {
    if ((attribute->rta_type & NLA_TYPE_MASK) != IFLA_XDP) return;
    each_attribute(static_cast<rtattr*>(RTA_DATA(attribute)), RTA_PAYLOAD(attribute),
                   [&](rtattr* inner) {
                     if (inner->rta_type == IFLA_XDP_ATTACHED)
                       mode = *static_cast<const std::uint8_t*>(RTA_DATA(inner));
                   });
  });
  return mode == XDP_ATTACHED_NONE ? 0 : 1;
}

void print(const char* hook, std::uint32_t count) {
  if (count > 0) std::printf("%s %u\n", hook, count);
}

int run(int argc, char** argv) {
  const Arguments arguments(argc, argv, {}, {});
  if (arguments.words().size() != 1) throw UsageError("name one interface");
  const unsigned interface = ::if_nametoindex(arguments.words().front().c_str());
  if (interface == 0)
    throw std::system_error(errno, std::generic_category(), arguments.words().front());
  print("tcx/ingress", tcx_programs(interface, kTcxIngress));
  print("tcx/egress", tcx_programs(interface, kTcxEgress));
  print("xdp", xdp_programs(interface));
  return 0;
}

}  // namespace
}  // namespace mxray::lab

int main(int argc, char** argv) {
  return mxray::lab::guarded_main("lab-attached", mxray::lab::kUsage,
                                  [&] { return mxray::lab::run(argc, argv); });
}
