// SPDX-License-Identifier: Apache-2.0
#include "trace/prober.h"

#include <fmt/format.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/socket_address.h"
#include "base/time.h"

namespace mxray::trace {
namespace {

constexpr std::size_t kMappedPrefix = 12;
constexpr std::size_t kMaxPacket = 2048;

// A socket address of either family.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress socket_address(const Endpoint& endpoint, std::uint32_t scope) {
  SocketAddress result;
  if (is_ipv4(endpoint.address)) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, endpoint.address.bytes + kMappedPrefix, sizeof v4.sin_addr);
    std::memcpy(&result.storage, &v4, sizeof v4);
    result.length = sizeof v4;
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    v6.sin6_scope_id = scope;
    std::memcpy(&v6.sin6_addr, endpoint.address.bytes, sizeof v6.sin6_addr);
    std::memcpy(&result.storage, &v6, sizeof v6);
    result.length = sizeof v6;
  }
  return result;
}

Error failure(std::string_view what, std::string_view remedy) {
  return Error{fmt::format("{} ({}); {}", what, std::strerror(errno), remedy)};
}

Error permission_error() {
  return Error{
      "tracing needs CAP_NET_RAW for its raw sockets; run it with sudo, or once "
      "`setcap cap_net_raw+ep` on the mxray program"};
}

Result<Fd> open_socket(const ProberSettings& settings, int type, int protocol) {
  const int family = is_ipv4(settings.server.address) ? AF_INET : AF_INET6;
  Fd fd(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (!fd && errno == EPERM) return permission_error();
  if (!fd) return failure("cannot open a socket", "does this kernel have the address family?");
  const std::string& name = settings.interface;
  if (!name.empty() && ::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(),
                                    static_cast<socklen_t>(name.size())) != 0) {
    return failure(fmt::format("cannot use interface {}", name), "`ip link` lists those there are");
  }
  return fd;
}

// The source address that the kernel chooses for the server: asked with a UDP
// socket, whose connect() sends nothing.
Result<core::address> choose_source(const ProberSettings& settings) {
  if (settings.source) return *settings.source;
  auto udp = open_socket(settings, SOCK_DGRAM, 0);
  if (!udp) return udp.error();
  const SocketAddress server = socket_address(settings.server, settings.scope);
  SocketAddress chosen;
  if (::connect(udp->get(), server.get(), server.length) != 0 ||
      ::getsockname(udp->get(), chosen.get(), &chosen.length) != 0) {
    return failure(fmt::format("there is no way to {}", to_string(settings.server.address)),
                   "see `ip route get` for it");
  }
  return endpoint_of(chosen.get()).value_or(Endpoint{}).address;
}

// Binds `fd` to the flow's source, and the flow to the port that this gave.
Status reserve_port(const Fd& fd, const ProberSettings& settings, ProbeFlow& flow) {
  SocketAddress local = socket_address(flow.source, settings.scope);
  if (::bind(fd.get(), local.get(), local.length) != 0 ||
      ::getsockname(fd.get(), local.get(), &local.length) != 0) {
    return failure(fmt::format("cannot send from {}", to_string(flow.source.address)),
                   "give --source an address of this host");
  }
  flow.source.port = endpoint_of(local.get()).value_or(Endpoint{}).port;
  return Ok{};
}

// Only what concerns the server comes in: bound to our address, connected to its.
Result<Fd> open_tcp(const ProberSettings& settings, const ProbeFlow& flow) {
  auto fd = open_socket(settings, SOCK_RAW, IPPROTO_TCP);
  if (!fd) return fd;
  const SocketAddress local = socket_address({flow.source.address, 0}, settings.scope);
  const SocketAddress server = socket_address({flow.server.address, 0}, settings.scope);
  if (::bind(fd->get(), local.get(), local.length) != 0 ||
      ::connect(fd->get(), server.get(), server.length) != 0) {
    return failure(fmt::format("cannot reach {} from {}", to_string(flow.server.address),
                               to_string(flow.source.address)),
                   "see `ip route get` for it");
  }
  return fd;
}

Result<Fd> open_icmp(const ProberSettings& settings) {
  ProberSettings any_interface = settings;  // a router's answer may take another way
  any_interface.interface.clear();
  const bool ipv4 = is_ipv4(settings.server.address);
  auto fd = open_socket(any_interface, SOCK_RAW, ipv4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6});
  if (!fd) return fd;
  int done = 0;
  if (ipv4) {
    icmp_filter filter{};  // a set bit keeps the type out
    filter.data = ~((1U << ICMP_DEST_UNREACH) | (1U << ICMP_TIME_EXCEEDED));
    done = ::setsockopt(fd->get(), SOL_RAW, ICMP_FILTER, &filter, sizeof filter);
  } else {
    icmp6_filter filter{};
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &filter);
    done = ::setsockopt(fd->get(), IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
  }
  if (done != 0) return failure("cannot filter ICMP", "please report it");
  return fd;
}

