// SPDX-License-Identifier: Apache-2.0
#include "server/handshakes.h"

#include <fmt/format.h>
#include <gnutls/gnutls.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

namespace mxray {

Status Handshakes::watch(int library_fd) {
  epoll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{};  // without a client
  event.events = EPOLLIN;
  if (epoll_ && ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, library_fd, &event) == 0) return Ok{};
  return Error{fmt::format("cannot watch for TLS handshakes: {}", std::strerror(errno))};
}

void Handshakes::begin(Client& client, MHD_Connection* connection, gnutls_session_t session,
                       int socket) {
  client = {.connection = connection,
            .session = session,
            .socket = socket,
            .handshakes = this,
            .begun = std::chrono::steady_clock::now()};
  clients_.push_back(&client);
  ::gnutls_transport_set_ptr(session, &client);
  ::gnutls_transport_set_pull_function(session, &Handshakes::pull);
  ::gnutls_transport_set_vec_push_function(session, &Handshakes::push);
}

void Handshakes::asked(Client& client) {
  if (client.has_asked) return;
  client.has_asked = true;
  std::erase(clients_, &client);
}

void Handshakes::end(Client& client) {
  std::erase(clients_, &client);
  std::erase(waiting_, &client);
}

ssize_t Handshakes::noted(Client& client, ssize_t size) {
  if (size < 0 && errno == EAGAIN && !client.has_asked) {
    client.handshakes->waiting_.push_back(&client);
    errno = EAGAIN;
  }
  return size;
}

ssize_t Handshakes::pull(void* context, void* data, std::size_t size) {
  auto& client = *static_cast<Client*>(context);
  return noted(client, ::recv(client.socket, data, size, 0));
}

// In one piece: a second small segment would wait for the client's delayed ACK.
ssize_t Handshakes::push(void* context, const giovec_t* pieces, int count) {
  auto& client = *static_cast<Client*>(context);
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces);
  message.msg_iovlen = static_cast<std::size_t>(count);
  return noted(client, ::sendmsg(client.socket, &message, MSG_NOSIGNAL));
}

void Handshakes::put_aside() {
  for (Client* client : std::exchange(waiting_, {})) {
    if (client->has_asked || client->is_aside) continue;
    epoll_event event{};
    event.events = ::gnutls_record_get_direction(client->session) == 0 ? EPOLLIN : EPOLLOUT;
    event.data.ptr = client;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, client->socket, &event) != 0) continue;
    client->is_aside = true;
    MHD_suspend_connection(client->connection);
  }
}

void Handshakes::resume(std::chrono::seconds patience) {
  if (clients_.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  while (!clients_.empty() && now - clients_.front()->begun > patience) {
    Client& late = *clients_.front();
    ::shutdown(late.socket, SHUT_RDWR);  // the library finds the end, and closes
    if (late.is_aside) go_on(late);
    asked(late);
  }
  std::array<epoll_event, 64> ready{};
  const int count = ::epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), 0);
  if (count <= 0) return;
  for (const epoll_event& event : std::span(ready).first(static_cast<std::size_t>(count))) {
    if (event.data.ptr != nullptr) go_on(*static_cast<Client*>(event.data.ptr));
  }
}

void Handshakes::go_on(Client& client) const {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, client.socket, nullptr);
  client.is_aside = false;
  MHD_resume_connection(client.connection);
}

void Handshakes::close() {
  for (Client* client : clients_) {
    if (client->is_aside) go_on(*client);
  }
}

}  // namespace mxray
