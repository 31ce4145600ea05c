// SPDX-License-Identifier: Apache-2.0
#include "unit/server_tls.h"

#include <gnutls/abstract.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <fstream>

#include "unit/server_client.h"

namespace mxray::testing {
namespace {

struct EndSession {
  void operator()(gnutls_session_int* session) const { ::gnutls_deinit(session); }
};
struct FreeCredentials {
  void operator()(gnutls_certificate_credentials_st* credentials) const {
    ::gnutls_certificate_free_credentials(credentials);
  }
};
using Session = std::unique_ptr<gnutls_session_int, EndSession>;
using Credentials = std::unique_ptr<gnutls_certificate_credentials_st, FreeCredentials>;

Credentials new_credentials() {
  gnutls_certificate_credentials_t made = nullptr;
  ::gnutls_certificate_allocate_credentials(&made);
  return Credentials(made);
}

Session new_session(const Credentials& credentials, unsigned flags = 0,
                    const std::string& priority = "NORMAL") {
  gnutls_session_t opened = nullptr;
  ::gnutls_init(&opened, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL | flags);
  ::gnutls_priority_set_direct(opened, priority.c_str(), nullptr);
  ::gnutls_credentials_set(opened, GNUTLS_CRD_CERTIFICATE, credentials.get());
  return Session(opened);
}

Identity new_identity(const std::string& name) {
  Identity identity;
  gnutls_x509_privkey_t key = nullptr;
  ::gnutls_x509_privkey_init(&key);
  identity.key.reset(key);
  ::gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                 GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
  gnutls_x509_crt_t certificate = nullptr;
  ::gnutls_x509_crt_init(&certificate);
  identity.certificate.reset(certificate);
  constexpr std::time_t kHour = 3600;
  const std::time_t now = std::time(nullptr);
  ::gnutls_x509_crt_set_version(certificate, 3);
  ::gnutls_x509_crt_set_serial(certificate, "\x01", 1);
  ::gnutls_x509_crt_set_activation_time(certificate, now - kHour);
  ::gnutls_x509_crt_set_expiration_time(certificate, now + kHour);
  ::gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name.data(),
                                  static_cast<unsigned>(name.size()));
  ::gnutls_x509_crt_set_key(certificate, key);
  return identity;
}

Identity named_identity(const std::string& name, const std::string& purpose) {
  Identity identity = new_identity(name);
  ::gnutls_x509_crt_set_subject_alt_name(identity.certificate.get(), GNUTLS_SAN_DNSNAME,
                                         name.data(), static_cast<unsigned>(name.size()),
                                         GNUTLS_FSAN_SET);
  ::gnutls_x509_crt_set_key_purpose_oid(identity.certificate.get(), purpose.c_str(), 0);
  return identity;
}

template <typename Export>
void write_pem(const std::filesystem::path& path, Export to_pem) {
  std::string text(8192, '\0');
  std::size_t size = text.size();
  to_pem(text.data(), &size);
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(size));
}

std::string first_dns_name(gnutls_session_t session) {
  unsigned count = 0;
  const gnutls_datum_t* chain = ::gnutls_certificate_get_peers(session, &count);
  if (chain == nullptr) return {};
  gnutls_x509_crt_t certificate = nullptr;
  ::gnutls_x509_crt_init(&certificate);
  const std::unique_ptr<gnutls_x509_crt_int, DeleteCertificate> owner(certificate);
  ::gnutls_x509_crt_import(certificate, chain, GNUTLS_X509_FMT_DER);
  std::array<char, 256> name{};
  std::size_t size = name.size();
  ::gnutls_x509_crt_get_subject_alt_name(certificate, 0, name.data(), &size, nullptr);
  return {name.data(), size};
}

bool shake_hands(gnutls_session_t session) {
  int code = 0;
  do {
    code = ::gnutls_handshake(session);
  } while (code < 0 && ::gnutls_error_is_fatal(code) == 0);
  return code == 0;
}

}  // namespace

void Identity::write(const std::filesystem::path& certificate_file,
                     const std::filesystem::path& key_file) const {
  write_pem(certificate_file, [this](char* out, std::size_t* size) {
    ::gnutls_x509_crt_export(certificate.get(), GNUTLS_X509_FMT_PEM, out, size);
  });
  write_pem(key_file, [this](char* out, std::size_t* size) {
    ::gnutls_x509_privkey_export(key.get(), GNUTLS_X509_FMT_PEM, out, size);
  });
}

