// SPDX-License-Identifier: Apache-2.0
#include "server/gate.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

namespace mxray {
namespace {

struct Free {
  void operator()(char* text) const { std::free(text); }
};

/// The address, of IPv6 the network: whose wait it is.
std::string client_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (info == nullptr || info->client_addr == nullptr) return {};
  if (info->client_addr->sa_family == AF_INET6) {
    constexpr std::size_t kNetwork = 8;
    const auto* address = reinterpret_cast<const sockaddr_in6*>(info->client_addr);
    const std::string bytes(reinterpret_cast<const char*>(&address->sin6_addr),
                            sizeof address->sin6_addr);
    // On a socket for both, IPv4 clients share one network, ::ffff:0:0/96.
    return IN6_IS_ADDR_V4MAPPED(&address->sin6_addr) ? bytes.substr(12) : bytes.substr(0, kNetwork);
  }
  const auto* address = reinterpret_cast<const sockaddr_in*>(info->client_addr);
  return {reinterpret_cast<const char*>(&address->sin_addr), sizeof address->sin_addr};
}

using HeldTls = std::shared_ptr<const Tls>;

}  // namespace

std::optional<Password> Gate::password_of(MHD_Connection* connection) const {
  char* text = nullptr;
  const std::unique_ptr<char, Free> user(MHD_basic_auth_get_username_password(connection, &text));
  const std::unique_ptr<char, Free> owner(text);
  if (!user || text == nullptr) return std::nullopt;
  const auto& users = access_.in_force()->config.users;
  const auto found = users.find(user.get());
  // For a stranger it takes as long: the time must not tell who exists.
  return Password{.user = user.get(),
                  .text = text,
                  .hash = found != users.end() ? found->second : users.begin()->second};
}

Gate::Answer Gate::refuse(Response& refusal, Response with) const {
  refusal = std::move(with);
  if (on_refused_) on_refused_(refusal.status);
  return Answer::kRefused;
}

Gate::Answer Gate::ask(MHD_Connection* connection, Response& refusal) {
  aside_.erase(connection);
  const auto& users = access_.in_force()->config.users;
  if (users.empty()) return Answer::kAdmitted;
  const auto unauthorized = [&] {
    return refuse(refusal, {.status = MHD_HTTP_UNAUTHORIZED,
                            .body = "give a user and a password\n",
                            .headers = {{"WWW-Authenticate", "Basic realm=\"mxray\""}}});
  };
  auto password = password_of(connection);
  if (!password) return unauthorized();
  if (const auto is_right = passwords_->known(*password)) {
    return *is_right && users.contains(password->user) ? Answer::kAdmitted : unauthorized();
  }
  const std::string client = client_of(connection);
  if (!passwords_->has_room_for(client)) {
    return refuse(refusal, {.status = MHD_HTTP_SERVICE_UNAVAILABLE,
                            .body = "too many passwords wait to be checked; try again\n",
                            .headers = {{"Retry-After", "1"}}});
  }
  // In this order: a verdict must not come before the wait for it.
  aside_.insert(connection);
  MHD_suspend_connection(connection);
  passwords_->work_out(*std::move(password), client,
                       [connection] { MHD_resume_connection(connection); });
  return Answer::kPutAside;
}

void Gate::add_headers(Response& response) const {
  for (const auto& [name, value] : access_.in_force()->config.headers) {
    response.headers.emplace(name, value);  // a page's own is stricter
  }
}

void Gate::begin_session(MHD_Connection* connection, void** socket_context) const {
  const HeldTls& tls = access_.in_force()->tls;
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (!tls || info == nullptr || info->tls_session == nullptr) return;
  tls->apply_to(static_cast<gnutls_session_int*>(info->tls_session));
  *socket_context = std::make_unique<HeldTls>(tls).release();  // see end_session
}

// The library has let go of the session by now.
void Gate::end_session(void** socket_context) {
  delete static_cast<HeldTls*>(*socket_context);
  *socket_context = nullptr;
}

void Gate::close() {
  passwords_.reset();
  for (MHD_Connection* connection : aside_) MHD_resume_connection(connection);
  aside_.clear();
}

}  // namespace mxray
