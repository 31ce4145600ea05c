// SPDX-License-Identifier: Apache-2.0
// Which certificates do the tests use, and how do they speak TLS as a client?
#pragma once

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/fd.h"

namespace mxray::testing {

struct DeletePrivateKey {
  void operator()(gnutls_x509_privkey_int* key) const { ::gnutls_x509_privkey_deinit(key); }
};
struct DeleteCertificate {
  void operator()(gnutls_x509_crt_int* certificate) const { ::gnutls_x509_crt_deinit(certificate); }
};

/// A certificate with its key, valid for two hours.
struct Identity {
  std::unique_ptr<gnutls_x509_privkey_int, DeletePrivateKey> key;
  std::unique_ptr<gnutls_x509_crt_int, DeleteCertificate> certificate;

  void write(const std::filesystem::path& certificate_file,
             const std::filesystem::path& key_file) const;
};

/// A CA that has signed itself.
Identity make_ca();
/// `name` is its DNS name, and `purpose` one of GNUTLS_KP_TLS_WWW_SERVER and ..._CLIENT. Its two
/// hours begin `hours_ago`.
Identity make_identity(const Identity& ca, const std::string& name, const std::string& purpose,
                       int hours_ago = 1);
/// As above, but signed by itself.
Identity make_self_signed(const std::string& name, const std::string& purpose);

/// What one HTTPS request met with.
struct TlsAnswer {
  std::string text;         // the whole response; empty if the server hung up
  std::string server_name;  // the first DNS name of its certificate
  std::string version;      // `TLS1.3`
};
/// GETs `/echo`; `identity` may be nullptr, `headers` are whole lines.
TlsAnswer get_over_tls(std::uint16_t port, const Identity* identity = nullptr,
                       const std::string& headers = "", const std::string& priority = "NORMAL");

/// A connection whose handshake has begun and does not go on; `from` as in connect_tcp.
Fd half_open_tls(std::uint16_t port, int from = 1);

/// A connection that asks for `path` and reads nothing of the answer.
Fd ask_over_tls(std::uint16_t port, const std::string& path, int from = 1);

}  // namespace mxray::testing
