// SPDX-License-Identifier: Apache-2.0
// Which socket does the server take, and which does it leave alone?
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "server/http_server.h"
#include "server/listen_socket.h"
#include "unit/server_client.h"

namespace mxray {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Response ok(const Request&) { return {.body = "ok"}; }

class UnixSocket : public ::testing::Test {
 protected:
  UnixSocket() {
    std::string pattern = std::filesystem::temp_directory_path() / "mxray-socket-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    path_ = directory_ / "mxrayd.sock";
  }
  ~UnixSocket() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
  std::filesystem::path path_;
};

TEST_F(UnixSocket, ServesOwnerAndGroupOnly) {
  const Result<HttpServer> server = HttpServer::listen_unix(path_, &ok);
  ASSERT_TRUE(server) << server.error().message;
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777u, 0660u);
}

TEST_F(UnixSocket, AnswersRequests) {
  Result<HttpServer> server = HttpServer::listen_unix(path_, &ok);
  ASSERT_TRUE(server) << server.error().message;
  const testing::Serving serving(*std::move(server));
  EXPECT_THAT(testing::get(testing::connect_unix(path_), "/"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(UnixSocket, IsRemovedWithItsServer) {
  {
    const Result<HttpServer> server = HttpServer::listen_unix(path_, &ok);
    ASSERT_TRUE(std::filesystem::exists(path_));
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UnixSocket, OfADaemonThatIsGoneIsReplaced) {
  {
    const Fd dead(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path_.c_str());
    ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(path_));
  const Result<HttpServer> server = HttpServer::listen_unix(path_, &ok);
  EXPECT_TRUE(server) << server.error().message;
  EXPECT_TRUE(testing::connect_unix(path_));
}

TEST_F(UnixSocket, OfALivingDaemonIsRefusedAndKept) {
  const Result<HttpServer> first = HttpServer::listen_unix(path_, &ok);
  ASSERT_TRUE(first);
  const Result<HttpServer> second = HttpServer::listen_unix(path_, &ok);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another mxrayd already answers"));
  EXPECT_THAT(second.error().message, HasSubstr(path_.string()));
  EXPECT_TRUE(testing::connect_unix(path_));
}

TEST_F(UnixSocket, DoesNotReplaceAFileThatIsNoSocket) {
  std::ofstream(path_) << "precious";
  const Result<HttpServer> server = HttpServer::listen_unix(path_, &ok);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, HasSubstr("is not a socket"));
  EXPECT_EQ(std::filesystem::file_size(path_), 8u);
}

TEST_F(UnixSocket, OfALaterDaemonSurvivesTheEarlierOne) {
  auto first = std::make_unique<Result<UnixListener>>(open_unix_listener(path_, ""));
  ASSERT_TRUE(*first);
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  const Result<UnixListener> second = open_unix_listener(path_, "");
  ASSERT_TRUE(second) << second.error().message;
  first.reset();
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(UnixSocket, InAMissingDirectoryNamesTheRemedy) {
  const Result<HttpServer> server = HttpServer::listen_unix(directory_ / "no" / "s.sock", &ok);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, HasSubstr("--socket"));
}

TEST_F(UnixSocket, WithAPathThatIsTooLongIsRefused) {
  const Result<HttpServer> server =
      HttpServer::listen_unix(directory_ / std::string(120, 'x'), &ok);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, HasSubstr("1 to 107 characters"));
}

TEST_F(UnixSocket, ForAnUnknownGroupIsRefusedAndLeavesNothingBehind) {
  const Result<HttpServer> server = HttpServer::listen_unix(path_, &ok, "no-such-group");
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, HasSubstr("group 'no-such-group'"));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UnixSocket, IsGivenToTheGroup) {
  const struct group* own = ::getgrgid(::getegid());
  if (own == nullptr) GTEST_SKIP() << "this process' group has no name";
  const Result<HttpServer> server = HttpServer::listen_unix(path_, &ok, own->gr_name);
  ASSERT_TRUE(server) << server.error().message;
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_gid, ::getegid());
}

TEST(TcpSocket, ThatIsTakenIsRefusedWithItsAddress) {
  const Result<TcpListener> first = open_tcp_listener("127.0.0.1", 0);
  ASSERT_TRUE(first);
  const Result<TcpListener> second = open_tcp_listener("127.0.0.1", first->port);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message,
              HasSubstr("127.0.0.1:" + std::to_string(first->port) + " is already in use"));
}

TEST(TcpSocket, OnAForeignAddressIsRefused) {
  const Result<TcpListener> listener = open_tcp_listener("192.0.2.1", 0);
  ASSERT_FALSE(listener);
  EXPECT_THAT(listener.error().message, HasSubstr("no address of this machine"));
}

TEST(TcpSocket, OnSomethingThatIsNoAddressIsRefused) {
  const Result<TcpListener> listener = open_tcp_listener("300.1.1.1.1", 0);
  ASSERT_FALSE(listener);
  EXPECT_THAT(listener.error().message, HasSubstr("'300.1.1.1.1' is no address"));
}

TEST(TcpSocket, WithoutAnAddressListensOnAll) {
  const Result<TcpListener> listener = open_tcp_listener("", 0);
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_TRUE(testing::connect_tcp(listener->port));
}

}  // namespace
}  // namespace mxray