Identity make_ca() {
  Identity ca = new_identity("a CA");
  ::gnutls_x509_crt_set_basic_constraints(ca.certificate.get(), 1, -1);
  ::gnutls_x509_crt_set_key_usage(ca.certificate.get(), GNUTLS_KEY_KEY_CERT_SIGN);
  ::gnutls_x509_crt_sign2(ca.certificate.get(), ca.certificate.get(), ca.key.get(),
                          GNUTLS_DIG_SHA256, 0);
  return ca;
}

Identity make_identity(const Identity& ca, const std::string& name, const std::string& purpose,
                       int hours_ago) {
  Identity identity = named_identity(name, purpose);
  constexpr std::time_t kHour = 3600;
  const std::time_t begin = std::time(nullptr) - hours_ago * kHour;
  ::gnutls_x509_crt_set_activation_time(identity.certificate.get(), begin);
  ::gnutls_x509_crt_set_expiration_time(identity.certificate.get(), begin + 2 * kHour);
  ::gnutls_x509_crt_sign2(identity.certificate.get(), ca.certificate.get(), ca.key.get(),
                          GNUTLS_DIG_SHA256, 0);
  return identity;
}

Identity make_self_signed(const std::string& name, const std::string& purpose) {
  Identity identity = named_identity(name, purpose);
  ::gnutls_x509_crt_sign2(identity.certificate.get(), identity.certificate.get(),
                          identity.key.get(), GNUTLS_DIG_SHA256, 0);
  return identity;
}

TlsAnswer get_over_tls(std::uint16_t port, const Identity* identity, const std::string& headers,
                       const std::string& priority) {
  const Credentials credentials = new_credentials();
  if (identity != nullptr) {
    gnutls_x509_crt_t certificate = identity->certificate.get();
    ::gnutls_certificate_set_x509_key(credentials.get(), &certificate, 1, identity->key.get());
    // Send it whatever CAs the server names: whom to let in is the server's to say.
    ::gnutls_certificate_set_flags(credentials.get(), GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
  }
  const Session session = new_session(credentials, GNUTLS_FORCE_CLIENT_CERT, priority);
  gnutls_session_t opened = session.get();
  const Fd connection = connect_tcp(port);
  ::gnutls_transport_set_int(opened, connection.get());

  TlsAnswer answer;
  if (!shake_hands(opened)) return answer;
  answer.server_name = first_dns_name(opened);
  answer.version = ::gnutls_protocol_get_name(::gnutls_protocol_get_version(opened));
  const std::string request =
      "GET /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + headers + "\r\n";
  ::gnutls_record_send(opened, request.data(), request.size());
  std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t size = ::gnutls_record_recv(opened, buffer.data(), buffer.size());
    if (size == GNUTLS_E_INTERRUPTED) continue;
    if (size <= 0) return answer;
    answer.text.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

Fd ask_over_tls(std::uint16_t port, const std::string& path, int from) {
  const Credentials credentials = new_credentials();
  const Session session = new_session(credentials);
  Fd connection = connect_tcp(port, from);
  ::gnutls_transport_set_int(session.get(), connection.get());
  if (!shake_hands(session.get())) return {};
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n";
  ::gnutls_record_send(session.get(), request.data(), request.size());
  return connection;
}

Fd half_open_tls(std::uint16_t port, int from) {
  Fd connection = connect_tcp(port, from);
  const Credentials credentials = new_credentials();
  const Session session = new_session(credentials);
  ::gnutls_transport_set_ptr(session.get(), &connection);
  ::gnutls_transport_set_push_function(
      session.get(), [](gnutls_transport_ptr_t to, const void* data, std::size_t size) -> ssize_t {
        return ::send(static_cast<Fd*>(to)->get(), data, size, MSG_NOSIGNAL);
      });
  // Never an answer: only the client's first flight is sent.
  ::gnutls_transport_set_pull_function(session.get(),
                                       [](gnutls_transport_ptr_t, void*, std::size_t) -> ssize_t {
                                         errno = EAGAIN;
                                         return -1;
                                       });
  ::gnutls_handshake(session.get());
  return connection;
}

}  // namespace mxray::testing
