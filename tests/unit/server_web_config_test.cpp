// SPDX-License-Identifier: Apache-2.0
// What is taken of a web configuration file, and what does a wrong one say?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "server/password_check.h"
#include "server/tls.h"
#include "server/web_config.h"
#include "unit/daemon_made_up.h"

namespace mxray {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr const char* kHash = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";

class WebConfigFile : public ::testing::Test {
 protected:
  Result<WebConfig> read(const std::string& text) const {
    const auto file = directory_.path() / "web.yml";
    std::ofstream(file) << text;
    return read_web_config(file);
  }
  testing::TemporaryDirectory directory_;
};

TEST_F(WebConfigFile, SetsEveryKey) {
  const auto config = read(std::string(R"(
tls_server_config:
  cert_file: server.crt
  key_file: /etc/mxray/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: sub/ca.crt
  client_allowed_sans: [a.example, 192.0.2.1]
  min_version: TLS11
  max_version: TLS12
  cipher_suites:
    - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
  prefer_server_cipher_suites: false
  curve_preferences: [X25519]
http_server_config:
  http2: false
  headers:
    Content-Security-Policy: default-src 'self'
basic_auth_users:
  alice: )") + kHash + "\n");
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_TRUE(config->tls);
  const TlsSettings& tls = *config->tls;
  EXPECT_EQ(tls.cert_file, directory_.path() / "server.crt") << "relative to the file";
  EXPECT_EQ(tls.key_file, "/etc/mxray/server.key");
  EXPECT_EQ(tls.client_auth, ClientAuth::kRequireAndVerify);
  EXPECT_EQ(tls.client_ca_file, directory_.path() / "sub/ca.crt");
  EXPECT_THAT(tls.client_allowed_sans, ElementsAre("a.example", "192.0.2.1"));
  EXPECT_EQ(tls.min_version, 11);
  EXPECT_EQ(tls.max_version, 12);
  EXPECT_THAT(tls.cipher_suites, ElementsAre("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
  EXPECT_FALSE(tls.prefer_server_cipher_suites);
  EXPECT_THAT(tls.curve_preferences, ElementsAre("X25519"));
  EXPECT_THAT(config->headers, ElementsAre(Pair("Content-Security-Policy", "default-src 'self'")));
  EXPECT_THAT(config->users, ElementsAre(Pair("alice", kHash)));
  EXPECT_THAT(config->notes, IsEmpty());
}

TEST_F(WebConfigFile, MayBeEmptyAndThenAsksForNothing) {
  for (const std::string text :
       {"", "# nothing\n", "tls_server_config:\nbasic_auth_users:\n", "tls_server_config: {}\n"}) {
    const auto config = read(text);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_FALSE(config->tls);
    EXPECT_THAT(config->users, IsEmpty());
  }
}

TEST_F(WebConfigFile, SaysWhatCannotBeHad) {
  EXPECT_THAT(read("http_server_config: {http2: true}")->notes,
              ElementsAre(HasSubstr("speaks HTTP/1.1 only")));
}

TEST_F(WebConfigFile, NamesAFileThatCannotBeRead) {
  const auto missing = read_web_config("/nowhere/web.yml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message,
            "cannot read the web configuration /nowhere/web.yml: No such file or directory");
  EXPECT_FALSE(read_web_config(directory_.path()));
}

struct WrongFile {
  const char* name;
  std::string text;
  const char* sentence;  // after the file's name
};

class MistakeInWebConfig : public WebConfigFile, public ::testing::WithParamInterface<WrongFile> {};

TEST_P(MistakeInWebConfig, IsNamedWithFileLineKeyAndRemedy) {
  const auto config = read(GetParam().text);
  ASSERT_FALSE(config);
  EXPECT_THAT(
      config.error().message,
      ::testing::StartsWith((directory_.path() / "web.yml").string() + GetParam().sentence));
  EXPECT_THAT(config.error().message, ::testing::Not(HasSubstr("$2"))) << "a secret";
}

const std::string kPair = "tls_server_config:\n  cert_file: a\n  key_file: b\n";

INSTANTIATE_TEST_SUITE_P(
    All, MistakeInWebConfig,
    ::testing::Values(
        WrongFile{"NoYaml", "a: [", ":1: this is not YAML: "},
        WrongFile{"NoMap", "- a\n", ":1: the file: write lines of `key: value` below it"},
        WrongFile{"UnknownSection", "\ntls_config:\n  a: b\n",
                  ":3: tls_config: this key is unknown"},
        WrongFile{"RateLimit", "rate_limit: {burst: 3}",
                  ":1: rate_limit: mxrayd has no such limit"},
        WrongFile{"Twice", "basic_auth_users:\nbasic_auth_users:\n",
                  ":2: basic_auth_users: this key is given twice"},
        WrongFile{"UnknownTlsKey", kPair + "  cert_fiel: c\n",
                  ":4: cert_fiel: tls_server_config has no such key"},
        WrongFile{"InlineKey", kPair + "  key: |\n    -----BEGIN\n",
                  ":4: key: put it into a file of its own and name that as key_file"},
        WrongFile{"NoCertificate", "tls_server_config:\n  key_file: b\n",
                  ":2: tls_server_config: cert_file is missing"},
        WrongFile{"NoKey", "tls_server_config:\n  cert_file: b\n",
                  ":2: tls_server_config: key_file is missing"},
        WrongFile{"ClientAuthType", kPair + "  client_auth_type: Verify\n",
                  ":4: client_auth_type: 'Verify' is none of NoClientCert, "},
        WrongFile{
            "VerifyWithoutCa", kPair + "  client_auth_type: RequireAndVerifyClientCert\n",
            ":2: tls_server_config: client_auth_type has clients' certificates verified, but "},
        WrongFile{"CaWithoutVerify", kPair + "  client_ca_file: c\n",
                  ":2: tls_server_config: client_ca_file has no effect without"},
        WrongFile{"NamesWithoutCertificates", kPair + "  client_allowed_sans: [a]\n",
                  ":2: tls_server_config: client_allowed_sans needs client_auth_type"},
        WrongFile{"VersionsCrossed", kPair + "  min_version: TLS13\n  max_version: TLS12\n",
                  ":2: tls_server_config: min_version is above max_version"},
        WrongFile{"ListWanted", kPair + "  cipher_suites: X\n",
                  ":4: cipher_suites: it takes a list"},
        WrongFile{"WordWanted", "tls_server_config:\n  cert_file: [a]\n",
                  ":2: cert_file: it takes one value"},
        WrongFile{"NoSwitch", "http_server_config:\n  http2: maybe\n",
                  ":2: http2: 'maybe' is none of true, false"},
        WrongFile{"UnknownHeader", "http_server_config:\n  headers:\n    Server: x\n",
                  ":3: Server: this header cannot be set; there are Content-Security-Policy, "},
        WrongFile{
            "HeaderOfTwoLines",
            "http_server_config:\n  headers:\n    X-XSS-Protection: \"a\\r\\nSet-Cookie: b\"\n",
            ":3: X-XSS-Protection: a header is one line"},
        WrongFile{"HeaderNotAscii",
                  "http_server_config:\n  headers:\n    X-XSS-Protection: caf\xc3\xa9\n",
                  ":3: X-XSS-Protection: a header is one line of ASCII"},
        WrongFile{"HeaderWithEscape",
                  "http_server_config:\n  headers:\n    X-XSS-Protection: \"a\\eb\"\n",
                  ":3: X-XSS-Protection: a header is one line of ASCII"},
        WrongFile{"SecondDocument", "http_server_config:\n---\nbasic_auth_users:\n",
                  ":3: a second YAML document begins here; write all keys into one"},
        WrongFile{"SomethingBehindAMap", "{http_server_config: }, c",
                  ":1: a second YAML document begins here"},
        WrongFile{"NoText", "basic_auth_users:\xff\xfe", ": this is no text in UTF-8"},
        WrongFile{"FrameOptions", "http_server_config:\n  headers:\n    X-Frame-Options: all\n",
                  ":3: X-Frame-Options: write deny or sameorigin"},
        WrongFile{"PlainPassword", "basic_auth_users:\n  alice: secret\n",
                  ":2: basic_auth_users: alice: this is no bcrypt hash; make one with"},
        WrongFile{"CutHash", "basic_auth_users:\n  alice: $2y$10$X0h1gDsPszWURQaxFh\n",
                  ":2: basic_auth_users: alice: this is no bcrypt hash"},
        WrongFile{"HashOfOtherLetters",
                  "basic_auth_users:\n"
                  "  alice: \"$2y$10$X0h1gDsPszWURQaxFh!zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG\"\n",
                  ":2: basic_auth_users: alice: this is no bcrypt hash"},
        WrongFile{"UnsoundForm",
                  "basic_auth_users:\n"
                  "  alice: $2x$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG\n",
                  ":2: basic_auth_users: alice: this is no bcrypt hash"},
        WrongFile{"DearestHash",
                  "basic_auth_users:\n"
                  "  alice: $2y$31$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG\n",
                  ":2: basic_auth_users: alice: a bcrypt cost of 31 takes too long"},
        WrongFile{"DearHash",
                  "basic_auth_users:\n"
                  "  alice: $2y$20$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG\n",
                  ":2: basic_auth_users: alice: a bcrypt cost of 20 takes too long"}),
    [](const auto& tested) { return tested.param.name; });

TEST(TlsPriority, AListOfSuitesThatWouldAllowMoreIsRefused) {
  TlsSettings settings;
  settings.cipher_suites = {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"};
  const auto more = priority_string(settings);
  ASSERT_FALSE(more);
  EXPECT_THAT(more.error().message, HasSubstr("this list cannot be had without TLS_ECDHE_"));
  settings.cipher_suites.emplace_back("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
  settings.cipher_suites.emplace_back("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
  EXPECT_TRUE(priority_string(settings));
}

TEST(TlsPriority, KnowsTheSuitesThatTheFileMayList) {
  for (const std::string suite :
       {"TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"}) {
    TlsSettings settings;
    settings.cipher_suites = {suite};
    const auto priority = priority_string(settings);
    EXPECT_TRUE(priority) << suite << ": " << (priority ? "" : priority.error().message);
  }
}

TEST(TlsPriority, NamesAnUnknownSuiteOrCurve) {
  TlsSettings settings;
  settings.cipher_suites = {"TLS_HOPE"};
  EXPECT_THAT(priority_string(settings).error().message, HasSubstr("'TLS_HOPE' is unknown"));
  settings.cipher_suites.clear();
  settings.curve_preferences = {"P256"};
  EXPECT_THAT(priority_string(settings).error().message, HasSubstr("'P256' is none of CurveP256"));
}

}  // namespace
}  // namespace mxray
