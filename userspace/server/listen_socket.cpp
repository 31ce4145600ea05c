// SPDX-License-Identifier: Apache-2.0
#include "server/listen_socket.h"

#include <fmt/format.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

namespace mxray {
namespace {

constexpr int kBacklog = 1024;  // a burst of half-open connections fits

std::string address_text(const std::string& address, std::uint16_t port) {
  const bool is_ipv6 = address.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

Error tcp_error(const std::string& address, std::uint16_t port, int code) {
  const std::string where = address_text(address, port);
  switch (code) {
    case EADDRINUSE:
      return {
          fmt::format("{} is already in use by another program; choose another with "
                      "--web.listen-address ADDR:PORT",
                      where)};
    case EADDRNOTAVAIL:
      return {
          fmt::format("{} is no address of this machine; choose one with "
                      "--web.listen-address ADDR:PORT",
                      where)};
    case EACCES:
      return {
          fmt::format("not permitted to listen on {}; choose a port above 1023 with "
                      "--web.listen-address ADDR:PORT",
                      where)};
    default: return {fmt::format("cannot listen on {}: {}", where, std::strerror(code))};
  }
}

std::uint16_t bound_port(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

/// Makes room at `path`: nothing there, or the socket of a daemon that is gone.
Status clear_stale_socket(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return Ok{};
    return Error{fmt::format("cannot look at {}: {}; choose another place with --socket", path,
                             std::strerror(errno))};
  }
  if (!S_ISSOCK(info.st_mode)) {
    return Error{
        fmt::format("{} exists and is not a socket; choose another place with --socket", path)};
  }
  // Non-blocking: a living daemon with a full backlog answers EAGAIN, and must
  // not hold us up.
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_un address = unix_address(path);
  const int result =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (result == 0 || errno == EAGAIN || errno == EINPROGRESS) {
    return Error{fmt::format(
        "another mxrayd already answers on {}; stop it, or choose another place with --socket",
        path)};
  }
  if (errno != ECONNREFUSED) {
    return Error{
        fmt::format("cannot tell whether a daemon answers on {}: {}; choose another "
                    "place with --socket",
                    path, std::strerror(errno))};
  }
  if (::unlink(path.c_str()) != 0) {
    return Error{
        fmt::format("cannot remove the stale socket {}: {}; remove it by hand, or choose "
                    "another place with --socket",
                    path, std::strerror(errno))};
  }
  return Ok{};
}

Status give_to_group(const std::string& path, const std::string& group) {
  if (!group.empty()) {
    const struct group* entry = ::getgrnam(group.c_str());
    if (entry == nullptr) {
      return Error{fmt::format("group '{}' for the socket {} does not exist", group, path)};
    }
    if (::chown(path.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0) {
      return Error{fmt::format("cannot give the socket {} to group '{}': {}", path, group,
                               std::strerror(errno))};
    }
  }
  if (::chmod(path.c_str(), 0660) != 0) {
    return Error{fmt::format("cannot set the mode of {}: {}", path, std::strerror(errno))};
  }
  return Ok{};
}

}  // namespace

SocketFile& SocketFile::operator=(SocketFile&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
    device_ = other.device_;
    inode_ = other.inode_;
  }
  return *this;
}

void SocketFile::remove() noexcept {
  if (path_.empty()) return;
  struct stat info {};
  if (::lstat(path_.c_str(), &info) == 0 && info.st_dev == device_ && info.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
}

Result<TcpListener> open_tcp_listener(const std::string& address, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(address.empty() ? nullptr : address.c_str(),
                                    std::to_string(port).c_str(), &hints, &found);
  if (failure != 0) {
    return Error{
        fmt::format("'{}' is no address to listen on: {}; write --web.listen-address "
                    "ADDR:PORT, e.g. 127.0.0.1:9725 or [::1]:9725",
                    address, ::gai_strerror(failure))};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<const addrinfo*> candidates;
  for (const addrinfo* next = found; next != nullptr; next = next->ai_next) {
    candidates.push_back(next);
  }
  // All addresses: one socket serves both families, if the kernel has IPv6.
  if (address.empty()) {
    std::stable_partition(candidates.begin(), candidates.end(),
                          [](const addrinfo* one) { return one->ai_family == AF_INET6; });
  }
  int code = 0;
  for (const addrinfo* next : candidates) {
    Fd fd(::socket(next->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = 1;  // a restart need not wait for TIME_WAIT to pass
    const int off = 0;
    if (fd && address.empty() && next->ai_family == AF_INET6) {
      ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    if (fd && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        ::bind(fd.get(), next->ai_addr, next->ai_addrlen) == 0 &&
        ::listen(fd.get(), kBacklog) == 0) {
      const std::uint16_t real_port = bound_port(fd.get());
      return TcpListener{std::move(fd), real_port};
    }
    if (code == 0) code = errno;
  }
  return tcp_error(address, port, code);
}

Result<UnixListener> open_unix_listener(const std::string& path, const std::string& group) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un{}.sun_path)) {
    return Error{
        fmt::format("'{}' cannot be a socket's path: it must have 1 to {} characters; "
                    "choose another with --socket",
                    path, sizeof(sockaddr_un{}.sun_path) - 1)};
  }
  if (Status cleared = clear_stale_socket(path); !cleared) return cleared.error();

  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_un address = unix_address(path);
  // Closed to all others until its group and mode are right.
  const mode_t previous_mask = ::umask(0177);
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int code = errno;
  ::umask(previous_mask);
  if (bound != 0) {
    return Error{fmt::format("cannot make the socket {}: {}; choose another place with --socket",
                             path, std::strerror(code))};
  }
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    return Error{fmt::format("the socket {} vanished: {}", path, std::strerror(errno))};
  }
  SocketFile file(path, info.st_dev, info.st_ino);
  if (Status given = give_to_group(path, group); !given) return given.error();
  if (::listen(fd.get(), kBacklog) != 0) {
    return Error{fmt::format("cannot listen on {}: {}", path, std::strerror(errno))};
  }
  return UnixListener{std::move(fd), std::move(file)};
}

}  // namespace mxray
