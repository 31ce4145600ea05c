// SPDX-License-Identifier: Apache-2.0
// What may a client send, and what can one that sends badly not do?
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "server/http_server.h"
#include "unit/server_client.h"

namespace mxray {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::size_t kMaxBody = 65536;

Response echo(const Request& request) {
  return {.body = request.method + " " + std::to_string(request.body.size()) + ":" +
                  request.body.substr(0, 20)};
}

std::string put(const std::string& headers, const std::string& body) {
  return "PUT /p HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n" + body;
}
std::string length(std::size_t bytes) {
  return "Content-Length: " + std::to_string(bytes) + "\r\n";
}
const std::string kClose = "Connection: close\r\n";

class Upload : public ::testing::Test {
 protected:
  Upload() {
    std::string pattern = std::filesystem::temp_directory_path() / "mxray-upload-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    Result<HttpServer> server = HttpServer::listen_unix(socket(), &echo, "", kMaxBody);
    EXPECT_TRUE(server) << server.error().message;
    serving_ = std::make_unique<testing::Serving>(*std::move(server));
  }
  ~Upload() override {
    serving_.reset();
    std::filesystem::remove_all(directory_);
  }
  [[nodiscard]] std::string socket() const { return directory_ / "s"; }
  [[nodiscard]] std::string ask(const std::string& text) const {
    const Fd connection = testing::connect_unix(socket());
    testing::send_text(connection, text);
    return testing::read_all(connection);
  }

  std::filesystem::path directory_;
  std::unique_ptr<testing::Serving> serving_;
};

TEST_F(Upload, HandsTheWholeBodyToTheHandler) {
  EXPECT_THAT(ask(put(kClose + length(4), "body")), EndsWith("\r\n\r\nPUT 4:body"));
  EXPECT_THAT(ask(put(kClose + length(0), "")), EndsWith("\r\n\r\nPUT 0:"));
  EXPECT_THAT(ask(put(kClose + length(kMaxBody), std::string(kMaxBody, 'x'))),
              EndsWith("PUT 65536:xxxxxxxxxxxxxxxxxxxx"));
}

TEST_F(Upload, WaitsForABodyThatComesInPieces) {
  const Fd connection = testing::connect_unix(socket());
  testing::send_text(connection, put(kClose + length(10), "12345"));
  EXPECT_THAT(ask("GET /p HTTP/1.1\r\nHost: t\r\n" + kClose + "\r\n"), EndsWith("GET 0:"));
  testing::send_text(connection, "67890");
  EXPECT_THAT(testing::read_all(connection), EndsWith("PUT 10:1234567890"));
}

TEST_F(Upload, KeepsTheConnectionForTheNextRequest) {
  const Fd connection = testing::connect_unix(socket());
  testing::send_text(connection, put(length(3), "one") + put(kClose + length(3), "two"));
  const std::string answer = testing::read_all(connection);
  EXPECT_THAT(answer, HasSubstr("PUT 3:one"));
  EXPECT_THAT(answer, EndsWith("PUT 3:two"));
}

TEST_F(Upload, RefusesABodyThatIsTooLongBeforeItComes) {
  EXPECT_THAT(ask(put(length(kMaxBody + 1), "")), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(ask(put(length(kMaxBody + 1), std::string(kMaxBody + 1, 'x'))),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(ask(put("Content-Length: 99999999999999999999999\r\n", "x")),
              StartsWith("HTTP/1.1 4"));
}

TEST_F(Upload, RefusesABodyOfUnknownLength) {
  EXPECT_THAT(ask(put("Transfer-Encoding: chunked\r\n", "4\r\nbody\r\n0\r\n\r\n")),
              StartsWith("HTTP/1.1 411 "));
  EXPECT_THAT(ask(put(kClose, "")), StartsWith("HTTP/1.1 411 "));
}

TEST_F(Upload, PassesOverTheBodyOfAGet) {
  EXPECT_THAT(ask("GET /p HTTP/1.1\r\nHost: t\r\n" + kClose + length(100'000) + "\r\n" +
                  std::string(100'000, 'x')),
              HasSubstr("\r\n\r\nGET "));
}

TEST_F(Upload, RefusesEveryOtherMethod) {
  for (const std::string method : {"POST", "DELETE", "PATCH", "OPTIONS"}) {
    const std::string answer =
        ask(method + " /p HTTP/1.1\r\nHost: t\r\n" + kClose + length(4) + "\r\nbody");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD, PUT\r\n")) << method;
  }
}

TEST_F(Upload, IsNotDelayedByHundredsOfHalfSentBodies) {
  std::vector<Fd> idle;
  for (int i = 0; i < 300; ++i) {
    idle.push_back(testing::connect_unix(socket()));
    ASSERT_TRUE(idle.back()) << "connection " << i;
    testing::send_text(idle.back(), put(length(kMaxBody), std::string(1000, 'x')));
  }
  EXPECT_THAT(ask(put(kClose + length(4), "body")), EndsWith("PUT 4:body"));
}

TEST_F(Upload, AClientThatGoesAwayHalfWayIsForgotten) {
  for (int i = 0; i < 2000; ++i) {  // more than there is room for at once
    const Fd connection = testing::connect_unix(socket());
    ASSERT_TRUE(connection) << "connection " << i;
    testing::send_text(connection, put(length(kMaxBody), "half"));
  }
  EXPECT_THAT(ask(put(kClose + length(4), "body")), EndsWith("PUT 4:body"));
}

TEST_F(Upload, AClientThatFallsSilentIsCutOff) {
  const Fd connection = testing::connect_unix(socket());
  const timeval patience{.tv_sec = 30, .tv_usec = 0};
  ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  testing::send_text(connection, put(length(10), "12345"));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(testing::read_all(connection), Not(HasSubstr("200")));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(25));
}

}  // namespace
}  // namespace mxray
