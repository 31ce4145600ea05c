// SPDX-License-Identifier: Apache-2.0
// May this request be answered?
//
// By the users of the web configuration. A password that was not seen before takes
// a while: the connection is put aside meanwhile, and asks again.
// Internal to server/.
#pragma once

#include <microhttpd.h>

#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "server/http_server.h"
#include "server/password_check.h"
#include "server/web_access.h"

namespace mxray {

class Gate {
 public:
  explicit Gate(WebAccess access, std::function<void(int)> on_refused)
      : access_(std::move(access)), on_refused_(std::move(on_refused)) {}

  enum class Answer { kAdmitted, kRefused, kPutAside };

  /// kRefused: send `refusal`. kPutAside: send nothing, the library calls again. Only for a
  /// connection whose request is complete.
  Answer ask(MHD_Connection* connection, Response& refusal);

  /// It is not put aside any more, or it is gone.
  void forget(MHD_Connection* connection) { aside_.erase(connection); }

  /// What goes with every response.
  void add_headers(Response& response) const;

  /// Has a TLS session begin as the web configuration says; what is returned must live until
  /// its end.
  [[nodiscard]] std::shared_ptr<const Tls> begin_session(gnutls_session_int* session) const;

  /// Before the library stops: nobody is put aside any more.
  void close();

  [[nodiscard]] WebAccess& access() { return access_; }
  [[nodiscard]] bool has_tls() const { return access_.in_force()->tls != nullptr; }

 private:
  [[nodiscard]] std::optional<Password> password_of(MHD_Connection* connection) const;
  Answer refuse(Response& refusal, Response with) const;

  WebAccess access_;
  std::function<void(int)> on_refused_;
  std::set<MHD_Connection*> aside_;
  std::optional<PasswordCheck> passwords_{std::in_place};
};

}  // namespace mxray
