// SPDX-License-Identifier: Apache-2.0
#include "server/gate.h"

#include <gnutls/gnutls.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "server/connections.h"

namespace mxray {
namespace {

struct Login {
  std::string user;
  std::string password;
};

/// What `Authorization` says in the basic scheme, RFC 7617. It has no control characters in
/// it: no NUL with something behind it that nobody looks at.
std::optional<Login> read_login(std::string_view header) {
  constexpr std::string_view kScheme = "basic ";
  const auto is_same = [](char ours, char theirs) {
    return ours == std::tolower(static_cast<unsigned char>(theirs));
  };
  if (header.size() < kScheme.size() ||
      !std::equal(kScheme.begin(), kScheme.end(), header.begin(), is_same)) {
    return std::nullopt;
  }
  std::string encoded(header.substr(kScheme.size()));
  const gnutls_datum_t in{reinterpret_cast<unsigned char*>(encoded.data()),
                          static_cast<unsigned>(encoded.size())};
  gnutls_datum_t out{};
  if (::gnutls_base64_decode2(&in, &out) != 0) return std::nullopt;
  const std::string text(reinterpret_cast<const char*>(out.data), out.size);
  ::gnutls_free(out.data);
  const auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7f; };
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || std::any_of(text.begin(), text.end(), is_control)) {
    return std::nullopt;
  }
  return Login{.user = text.substr(0, colon), .password = text.substr(colon + 1)};
}

std::string client_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return mxray::client_of(info == nullptr ? nullptr : info->client_addr);
}

}  // namespace

std::optional<Password> Gate::password_of(MHD_Connection* connection) const {
  const char* header =
      MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
  auto login = read_login(header == nullptr ? "" : header);
  if (!login) return std::nullopt;
  const auto& users = access_.in_force()->config.users;
  auto found = users.find(login->user);
  if (found == users.end()) {
    // For a stranger it takes as long as for one of the users, for the same stranger always
    // for the same: the time must not tell who exists.
    const auto instead = std::hash<std::string>{}(login->user) % users.size();
    found = std::next(users.begin(), static_cast<std::ptrdiff_t>(instead));
  }
  return Password{
      .user = std::move(login->user), .text = std::move(login->password), .hash = found->second};
}

Gate::Answer Gate::refuse(Response& refusal, Response with) const {
  refusal = std::move(with);
  if (on_refused_) on_refused_(refusal.status);
  return Answer::kRefused;
}

Gate::Answer Gate::ask(MHD_Connection* connection, Response& refusal) {
  forget(connection);
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
