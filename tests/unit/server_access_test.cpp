// SPDX-License-Identifier: Apache-2.0
// Who gets in, over what, and does a change of the files come into force?
#include <crypt.h>
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

/// By bcrypt, at the least cost there is.
std::string hash_of(const std::string& password) {
  crypt_data data{};
  return ::crypt_r(password.c_str(), kSecretHash, &data);
}

/// `Authorization` of HTTP's basic scheme, RFC 7617.
std::string login(const std::string& user, const std::string& password) {
  const std::string text = user + ":" + password;
  const gnutls_datum_t plain{reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
                             static_cast<unsigned>(text.size())};
  gnutls_datum_t encoded{};
  ::gnutls_base64_encode2(&plain, &encoded);
  const std::string header = "Authorization: Basic " +
                             std::string(reinterpret_cast<char*>(encoded.data), encoded.size) +
                             "\r\n";
  ::gnutls_free(encoded.data);
  return header;
}

TEST_F(Access, EachFormOfAHashKnowsItsPassword) {
  std::string users = "basic_auth_users:\n";
  for (const char form : {'a', 'b', 'y'}) {
    std::string hash = kSecretHash;
    hash[2] = form;
    users += "  " + std::string(1, form) + ": " + hash + "\n";
  }
  write(users);
  serve();
  for (const std::string user : {"a", "b", "y"}) {
    EXPECT_THAT(get(login(user, "secret")), StartsWith("HTTP/1.1 200 ")) << user;
    EXPECT_THAT(get(login(user, "secre")), StartsWith("HTTP/1.1 401 ")) << user;
    std::string header = login(user, "secret");
    header.replace(header.find("Basic"), 5, "bAsIC");
    EXPECT_THAT(get(header), StartsWith("HTTP/1.1 200 ")) << "the scheme's name has no case";
  }
}

TEST_F(Access, OddPasswordsAreWrongAndNothingElse) {
  // The password is 80 times x; bcrypt takes 72 bytes of it.
  write("basic_auth_users:\n  alice: " + hash_of(std::string(80, 'x')) + "\n");
  serve();
  EXPECT_THAT(get(login("alice", std::string(80, 'x'))), StartsWith("HTTP/1.1 200 "));
  for (const std::string& password :
       {std::string(), std::string(71, 'x'), std::string(80, 'x') + std::string(1, '\0'),
        std::string("\0", 1), std::string(600, 'x'), std::string(11'000, 'y'), std::string("x:x"),
        std::string("\xff\xfe"), std::string(80, 'x') + "\r"}) {
    EXPECT_THAT(get(login("alice", password)), StartsWith("HTTP/1.1 401 "))
        << password.size() << " bytes";
  }
  for (const std::string& user :
       {std::string(), std::string("alice\0", 6), std::string("Alice"), std::string(9'000, 'a')}) {
    EXPECT_THAT(get(login(user, std::string(80, 'x'))), StartsWith("HTTP/1.1 401 ")) << user.size();
  }
  EXPECT_THAT(get("Authorization: Basic " + std::string(16'384, 'A') + "\r\n"),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(Access, AFloodOfWrongPasswordsDelaysNobodyElse) {
  // One hash of this cost takes a quarter of a second, all of them most of a minute.
  write(
      "basic_auth_users:\n  alice: $2b$12$KD4YKmRk5vN6HnH1QZy8gOUWCuBY7K5iymVVimsgQ0l/X.s/CSSL6\n");
  serve();
  constexpr int kGuesses = 200;
  std::vector<Fd> flood;
  for (int i = 0; i < kGuesses; ++i) {
    flood.push_back(testing::connect_tcp(port_));
    testing::send_text(flood.back(), "GET /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" +
                                         login("alice", std::to_string(i)) + "\r\n");
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
  for (const int hours_ago : {-1, 3}) {
    const auto untimely =
        testing::make_identity(ca_, "c.example", GNUTLS_KP_TLS_WWW_CLIENT, hours_ago);
    EXPECT_THAT(get_over_tls(port_, &untimely).text, IsEmpty()) << "from " << -hours_ago << " h on";
  }
  const auto own = testing::make_self_signed("c.example", GNUTLS_KP_TLS_WWW_CLIENT);
  EXPECT_THAT(get_over_tls(port_, &own).text, IsEmpty()) << "signed by itself";
  const auto namesake = testing::make_self_signed("a CA", GNUTLS_KP_TLS_WWW_CLIENT);
  EXPECT_THAT(get_over_tls(port_, &namesake).text, IsEmpty()) << "has the name of the CA";
  EXPECT_EQ(handled_, 1);
}

TEST_F(Access, OfVerifiedClientsOnlyListedNamesGetIn) {
  write(kTls +
        "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n"
        "  client_allowed_sans: [prometheus.example]\n");
  serve();
  const auto listed = testing::make_identity(ca_, "prometheus.example", GNUTLS_KP_TLS_WWW_CLIENT);
  EXPECT_THAT(get_over_tls(port_, &listed).text, StartsWith("HTTP/1.1 200 "));
  for (const std::string& name :
       {std::string("other.example"), std::string("prometheus.example.org"), std::string(),
        std::string("*.example")}) {
    const auto other = testing::make_identity(ca_, name, GNUTLS_KP_TLS_WWW_CLIENT);
    EXPECT_THAT(get_over_tls(port_, &other).text, IsEmpty()) << name;
  }
  const auto foreign =
      testing::make_identity(testing::make_ca(), "prometheus.example", GNUTLS_KP_TLS_WWW_CLIENT);
  EXPECT_THAT(get_over_tls(port_, &foreign).text, IsEmpty()) << "of another CA";
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

TEST_F(Access, AKeyThatEverybodyMayReadIsToldAndTaken) {
  const auto key = directory_.path() / "server.key";
  write(kTls);
  std::filesystem::permissions(key, std::filesystem::perms(0640));
  EXPECT_THAT(WebAccess::open(file())->in_force()->config.notes, IsEmpty());
  std::filesystem::permissions(key, std::filesystem::perms(0644));
  const Result<WebAccess> access = WebAccess::open(file());
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_THAT(access->in_force()->config.notes,
              ::testing::ElementsAre(HasSubstr("everybody on this host may read " + key.string())));
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
