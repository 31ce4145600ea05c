// SPDX-License-Identifier: Apache-2.0
#include "unit/server_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <utility>

namespace mxray::testing {
namespace {

Fd open_socket(int family) {
  Fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{.tv_sec = 60, .tv_usec = 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return fd;
}

sockaddr_in loopback(int last, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  constexpr in_addr_t kNetwork = 0x7f000000;
  address.sin_addr.s_addr = htonl(kNetwork + static_cast<in_addr_t>(last));
  return address;
}

}  // namespace

Fd connect_tcp(std::uint16_t port, int from) {
  Fd fd = open_socket(AF_INET);
  const int at_once = 1;  // what is written in two parts is sent in two parts
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  const sockaddr_in own = loopback(from, 0), server = loopback(1, port);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) {
    fd.reset();
  }
  return fd;
}

Fd connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  Fd fd = open_socket(AF_UNIX);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fd.reset();
  }
  return fd;
}

void send_text(const Fd& connection, const std::string& text) {
  static_cast<void>(::send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL));
}

std::string read_all(const Fd& connection) {
  std::string answer;
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t size = ::recv(connection.get(), buffer.data(), buffer.size(), 0);
    if (size <= 0) return answer;
    answer.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

std::string get(const Fd& connection, const std::string& target) {
  send_text(connection, "GET " + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  return read_all(connection);
}

Serving::Serving(HttpServer server)
    : server_(std::move(server)), thread_([this] {
        bool more = false;
        while (!stopping_) {
          pollfd waiting{.fd = server_.poll_fd(), .events = POLLIN, .revents = 0};
          ::poll(&waiting, 1, more ? 0 : 20);
          more = server_.run();
        }
      }) {}

Serving::~Serving() {
  stopping_ = true;
  thread_.join();
}

}  // namespace mxray::testing
