// SPDX-License-Identifier: Apache-2.0
// Who gets in, over what, and does a change of the files come into force?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "server/http_server.h"
#include "unit/daemon_made_up.h"
#include "unit/server_client.h"
#include "unit/server_tls.h"

namespace mxray {
namespace {

using testing::get_over_tls;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// `secret`, at the least cost there is.
constexpr const char* kSecretHash = "$2b$04$KD4YKmRk5vN6HnH1QZy8gOUWCuBY7K5iymVVimsgQ0l/X.s/CSSL6";
constexpr const char* kRight = "Authorization: Basic YWxpY2U6c2VjcmV0\r\n";     // alice:secret
constexpr const char* kWrong = "Authorization: Basic YWxpY2U6Z3Vlc3M=\r\n";     // alice:guess
constexpr const char* kStranger = "Authorization: Basic Ym9iOnNlY3JldA==\r\n";  // bob:secret

class Access : public ::testing::Test {
 protected:
  Access() {
    ca_ = testing::make_ca();
    ca_.write(directory_.path() / "ca.crt", directory_.path() / "ca.key");
    use_server_certificate("one.example");
  }

  void use_server_certificate(const std::string& name) {
    testing::make_identity(ca_, name, GNUTLS_KP_TLS_WWW_SERVER)
        .write(directory_.path() / "server.crt", directory_.path() / "server.key");
  }
  [[nodiscard]] std::filesystem::path file() const { return directory_.path() / "web.yml"; }
  void write(const std::string& text) const { std::ofstream(file()) << text; }

