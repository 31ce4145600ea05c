// SPDX-License-Identifier: Apache-2.0
#include "server/gate.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "server/connections.h"

namespace mxray {
namespace {

struct Free {
  void operator()(char* text) const { std::free(text); }
};

std::string client_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return mxray::client_of(info == nullptr ? nullptr : info->client_addr);
}

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

std::shared_ptr<const Tls> Gate::begin_session(gnutls_session_int* session) const {
  const auto& tls = access_.in_force()->tls;
  tls->apply_to(session);
  return tls;
}

void Gate::close() {
  passwords_.reset();
  for (MHD_Connection* connection : aside_) MHD_resume_connection(connection);
  aside_.clear();
}

}  // namespace mxray
