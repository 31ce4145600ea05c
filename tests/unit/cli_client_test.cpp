// SPDX-License-Identifier: Apache-2.0
// Is every way in which the daemon may fail to answer told apart?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "cli/daemon_client.h"
#include "cli_fake_daemon.h"

namespace mxray::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Response text_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

TEST(DaemonClient, HandsOverTheBodyAndTheLosses) {
  Response response = text_response(200, "{}\n");
  response.headers["X-Mxray-Records-Lost"] = "17";
  const FakeDaemon daemon("/v1/flows", response);
  const Answer answer = DaemonClient(daemon.socket()).get("/v1/flows");
  EXPECT_EQ(answer.exit, ExitCode::kOk) << answer.message;
  EXPECT_EQ(answer.body, "{}\n");
  EXPECT_EQ(answer.records_lost, 17U);
}

TEST(DaemonClient, EncodesTheQuery) {
  const FakeDaemon daemon("/v1/incidents", text_response(200, ""));
  const Answer answer = DaemonClient(daemon.socket())
                            .get("/v1/incidents", {{"server", "2001:db8::1"}, {"kind", "a&b"}});
  ASSERT_EQ(answer.exit, ExitCode::kOk) << answer.message;
  const Request request = daemon.requests().at(0);
  EXPECT_EQ(request.query.at("server"), "2001:db8::1");
  EXPECT_EQ(request.query.at("kind"), "a&b");
}

TEST(DaemonClient, PutsABodyWhole) {
  const FakeDaemon daemon([](const Request&) { return text_response(200, "kept\n"); });
  const std::string body(65'536, 'x');
  const Answer answer = DaemonClient(daemon.socket()).put("/v1/paths", body);
  EXPECT_EQ(answer.exit, ExitCode::kOk) << answer.message;
  EXPECT_EQ(answer.body, "kept\n");
  const Request request = daemon.requests().at(0);
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.path, "/v1/paths");
  EXPECT_EQ(request.body, body);
}

TEST(DaemonClient, TellsWhyABodyWasRefused) {
  const FakeDaemon daemon(
      [](const Request&) { return text_response(400, R"({"error": "path.hops is empty"})"); });
  const Answer refused = DaemonClient(daemon.socket()).put("/v1/paths", "{}");
  EXPECT_EQ(refused.exit, ExitCode::kUsage);
  EXPECT_THAT(refused.message, HasSubstr("path.hops is empty"));
  const Answer too_long =
      DaemonClient(daemon.socket()).put("/v1/paths", std::string(1'000'000, 'x'));
  EXPECT_EQ(too_long.exit, ExitCode::kUsage) << too_long.message;
  EXPECT_THAT(too_long.message, HasSubstr("413"));
}

TEST(DaemonClient, NamesTheSocketAndHowToStartADaemonIfNoneAnswers) {
  const Answer answer = DaemonClient("/nonexistent/mxrayd.sock").get("/v1/status");
  EXPECT_EQ(answer.exit, ExitCode::kUnreachable);
  EXPECT_THAT(answer.message,
              AllOf(HasSubstr("/nonexistent/mxrayd.sock"), HasSubstr("`mxrayd --interface IF`"),
                    HasSubstr("`systemctl start mxrayd`")));
}

TEST(DaemonClient, TellsAForbiddenSocketFromAMissingOne) {
  EXPECT_EQ(connect_failure("/s", EACCES).exit, ExitCode::kPermission);
  EXPECT_EQ(connect_failure("/s", EPERM).exit, ExitCode::kPermission);
  EXPECT_EQ(connect_failure("/s", ENOENT).exit, ExitCode::kUnreachable);
  EXPECT_EQ(connect_failure("/s", ECONNREFUSED).exit, ExitCode::kUnreachable);
  EXPECT_EQ(connect_failure("/s", 0).exit, ExitCode::kUnreachable);
  EXPECT_THAT(connect_failure("/s", EACCES).message, HasSubstr("no permission to open /s"));
}

TEST(DaemonClient, TakesARefusedQuestionAsUsageAndAServerErrorAsUnreachable) {
  const FakeDaemon refusing("/v1/incidents",
                            text_response(400, "{\"error\": \"since_ns is no number\"}\n"));
  const Answer refused = DaemonClient(refusing.socket()).get("/v1/incidents");
  EXPECT_EQ(refused.exit, ExitCode::kUsage);
  EXPECT_THAT(refused.message, HasSubstr("400 to /v1/incidents: since_ns is no number"));
  const FakeDaemon broken("/v1/incidents", text_response(500, ""));
  EXPECT_EQ(DaemonClient(broken.socket()).get("/v1/incidents").exit, ExitCode::kUnreachable);
}

TEST(DaemonClient, MarksAMissingPage) {
  const FakeDaemon daemon("/v1/flows", text_response(200, ""));
  const Answer answer = DaemonClient(daemon.socket()).get("/v1/incidents/0123456789ab");
  EXPECT_TRUE(answer.not_found);
  EXPECT_EQ(answer.exit, ExitCode::kUsage);
}

TEST(LinesOf, SkipsEmptyLinesAndNeedsNoLastLineEnd) {
  EXPECT_THAT(lines_of("a\n\nb\nc"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(lines_of(""), ElementsAre());
}

TEST(PercentEncode, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("aZ9-._~"), "aZ9-._~");
  EXPECT_EQ(percent_encode("a/b?\xff"), "a%2Fb%3F%FF");
}

}  // namespace
}  // namespace mxray::cli
