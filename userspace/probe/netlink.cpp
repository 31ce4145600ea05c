// SPDX-License-Identifier: Apache-2.0
// How is the kernel asked over netlink, and its answer taken apart?
#include "probe/netlink.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace mxray::netlink {
namespace {

// A dump's datagrams are at most 32 KiB (linux/netlink.h, NLMSG_GOODSIZE and
// the kernel's min_dump_alloc for links with many attributes).
constexpr std::size_t kReceiveBuffer = 65536;

constexpr int kTries = 8;  // for a list that changes while it is read

constexpr std::uint32_t kSequence = 1;  // one request a socket

Error failed(std::string_view what, int error) {
  return Error{fmt::format("netlink {} failed: {}", what, std::strerror(error))};
}

}  // namespace

Request::Request(std::uint16_t type, std::uint16_t flags) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
  header.nlmsg_seq = kSequence;
  append(std::as_bytes(std::span(&header, 1)));
}

Request& Request::append(Bytes bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  return *this;
}

Request& Request::attribute(std::uint16_t type, Bytes value) {
  nlattr attribute{};
  attribute.nla_type = type;
  attribute.nla_len = static_cast<std::uint16_t>(sizeof attribute + value.size());
  append(std::as_bytes(std::span(&attribute, 1)));
  return append(value);
}

Request& Request::filtered() {
  filtered_ = true;
  return *this;
}

std::vector<std::byte> Request::message() const {
  std::vector<std::byte> complete = bytes_;
  const auto length = static_cast<std::uint32_t>(complete.size());
  std::memcpy(complete.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
  return complete;
}

Result<Fd> open_socket(int protocol, std::uint32_t groups, bool nonblocking) {
  const int type = SOCK_RAW | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0);
  Fd fd(::socket(AF_NETLINK, type, protocol));
  if (!fd) return failed("socket", errno);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failed("bind", errno);
  }
  return fd;
}

void for_each_message(Bytes datagram, const std::function<void(const Message&)>& on_message) {
  while (const auto header = read_as<nlmsghdr>(datagram)) {
    if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > datagram.size()) return;
    on_message({header->nlmsg_type,
                datagram.subspan(NLMSG_HDRLEN, header->nlmsg_len - std::size_t{NLMSG_HDRLEN}),
                header->nlmsg_flags});
    const std::size_t step = NLMSG_ALIGN(std::size_t{header->nlmsg_len});
    datagram = datagram.subspan(std::min(step, datagram.size()));
  }
}

namespace {

/// true: complete; false: something changed meanwhile.
Result<bool> exchange_once(int protocol, const Request& request,
                           const std::function<void(const Message&)>& on_message) {
  auto socket = open_socket(protocol);
  if (!socket) return socket.error();
  if (request.is_filtered()) {
    const int on = 1;  // an old kernel refuses it, and lists more
    (void)::setsockopt(socket->get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  }
  const auto message = request.message();
  if (::send(socket->get(), message.data(), message.size(), 0) < 0) return failed("send", errno);

  std::vector<std::byte> buffer(kReceiveBuffer);
  bool done = false;
  bool complete = true;
  int error = 0;
  while (!done) {
    const ssize_t length = ::recv(socket->get(), buffer.data(), buffer.size(), 0);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return failed("receive", errno);
    for_each_message(Bytes(buffer).first(static_cast<std::size_t>(length)),
                     [&](const Message& part) {
                       if ((part.flags & NLM_F_DUMP_INTR) != 0) complete = false;
                       if (part.type == NLMSG_DONE || part.type == NLMSG_ERROR) {
                         // Both begin with a negative errno, or 0 for success.
                         if (const auto code = read_as<int>(part.payload)) error = -*code;
                         // E.g. a routing table that nobody has used yet.
                         if (part.type == NLMSG_DONE && error == ENOENT) error = 0;
                         done = true;
                       } else {
                         on_message(part);
                       }
                     });
  }
  if (error != 0) return failed("request", error);
  return complete;
}

}  // namespace

Status exchange(int protocol, const Request& request,
                const std::function<void(const Message&)>& on_message,
                const std::function<void()>& anew) {
  for (int left = kTries; left > 0; --left) {
    const auto complete = exchange_once(protocol, request, on_message);
    if (!complete) return complete.error();
    if (*complete || !anew) return Ok{};
    anew();
  }
  return Error{fmt::format("netlink gave no complete list: it changed {} times meanwhile", kTries)};
}

void for_each_attribute(Bytes attributes,
                        const std::function<void(std::uint16_t, Bytes)>& on_attribute) {
  while (const auto attribute = read_as<nlattr>(attributes)) {
    if (attribute->nla_len < sizeof(nlattr) || attribute->nla_len > attributes.size()) return;
    on_attribute(static_cast<std::uint16_t>(attribute->nla_type & NLA_TYPE_MASK),
                 attributes.subspan(NLA_HDRLEN, attribute->nla_len - std::size_t{NLA_HDRLEN}));
    const std::size_t step = NLA_ALIGN(std::size_t{attribute->nla_len});
    attributes = attributes.subspan(std::min(step, attributes.size()));
  }
}

std::string text_of(Bytes value) {
  const auto* text = reinterpret_cast<const char*>(value.data());
  return std::string(text, strnlen(text, value.size()));
}

}  // namespace mxray::netlink