Status stamp_arrivals(const Fd& fd) {
  const int on = 1;
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0) return Ok{};
  return failure("cannot have arrivals timed by the kernel", "please report it");
}

// The kernel stamps with the wall clock, which may be set meanwhile; how long
// the packet waited for us is short enough to be told by it all the same.
std::uint64_t arrival_ns(msghdr& message) {
  constexpr std::uint64_t kLongestWait = 1'000'000'000;
  const std::uint64_t wall = wall_clock_ns();
  const std::uint64_t now = monotonic_ns();
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    const std::uint64_t arrived = static_cast<std::uint64_t>(stamp.tv_sec) * 1'000'000'000 +
                                  static_cast<std::uint64_t>(stamp.tv_nsec);
    if (arrived <= wall && wall - arrived < kLongestWait) return now - (wall - arrived);
  }
  return now;
}

struct Arrival {
  std::vector<std::uint8_t> bytes;
  core::address from{};
  std::uint64_t time_ns = 0;
};

// nullopt: nothing more to read. An ICMP error that the kernel reports for the
// socket is no end: the same error comes as a packet to the other socket.
std::optional<Arrival> read_packet(int fd) {
  for (int errors = 0; errors < 16;) {
    Arrival arrival;
    arrival.bytes.resize(kMaxPacket);
    SocketAddress from;
    alignas(cmsghdr) std::array<char, 128> control{};
    iovec part{arrival.bytes.data(), arrival.bytes.size()};
    msghdr message{};
    message.msg_name = from.get();
    message.msg_namelen = from.length;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(fd, &message, 0);
    if (size < 0 && errno == EAGAIN) return std::nullopt;
    if (size < 0) {
      ++errors;
      continue;
    }
    arrival.bytes.resize(static_cast<std::size_t>(size));
    arrival.from = endpoint_of(from.get()).value_or(Endpoint{}).address;
    arrival.time_ns = arrival_ns(message);
    return arrival;
  }
  return std::nullopt;
}

}  // namespace

Status check_permission() {
  const Fd fd(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
  if (!fd && errno == EPERM) return permission_error();
  return Ok{};
}

Result<Prober> Prober::open(const ProberSettings& settings) {
  const auto source = choose_source(settings);
  if (!source) return source.error();
  ProbeFlow flow{.source = {*source, 0}, .server = settings.server};
  if (is_ipv4(*source) != is_ipv4(settings.server.address)) {
    return Error{
        fmt::format("{} cannot reach {}: one is IPv4, the other IPv6; choose another "
                    "--source",
                    to_string(*source), to_string(settings.server.address))};
  }
  auto reserved = open_socket(settings, SOCK_STREAM, 0);
  if (!reserved) return reserved.error();
  if (auto status = reserve_port(*reserved, settings, flow); !status) return status.error();
  auto tcp = open_tcp(settings, flow);
  if (!tcp) return tcp.error();
  auto icmp = open_icmp(settings);
  if (!icmp) return icmp.error();
  for (const Fd* fd : {&*tcp, &*icmp}) {
    if (auto status = stamp_arrivals(*fd); !status) return status.error();
  }
  return Prober(flow, *std::move(reserved), *std::move(tcp), *std::move(icmp));
}

Status Prober::send(int distance, std::uint32_t sequence) {
  const bool ipv4 = is_ipv4(flow_.server.address);
  const std::vector<std::uint8_t> segment = build_syn(flow_, sequence);
  // An ICMP error about an earlier probe may be waiting at the socket; send()
  // then returns that instead of sending, once.
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (::setsockopt(tcp_.get(), ipv4 ? int{IPPROTO_IP} : int{IPPROTO_IPV6},
                     ipv4 ? IP_TTL : IPV6_UNICAST_HOPS, &distance, sizeof distance) != 0) {
      continue;
    }
    if (::send(tcp_.get(), segment.data(), segment.size(), 0) >= 0) return Ok{};
  }
  return failure(fmt::format("cannot send a probe to {}", to_string(flow_.server)),
                 "see `ip route get` for it, and the firewall of this host");
}

std::vector<Received> Prober::receive() {
  std::vector<Received> answers;
  const bool ipv4 = is_ipv4(flow_.server.address);
  for (const int fd : fds()) {
    while (const auto arrival = read_packet(fd)) {
      std::optional<Bytes> content = Bytes(arrival->bytes);
      if (ipv4) content = ipv4_payload(*content);  // IPv6 sockets give no IP header
      if (!content) continue;
      const auto answer = fd == tcp_.get() ? read_tcp(*content, flow_) : read_icmp(*content, flow_);
      if (answer) answers.push_back({*answer, arrival->from, arrival->time_ns});
    }
  }
  return answers;
}

}  // namespace mxray::trace
