// SPDX-License-Identifier: Apache-2.0
#include "server/tls.h"
#include "base/small_file.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace mxray {
namespace {

struct FreeCredentials {
  void operator()(gnutls_certificate_credentials_st* credentials) const {
    ::gnutls_certificate_free_credentials(credentials);
  }
};
using Credentials = std::unique_ptr<gnutls_certificate_credentials_st, FreeCredentials>;

struct FreePriority {
  void operator()(gnutls_priority_st* priority) const { ::gnutls_priority_deinit(priority); }
};
using Priority = std::unique_ptr<gnutls_priority_st, FreePriority>;

struct FreeCertificate {
  void operator()(gnutls_x509_crt_int* certificate) const { ::gnutls_x509_crt_deinit(certificate); }
};
using Certificate = std::unique_ptr<gnutls_x509_crt_int, FreeCertificate>;

Result<std::string> content_of(std::string_view key, const std::filesystem::path& path) {
  auto content = read_small_file(path);
  if (!content) {
    return Error{
        fmt::format("{}: {} cannot be read: {}", key, path.string(), content.error().message)};
  }
  if (content->empty()) return Error{fmt::format("{}: {} is empty", key, path.string())};
  return content;
}

gnutls_datum_t datum_of(std::string& text) {
  return {reinterpret_cast<unsigned char*>(text.data()), static_cast<unsigned>(text.size())};
}

std::string address_text(std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  if (bytes.size() != sizeof(in_addr) && bytes.size() != sizeof(in6_addr)) return {};
  return ::inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr ? "" : text.data();
}

/// DNS names, addresses, mail addresses and URIs of the certificate.
std::vector<std::string> alternative_names(gnutls_x509_crt_t certificate) {
  std::vector<std::string> names;
  for (unsigned i = 0;; ++i) {
    std::string name(1024, '\0');
    std::size_t size = name.size();
    const int type =
        ::gnutls_x509_crt_get_subject_alt_name(certificate, i, name.data(), &size, nullptr);
    if (type == GNUTLS_E_SHORT_MEMORY_BUFFER) continue;  // no name that anybody lists
    if (type < 0) return names;
    name.resize(size);
    names.push_back(type == GNUTLS_SAN_IPADDRESS ? address_text(name) : name);
  }
}

Certificate peer_certificate(gnutls_session_t session) {
  unsigned count = 0;
  const gnutls_datum_t* chain = ::gnutls_certificate_get_peers(session, &count);
  gnutls_x509_crt_t read = nullptr;
  if (chain == nullptr || count == 0 || ::gnutls_x509_crt_init(&read) != 0) return nullptr;
  Certificate certificate(read);
  if (::gnutls_x509_crt_import(read, chain, GNUTLS_X509_FMT_DER) != 0) return nullptr;
  return certificate;
}

bool is_trusted(gnutls_session_t session) {
  gnutls_typed_vdata_st purpose{};
  purpose.type = GNUTLS_DT_KEY_PURPOSE_OID;
  std::string client = GNUTLS_KP_TLS_WWW_CLIENT;
  purpose.data = reinterpret_cast<unsigned char*>(client.data());
  unsigned status = 0;
  return ::gnutls_certificate_verify_peers(session, &purpose, 1, &status) == 0 && status == 0;
}

}  // namespace

class Tls::State {
 public:
  Status read(const TlsSettings& settings) {
    settings_ = settings;
    gnutls_certificate_credentials_t made = nullptr;
    if (::gnutls_certificate_allocate_credentials(&made) != 0) return Error{"no memory for TLS"};
    credentials_.reset(made);
    if (Status read = read_pair(); !read) return read;
    if (Status read = read_ca(); !read) return read;
    const auto priority = priority_string(settings);
    if (!priority) return priority.error();
    gnutls_priority_t parsed = nullptr;
    ::gnutls_priority_init2(&parsed, priority->c_str(), nullptr, 0);  // known to work
    priority_.reset(parsed);
    return Ok{};
  }

  void apply_to(gnutls_session_t session) {
    ::gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_.get());
    ::gnutls_priority_set(session, priority_.get());
    if (settings_.client_auth == ClientAuth::kNone) return;
    const bool requires_one = settings_.client_auth == ClientAuth::kRequireAny ||
                              settings_.client_auth == ClientAuth::kRequireAndVerify;
    ::gnutls_certificate_server_set_request(
        session, requires_one ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_REQUEST);
    ::gnutls_session_set_ptr(session, this);
    ::gnutls_session_set_verify_function(session, &State::verify);
  }

 private:
  Status read_pair() {
    auto certificate = content_of("cert_file", settings_.cert_file);
    if (!certificate) return certificate.error();
    auto key = content_of("key_file", settings_.key_file);
    if (!key) return key.error();
    const gnutls_datum_t certificate_datum = datum_of(*certificate), key_datum = datum_of(*key);
    const int code = ::gnutls_certificate_set_x509_key_mem2(
        credentials_.get(), &certificate_datum, &key_datum, GNUTLS_X509_FMT_PEM, nullptr, 0);
    ::gnutls_memset(key->data(), 0, key->size());
    if (code >= 0) return Ok{};
    return Error{fmt::format("cert_file {} and key_file {} are no pair in PEM form: {}",
                             settings_.cert_file.string(), settings_.key_file.string(),
                             ::gnutls_strerror(code))};
  }

  Status read_ca() {
    if (settings_.client_ca_file.empty()) return Ok{};
    auto ca = content_of("client_ca_file", settings_.client_ca_file);
    if (!ca) return ca.error();
    const gnutls_datum_t datum = datum_of(*ca);
    const int count =
        ::gnutls_certificate_set_x509_trust_mem(credentials_.get(), &datum, GNUTLS_X509_FMT_PEM);
    if (count > 0) return Ok{};
    return Error{fmt::format("client_ca_file: {} holds no certificate in PEM form",
                             settings_.client_ca_file.string())};
  }

  /// 0 lets the client in; it may have sent no certificate unless one is required.
  static int verify(gnutls_session_t session) {
    const auto& self = *static_cast<const State*>(::gnutls_session_get_ptr(session));
    const ClientAuth wanted = self.settings_.client_auth;
    const Certificate certificate = peer_certificate(session);
    if (!certificate) {
      const bool may_be_missing =
          wanted == ClientAuth::kRequest || wanted == ClientAuth::kVerifyIfGiven;
      unsigned count = 0;
      const bool is_missing = ::gnutls_certificate_get_peers(session, &count) == nullptr;
      return may_be_missing && is_missing ? 0 : -1;
    }
    const bool must_be_trusted =
        wanted == ClientAuth::kVerifyIfGiven || wanted == ClientAuth::kRequireAndVerify;
    if (must_be_trusted && !is_trusted(session)) return -1;
    const auto& allowed = self.settings_.client_allowed_sans;
    if (allowed.empty()) return 0;
    const auto names = alternative_names(certificate.get());
    return std::find_first_of(names.begin(), names.end(), allowed.begin(), allowed.end()) !=
                   names.end()
               ? 0
               : -1;
  }

  TlsSettings settings_;
  Credentials credentials_;
  Priority priority_;
};

Tls::Tls() : state_(std::make_unique<State>()) {}
Tls::~Tls() = default;

Result<std::shared_ptr<const Tls>> Tls::read(const TlsSettings& settings) {
  auto tls = std::make_shared<Tls>();
  if (Status read = tls->state_->read(settings); !read) return read.error();
  return std::shared_ptr<const Tls>(std::move(tls));
}

void Tls::apply_to(gnutls_session_t session) const { state_->apply_to(session); }

}  // namespace mxray
