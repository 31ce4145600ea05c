// SPDX-License-Identifier: Apache-2.0
// Which words of GnuTLS say what the web configuration asks for?
//
// GnuTLS takes key exchanges, ciphers and digests each on their own and allows every
// combination; the file lists whole suites. So what comes out is compared with
// what was asked for, and a list that would allow more is refused. TLS 1.3 has
// suites of its own, which such lists do not mean: it uses those whose cipher
// is allowed.
#include <fmt/format.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "server/tls.h"

namespace mxray {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kGroups{
    {{"CurveP256", "SECP256R1"},
     {"CurveP384", "SECP384R1"},
     {"CurveP521", "SECP521R1"},
     {"X25519", "X25519"}}};

// `TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA` is `TLS_ECDHE_RSA_AES_128_CBC_SHA1` here.
std::string gnutls_name(std::string name) {
  const auto at = name.find("_WITH_");
  if (at == std::string::npos) return name;  // of TLS 1.3
  name.erase(at, std::string_view("_WITH").size());
  if (name.ends_with("_SHA")) name += '1';
  constexpr std::string_view kDigest = "_SHA256";
  if (name.ends_with("_POLY1305_SHA256")) name.resize(name.size() - kDigest.size());
  return name;
}

struct Suite {
  std::string_view name;
  std::string_view key_exchange;  // empty: of TLS 1.3, whose suites do not say
  std::string_view cipher;
  std::string_view digest;
};

std::optional<Suite> suite_at(std::size_t index) {
  gnutls_kx_algorithm_t key_exchange{};
  gnutls_cipher_algorithm_t cipher{};
  gnutls_mac_algorithm_t digest{};
  const char* name =
      ::gnutls_cipher_suite_info(index, nullptr, &key_exchange, &cipher, &digest, nullptr);
  if (name == nullptr) return std::nullopt;
  const char* exchange = ::gnutls_kx_get_name(key_exchange);
  return Suite{.name = name,
               .key_exchange = exchange == nullptr ? "" : exchange,
               .cipher = ::gnutls_cipher_get_name(cipher),
               .digest = ::gnutls_mac_get_name(digest)};
}

std::optional<Suite> suite_named(std::string_view name) {
  for (std::size_t i = 0;; ++i) {
    const auto suite = suite_at(i);
    if (!suite || suite->name == name) return suite;
  }
}

/// Words in the order of their first use.
class Words {
 public:
  explicit Words(std::string_view none) : text_(fmt::format(":{}", none)) {}
  void add(std::string_view word) {
    const std::string entry = fmt::format(":+{}", word);
    if (!word.empty() && (text_ + ':').find(entry + ':') == std::string::npos) text_ += entry;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// The suites that a priority string allows beside those of TLS 1.3 and `listed`.
Result<std::vector<std::string>> unlisted(const std::string& priority,
                                          const std::vector<std::string>& listed) {
  gnutls_priority_t read = nullptr;
  if (const int code = ::gnutls_priority_init2(&read, priority.c_str(), nullptr, 0); code != 0) {
    return Error{
        fmt::format("GnuTLS takes no such combination of TLS versions, suites and "
                    "curves: {}",
                    ::gnutls_strerror(code))};
  }
  const std::unique_ptr<gnutls_priority_st, void (*)(gnutls_priority_t)> owner(
      read, &::gnutls_priority_deinit);
  std::vector<std::string> more;
  for (unsigned i = 0;; ++i) {
    unsigned index = 0;
    const int code = ::gnutls_priority_get_cipher_suite_index(read, i, &index);
    if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) return more;
    const auto suite = code == 0 ? suite_at(index) : std::nullopt;
    if (!suite || suite->key_exchange.empty()) continue;
    const std::string name(suite->name);
    if (std::find(listed.begin(), listed.end(), name) == listed.end()) more.push_back(name);
  }
}

Result<std::string> suites_part(const std::vector<std::string>& names,
                                std::vector<std::string>& listed) {
  Words exchanges("-KX-ALL"), ciphers("-CIPHER-ALL"), digests("-MAC-ALL");
  for (const std::string& name : names) {
    const auto suite = suite_named(gnutls_name(name));
    if (!suite) {
      return Error{fmt::format(
          "cipher_suites: '{}' is unknown; write e.g. TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          name)};
    }
    exchanges.add(suite->key_exchange);
    ciphers.add(suite->cipher);
    digests.add(suite->digest);
    listed.emplace_back(suite->name);
  }
  return exchanges.text() + ciphers.text() + digests.text();
}

}  // namespace

Result<std::string> priority_string(const TlsSettings& settings) {
  Words versions("-VERS-ALL");
  for (int version = settings.max_version; version >= settings.min_version; --version) {
    versions.add(fmt::format("VERS-TLS1.{}", version - 10));
  }
  std::string priority = "NORMAL" + versions.text();
  std::vector<std::string> listed;
  if (!settings.cipher_suites.empty()) {
    const auto part = suites_part(settings.cipher_suites, listed);
    if (!part) return part.error();
    priority += *part;
  }
  if (!settings.curve_preferences.empty()) {
    Words groups("-GROUP-ALL");
    for (const std::string& curve : settings.curve_preferences) {
      const auto known = std::find_if(kGroups.begin(), kGroups.end(),
                                      [&](const auto& group) { return group.first == curve; });
      if (known == kGroups.end()) {
        return Error{fmt::format(
            "curve_preferences: '{}' is none of CurveP256, CurveP384, CurveP521, X25519", curve)};
      }
      groups.add(fmt::format("GROUP-{}", known->second));
    }
    priority += groups.text();
  }
  if (settings.prefer_server_cipher_suites) priority += ":%SERVER_PRECEDENCE";
  const auto more = unlisted(priority, listed);
  if (!more) return more.error();
  if (!listed.empty() && !more->empty()) {
    return Error{fmt::format(
        "cipher_suites: this list cannot be had without {} too; list that as well, or fewer",
        more->front())};
  }
  return priority;
}

}  // namespace mxray
