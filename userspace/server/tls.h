// SPDX-License-Identifier: Apache-2.0
// What does a TLS session of the web server offer, and whom does it let in?
//
// GnuTLS behind it, as libmicrohttpd has it. A new session takes what is in force
// when it begins, and keeps it until its end: so certificates change without a
// restart and without a broken connection.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "server/web_config.h"

struct gnutls_session_int;  // gnutls_session_t points to it

namespace mxray {

class Tls {
 public:
  /// Reads certificate, key and CA. The error names the file and what is wrong in it.
  static Result<std::shared_ptr<const Tls>> read(const TlsSettings& settings);

  Tls();
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  /// To be called before the handshake; this must outlive the session.
  void apply_to(gnutls_session_int* session) const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

/// TLS versions, ciphers and groups as a GnuTLS priority string. The error says which
/// of the settings' names is unknown, or cannot be had without another.
Result<std::string> priority_string(const TlsSettings& settings);

}  // namespace mxray
