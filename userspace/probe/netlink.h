// SPDX-License-Identifier: Apache-2.0
// How is the kernel asked over netlink, and its answer taken apart?
//
// Netlink and not sysfs: /sys shows the namespace it was mounted in, a socket
// the one this process is in (`nsenter --net` changes only the latter).
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace mxray::netlink {

using Bytes = std::span<const std::byte>;

/// One request under construction: header, family header, attributes.
class Request {
 public:
  /// `flags` beside NLM_F_REQUEST, e.g. NLM_F_DUMP.
  Request(std::uint16_t type, std::uint16_t flags);

  template <typename Header>
  Request& family_header(const Header& header) {
    return append(std::as_bytes(std::span(&header, 1)));
  }
  Request& attribute(std::uint16_t type, Bytes value);
  /// Of a dump: the kernel shall leave out what the headers and attributes do not
  /// name. Kernels before 4.20 do not know how and list everything.
  Request& filtered();
  [[nodiscard]] bool is_filtered() const { return filtered_; }
  /// Complete, with the length filled in.
  [[nodiscard]] std::vector<std::byte> message() const;

 private:
  Request& append(Bytes bytes);
  std::vector<std::byte> bytes_;
  bool filtered_ = false;
};

/// One message of an answer; views into the receive buffer.
struct Message {
  std::uint16_t type = 0;
  Bytes payload;  // family header and attributes
  std::uint16_t flags = 0;
};

/// An open socket of `protocol` (NETLINK_ROUTE, ...), subscribed to the
/// multicast `groups` bit mask; never blocks if `nonblocking`.
Result<Fd> open_socket(int protocol, std::uint32_t groups = 0, bool nonblocking = false);

/// Calls `on_message` for each complete message of one datagram.
void for_each_message(Bytes datagram, const std::function<void(const Message&)>& on_message);

/// Sends `request` and reads until the dump or the acknowledgement ends it; a dump
/// of something that is not there is an empty one. The Error carries the kernel's
/// errno text. What changes during a dump may be missing in it: then it is asked for again,
/// after a call of `anew`; without that, what came has to do.
Status exchange(int protocol, const Request& request,
                const std::function<void(const Message&)>& on_message,
                const std::function<void()>& anew = {});

/// Calls `on_attribute(type, value)` for each attribute, nesting flags removed.
void for_each_attribute(Bytes attributes,
                        const std::function<void(std::uint16_t, Bytes)>& on_attribute);

/// The first sizeof(T) bytes as a T; nullopt if there are fewer.
template <typename T>
std::optional<T> read_as(Bytes bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// What follows a family header of type T (aligned to 4); empty if cut short.
template <typename T>
Bytes after_header(Bytes payload) {
  constexpr std::size_t length = NLMSG_ALIGN(sizeof(T));
  return payload.size() < length ? Bytes{} : payload.subspan(length);
}

/// A zero-terminated string attribute.
std::string text_of(Bytes value);

}  // namespace mxray::netlink