  /// Serves with the file as it is; `/echo` answers `hello`.
  void serve() {
    Result<WebAccess> access = WebAccess::open(file());
    ASSERT_TRUE(access) << access.error().message;
    Result<HttpServer> server = HttpServer::listen_tcp(
        "127.0.0.1", 0,
        [this](const Request&) {
          ++handled_;
          return Response{.body = "hello"};
        },
        *std::move(access), [this](int status) { refused_.push_back(status); });
    ASSERT_TRUE(server) << server.error().message;
    port_ = server->port();
    serving_ = std::make_unique<testing::Serving>(*std::move(server));
  }
  [[nodiscard]] std::string get(const std::string& headers) const {
    const Fd connection = testing::connect_tcp(port_);
    testing::send_text(
        connection, "GET /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + headers + "\r\n");
    return testing::read_all(connection);
  }

  testing::TemporaryDirectory directory_;
  testing::Identity ca_;
  std::atomic<int> handled_ = 0;
  std::vector<int> refused_;
  std::uint16_t port_ = 0;
  std::unique_ptr<testing::Serving> serving_;
};

const std::string kTls = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n";

TEST_F(Access, WithoutAFileEverybodyGetsInOverPlainHttp) {
  const Result<WebAccess> access = WebAccess::open("");
  ASSERT_TRUE(access);
  EXPECT_EQ(access->in_force()->tls, nullptr);
  EXPECT_THAT(access->in_force()->config.users, IsEmpty());
}

TEST_F(Access, TheRightPasswordGetsInAndNoOther) {
  write(std::string("basic_auth_users:\n  alice: ") + kSecretHash + "\n");
  serve();
  EXPECT_THAT(get(kRight), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(get(kRight), StartsWith("HTTP/1.1 200 ")) << "remembered";
  EXPECT_EQ(handled_, 2);
  for (const std::string& headers :
       {std::string(), std::string(kWrong), std::string(kWrong), std::string(kStranger),
        std::string("Authorization: Basic !!\r\n"), std::string("Authorization: Basic YQ==\r\n"),
        std::string("Authorization: Bearer x\r\n")}) {
    const std::string answer = get(headers);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 401 ")) << headers;
    EXPECT_THAT(answer, HasSubstr("WWW-Authenticate: Basic ")) << headers;
  }
  EXPECT_EQ(handled_, 2) << "the handler must not have seen them";
  serving_.reset();
  EXPECT_EQ(refused_, std::vector<int>(7, 401));
}

TEST_F(Access, AFloodOfWrongPasswordsDelaysNobodyElse) {
  // One hash of this cost takes a quarter of a second, all of them most of a minute.
  write(
      "basic_auth_users:\n  alice: $2b$12$KD4YKmRk5vN6HnH1QZy8gOUWCuBY7K5iymVVimsgQ0l/X.s/CSSL6\n");
  serve();
  constexpr int kGuesses = 200;
  std::vector<Fd> flood;
  for (int i = 0; i < kGuesses; ++i) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";
    flood.push_back(testing::connect_tcp(port_));
    testing::send_text(flood.back(),
                       std::string("GET /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
                                   "Authorization: Basic YWxpY2U6") +
                           kDigits[static_cast<std::size_t>(i % 32)] +
                           kDigits[static_cast<std::size_t>(i / 32)] + "AA\r\n\r\n");
  }
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(get(""), StartsWith("HTTP/1.1 401 "));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  serving_.reset();  // waits for the hash under way and for no other
  EXPECT_GT(std::count(refused_.begin(), refused_.end(), 503), kGuesses / 2) << "bounded";
}

TEST_F(Access, HeadersOfTheFileGoWithEveryAnswer) {
  write(
      "http_server_config:\n  headers:\n    X-Frame-Options: deny\n    X-XSS-Protection:\n"
      "    X-Content-Type-Options: nosniff\n");
  serve();
  const std::string answer = get("");
  EXPECT_THAT(answer, HasSubstr("X-Frame-Options: deny\r\n"));
  EXPECT_THAT(answer, ::testing::Not(HasSubstr("X-XSS-Protection")));
  const std::size_t first = answer.find("nosniff");
  EXPECT_EQ(answer.find("nosniff", first + 1), std::string::npos) << "once is enough";
}

TEST_F(Access, TlsServesTheCertificateOfTheFile) {
  write(kTls);
  serve();
  const auto answer = get_over_tls(port_);
  EXPECT_THAT(answer.text, StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(answer.server_name, "one.example");
  EXPECT_EQ(answer.version, "TLS1.3");
  EXPECT_THAT(get(""), ::testing::Not(HasSubstr("200"))) << "plain HTTP";
  EXPECT_EQ(handled_, 1);
}

TEST_F(Access, TlsVersionsAndSuitesAreThoseOfTheFile) {
  write(kTls +
        "  max_version: TLS12\n  cipher_suites:\n"
        "  - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\n  curve_preferences: [CurveP384]\n");
  serve();
  EXPECT_EQ(get_over_tls(port_).version, "TLS1.2");
  EXPECT_THAT(get_over_tls(port_, nullptr, "", "NORMAL:-VERS-ALL:+VERS-TLS1.3").text, IsEmpty());
  EXPECT_THAT(get_over_tls(port_, nullptr, "", "NORMAL:-CIPHER-ALL:+AES-128-GCM").text, IsEmpty());
  EXPECT_THAT(get_over_tls(port_, nullptr, "", "NORMAL:-GROUP-ALL:+GROUP-X25519").text, IsEmpty());
}

TEST_F(Access, OnlyClientsOfTheCaGetInWhereTheyMustBeVerified) {
  write(kTls + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n");
  serve();
  const auto client = testing::make_identity(ca_, "c.example", GNUTLS_KP_TLS_WWW_CLIENT);
  const auto server = testing::make_identity(ca_, "s.example", GNUTLS_KP_TLS_WWW_SERVER);
  const auto foreign =
      testing::make_identity(testing::make_ca(), "c.example", GNUTLS_KP_TLS_WWW_CLIENT);
  EXPECT_THAT(get_over_tls(port_, &client).text, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(get_over_tls(port_).text, IsEmpty()) << "none sent";
  EXPECT_THAT(get_over_tls(port_, &foreign).text, IsEmpty()) << "of another CA";
  EXPECT_THAT(get_over_tls(port_, &server).text, IsEmpty()) << "no client's certificate";
  EXPECT_EQ(handled_, 1);
}

TEST_F(Access, OfVerifiedClientsOnlyListedNamesGetIn) {
  write(kTls +
        "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n"
        "  client_allowed_sans: [prometheus.example]\n");
  serve();
  const auto listed = testing::make_identity(ca_, "prometheus.example", GNUTLS_KP_TLS_WWW_CLIENT);
  const auto other = testing::make_identity(ca_, "other.example", GNUTLS_KP_TLS_WWW_CLIENT);
  EXPECT_THAT(get_over_tls(port_, &listed).text, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(get_over_tls(port_, &other).text, IsEmpty());
}

TEST_F(Access, ACertificateMayBeLeftOutWhereItIsVerifiedIfGiven) {
  write(kTls + "  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.crt\n");
  serve();
  const auto foreign =
      testing::make_identity(testing::make_ca(), "c.example", GNUTLS_KP_TLS_WWW_CLIENT);
  EXPECT_THAT(get_over_tls(port_).text, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(get_over_tls(port_, &foreign).text, IsEmpty());
}

TEST_F(Access, AnyCertificateWillDoWhereOneIsOnlyRequired) {
  write(kTls + "  client_auth_type: RequireAnyClientCert\n");
  serve();
  const auto foreign =
      testing::make_identity(testing::make_ca(), "c.example", GNUTLS_KP_TLS_WWW_CLIENT);
  EXPECT_THAT(get_over_tls(port_, &foreign).text, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(get_over_tls(port_).text, IsEmpty());
}

std::optional<Status> looked_at_twice(WebAccess& access) {
  EXPECT_FALSE(access.refresh()) << "it may still be being written";
  return access.refresh();
}

TEST_F(Access, ANewCertificateComesIntoForceWithoutARestart) {
  write(kTls);
  Result<WebAccess> access = WebAccess::open(file());
  ASSERT_TRUE(access);
  EXPECT_FALSE(access->refresh()) << "nothing has changed";
  const auto before = access->in_force();
  use_server_certificate("two.example");
  const auto refreshed = looked_at_twice(*access);
  ASSERT_TRUE(refreshed);
  EXPECT_TRUE(*refreshed);
  EXPECT_NE(access->in_force(), before);
  EXPECT_FALSE(looked_at_twice(*access));
}

TEST_F(Access, AWrongFileLeavesTheOldOneInForceAndIsToldOnce) {
  write(kTls);
  Result<WebAccess> access = WebAccess::open(file());
  ASSERT_TRUE(access);
  const auto before = access->in_force();
  write(kTls + "  min_version: SSL3\n");
  const auto refreshed = looked_at_twice(*access);
  ASSERT_TRUE(refreshed);
  ASSERT_FALSE(*refreshed);
  EXPECT_EQ(refreshed->error().message,
            file().string() + ":4: min_version: 'SSL3' is none of TLS10, TLS11, TLS12, TLS13");
  EXPECT_EQ(access->in_force(), before);
  EXPECT_FALSE(access->is_current());
  EXPECT_FALSE(looked_at_twice(*access)) << "told once";
  write(kTls + "  min_version: TLS13\n");
  EXPECT_TRUE(looked_at_twice(*access));
  EXPECT_TRUE(access->is_current());
  EXPECT_NE(access->in_force(), before);
}

TEST_F(Access, AMistakeInAFileThatOnlyTheNewOneNamesMayBeMended) {
  write(kTls);
  Result<WebAccess> access = WebAccess::open(file());
  ASSERT_TRUE(access);
  write("tls_server_config: {cert_file: new.crt, key_file: server.key}\n");
  ASSERT_TRUE(looked_at_twice(*access));
  EXPECT_FALSE(access->is_current());
  std::filesystem::copy_file(directory_.path() / "server.crt", directory_.path() / "new.crt");
  EXPECT_TRUE(access->refresh());
  EXPECT_TRUE(access->is_current());
}

TEST_F(Access, TlsIsNeitherLostNorAddedOnTheWay) {
  write(kTls);
  Result<WebAccess> access = WebAccess::open(file());
  ASSERT_TRUE(access);
  write("");
  const auto refreshed = looked_at_twice(*access);
  ASSERT_TRUE(refreshed);
  ASSERT_FALSE(*refreshed);
  EXPECT_THAT(refreshed->error().message, HasSubstr("tls_server_config has gone; restart mxrayd"));
  EXPECT_NE(access->in_force()->tls, nullptr);
}

}  // namespace
}  // namespace mxray
