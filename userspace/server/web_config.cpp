// SPDX-License-Identifier: Apache-2.0
#include "server/web_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "base/small_file.h"
#include "base/text.h"
#include "server/password_check.h"
#include "server/yaml_text.h"

namespace mxray {
namespace {

constexpr std::array<std::pair<std::string_view, ClientAuth>, 6> kClientAuths{{
    {"NoClientCert", ClientAuth::kNone},
    {"RequestClientCert", ClientAuth::kRequest},
    {"RequireAnyClientCert", ClientAuth::kRequireAny},
    {"RequireClientCert", ClientAuth::kRequireAny},  // its older name
    {"VerifyClientCertIfGiven", ClientAuth::kVerifyIfGiven},
    {"RequireAndVerifyClientCert", ClientAuth::kRequireAndVerify},
}};
constexpr std::array<std::pair<std::string_view, int>, 4> kVersions{
    {{"TLS10", 10}, {"TLS11", 11}, {"TLS12", 12}, {"TLS13", 13}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> kSwitches{
    {{"true", true}, {"false", false}}};
// Only these: the toolkit takes no others either.
constexpr std::array<std::string_view, 5> kHeaders = {"Content-Security-Policy", "X-Frame-Options",
                                                      "X-Content-Type-Options", "X-XSS-Protection",
                                                      "Strict-Transport-Security"};

/// A mistake, with its place. Thrown inside this file only, as yaml-cpp does.
struct Mistake {
  int line;
  std::string what;
};

[[noreturn]] void refuse(const YAML::Node& node, std::string_view key, std::string_view what) {
  throw Mistake{node.Mark().line + 1, fmt::format("{}: {}", key, what)};
}

/// Calls `visit(key, value)` for each entry of a map; an empty value is an empty map.
template <typename Visit>
void for_each_entry(const YAML::Node& map, std::string_view name, Visit visit) {
  if (map.IsNull()) return;
  if (!map.IsMap()) refuse(map, name, "write lines of `key: value` below it");
  std::set<std::string> seen;
  for (const auto& entry : map) {
    if (!entry.first.IsScalar()) refuse(entry.first, name, "a key must be a word");
    const std::string key = entry.first.Scalar();
    if (!seen.insert(key).second) refuse(entry.first, key, "this key is given twice");
    visit(key, entry.second);
  }
}

std::string word(const YAML::Node& node, std::string_view key) {
  if (node.IsNull()) return {};
  if (!node.IsScalar()) refuse(node, key, "it takes one value");
  return node.Scalar();
}

std::vector<std::string> words(const YAML::Node& node, std::string_view key) {
  std::vector<std::string> list;
  if (node.IsNull()) return list;
  if (!node.IsSequence()) refuse(node, key, "it takes a list, each line beginning with `- `");
  for (const auto& item : node) list.push_back(word(item, key));
  return list;
}

template <typename Value, std::size_t count>
Value choice(const YAML::Node& node, std::string_view key,
             const std::array<std::pair<std::string_view, Value>, count>& choices) {
  const std::string text = word(node, key);
  std::vector<std::string_view> names;
  for (const auto& [name, value] : choices) {
    if (name == text) return value;
    names.push_back(name);
  }
  refuse(node, key, fmt::format("'{}' is none of {}", text, fmt::join(names, ", ")));
}

class Reader {
 public:
  explicit Reader(std::filesystem::path folder) : folder_(std::move(folder)) {}

  WebConfig read(const YAML::Node& root) {
    for_each_entry(root, "the file", [this](const std::string& key, const YAML::Node& value) {
      if (key == "tls_server_config") {
        read_tls(value);
      } else if (key == "http_server_config") {
        read_http(value);
      } else if (key == "basic_auth_users") {
        read_users(value);
      } else if (key == "rate_limit") {
        refuse(value, key, "mxrayd has no such limit, its pages cost little; leave it out");
      } else {
        refuse(value, key,
               "this key is unknown; there are tls_server_config, http_server_config and "
               "basic_auth_users");
      }
    });
    return std::move(config_);
  }

 private:
  std::filesystem::path path(const YAML::Node& node, const std::string& key) const {
    const std::string text = word(node, key);
    return text.empty() ? std::filesystem::path() : folder_ / text;
  }

  void read_tls(const YAML::Node& map) {
    TlsSettings tls;
    bool is_empty = true;
    for_each_entry(map, "tls_server_config", [&](const std::string& key, const YAML::Node& value) {
      is_empty = false;
      read_tls_entry(key, value, tls);
    });
    if (is_empty) return;
    check_tls(map, tls);
    config_.tls = std::move(tls);
  }

  void read_tls_entry(const std::string& key, const YAML::Node& value, TlsSettings& tls) const {
    if (key == "cert_file") {
      tls.cert_file = path(value, key);
    } else if (key == "key_file") {
      tls.key_file = path(value, key);
    } else if (key == "client_ca_file") {
      tls.client_ca_file = path(value, key);
    } else if (key == "client_auth_type") {
      tls.client_auth = choice(value, key, kClientAuths);
    } else if (key == "client_allowed_sans") {
      tls.client_allowed_sans = words(value, key);
    } else if (key == "min_version") {
      tls.min_version = choice(value, key, kVersions);
    } else if (key == "max_version") {
      tls.max_version = choice(value, key, kVersions);
    } else if (key == "cipher_suites") {
      tls.cipher_suites = words(value, key);
    } else if (key == "curve_preferences") {
      tls.curve_preferences = words(value, key);
    } else if (key == "prefer_server_cipher_suites") {
      tls.prefer_server_cipher_suites = choice(value, key, kSwitches);
    } else if (key == "cert" || key == "key" || key == "client_ca") {
      refuse(value, key,
             fmt::format("put it into a file of its own and name that as {}_file", key));
    } else {
      refuse(value, key, "tls_server_config has no such key");
    }
  }

  static void check_tls(const YAML::Node& map, const TlsSettings& tls) {
    const auto check = [&map](bool is_right, std::string_view what) {
      if (!is_right) refuse(map, "tls_server_config", what);
    };
    check(!tls.cert_file.empty(), "cert_file is missing: the server's certificate, PEM");
    check(!tls.key_file.empty(), "key_file is missing: the certificate's private key, PEM");
    check(tls.min_version <= tls.max_version, "min_version is above max_version");
    const bool verifies = tls.client_auth == ClientAuth::kVerifyIfGiven ||
                          tls.client_auth == ClientAuth::kRequireAndVerify;
    check(!verifies || !tls.client_ca_file.empty(),
          "client_auth_type has clients' certificates verified, but client_ca_file is missing");
    check(verifies || tls.client_ca_file.empty(),
          "client_ca_file has no effect without client_auth_type: RequireAndVerifyClientCert");
    check(tls.client_allowed_sans.empty() || tls.client_auth == ClientAuth::kRequireAny ||
              tls.client_auth == ClientAuth::kRequireAndVerify,
          "client_allowed_sans needs client_auth_type: RequireAndVerifyClientCert");
  }

  void read_http(const YAML::Node& map) {
    for_each_entry(map, "http_server_config", [this](const std::string& key, const YAML::Node& v) {
      if (key == "http2") {
        if (choice(v, key, kSwitches)) {
          config_.notes.emplace_back("http2: mxrayd speaks HTTP/1.1 only; clients fall back to it");
        }
      } else if (key == "headers") {
        for_each_entry(v, key, [this](const std::string& name, const YAML::Node& value) {
          read_header(name, value);
        });
      } else {
        refuse(v, key, "http_server_config has no such key; there are http2 and headers");
      }
    });
  }

  void read_header(const std::string& name, const YAML::Node& node) {
    if (std::find(kHeaders.begin(), kHeaders.end(), name) == kHeaders.end()) {
      refuse(node, name,
             fmt::format("this header cannot be set; there are {}", fmt::join(kHeaders, ", ")));
    }
    std::string value = word(node, name);
    const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (!std::all_of(value.begin(), value.end(), is_printable)) {
      refuse(node, name, "a header is one line of ASCII without control characters");
    }
    if (name == "X-Content-Type-Options" && !value.empty() && value != "nosniff") {
      refuse(node, name, "its only value is nosniff");
    }
    if (name == "X-Frame-Options" && !value.empty() && value != "deny" && value != "sameorigin") {
      refuse(node, name, "write deny or sameorigin");
    }
    if (!value.empty()) config_.headers[name] = std::move(value);
  }

  void read_users(const YAML::Node& map) {
    for_each_entry(map, "basic_auth_users", [this](const std::string& name, const YAML::Node& v) {
      if (name.empty() || name.find(':') != std::string::npos) {
        refuse(v, "basic_auth_users", "a user's name has at least one character and no colon");
      }
      std::string hash = word(v, name);
      // The hash itself is a secret: it is not repeated.
      if (const Status usable = check_bcrypt_hash(hash); !usable) {
        refuse(v, "basic_auth_users", fmt::format("{}: {}", name, usable.error().message));
      }
      config_.users[name] = std::move(hash);
    });
  }

  std::filesystem::path folder_;
  WebConfig config_;
};

}  // namespace

Result<WebConfig> read_web_config(const std::filesystem::path& file) {
  const auto text = read_small_file(file);
  if (!text) {
    return Error{fmt::format("cannot read the web configuration {}: {}", file.string(),
                             text.error().message)};
  }
  const auto error_at = [&file](int line, std::string_view what) {
    return Error{fmt::format("{}:{}: {}", file.string(), line, abridged(what))};
  };
  const auto root = read_yaml(*text, file.string());
  if (!root) return root.error();
  try {
    return Reader(file.parent_path()).read(*root);
  } catch (const Mistake& mistake) {
    return error_at(mistake.line, mistake.what);
  } catch (const YAML::Exception& problem) {
    return error_at(problem.mark.line + 1, fmt::format("this is not YAML: {}", problem.msg));
  }
}

}  // namespace mxray
