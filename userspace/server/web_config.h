// SPDX-License-Identifier: Apache-2.0
// Who may open the web pages, and over what kind of connection?
//
// The file that Prometheus and its exporters share (exporter-toolkit,
// docs/web-configuration.md there). docs/web-configuration.md here says what is taken of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace mxray {

enum class ClientAuth : std::uint8_t {
  kNone,
  kRequest,           // asked for; any or none will do
  kRequireAny,        // anyone's will do
  kVerifyIfGiven,     // none, or one of the CA
  kRequireAndVerify,  // one of the CA
};

struct TlsSettings {
  std::filesystem::path cert_file;
  std::filesystem::path key_file;
  std::filesystem::path client_ca_file;  // empty: none
  ClientAuth client_auth = ClientAuth::kNone;
  std::vector<std::string> client_allowed_sans;  // empty: any
  int min_version = 12;                          // 10 to 13: TLS 1.0 to 1.3
  int max_version = 13;
  std::vector<std::string> cipher_suites;      // as IANA names them; empty: GnuTLS' own
  std::vector<std::string> curve_preferences;  // `CurveP256`, `X25519`, ...; empty: the same
  bool prefer_server_cipher_suites = true;
};

struct WebConfig {
  std::optional<TlsSettings> tls;
  std::map<std::string, std::string> headers;  // sent with every response
  std::map<std::string, std::string> users;    // bcrypt hash by name; empty: no login
  std::vector<std::string> notes;              // what a person should know, and is no mistake
};

/// Paths in the file are relative to it. The error names file, line and key.
Result<WebConfig> read_web_config(const std::filesystem::path& file);

}  // namespace mxray
