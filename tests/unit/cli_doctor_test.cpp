// SPDX-License-Identifier: Apache-2.0
// Does doctor join the host's checks with what the daemon says?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli_fake_daemon.h"
#include "format_samples.h"

namespace mxray::cli {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

Response status_response(const DaemonStatus& status) {
  Response response;
  response.body = to_json_line(status) + "\n";
  return response;
}

TEST(DoctorCommand, ShowsTheDaemonsHooksWithTheirReasons) {
  const FakeDaemon daemon("/v1/status", status_response(samples::status()));
  const Outcome outcome = run_mxray({"doctor", "--socket", daemon.socket()});
  EXPECT_THAT(outcome.out, ContainsRegex("eth0 egress +ok +tc: kernel 6\\.1 has no TCX\n"));
  EXPECT_THAT(outcome.out, ContainsRegex("losses +warning +42 records were lost\n"));
}

TEST(DoctorCommand, FindsAHookThatCouldNotBeAttached) {
  DaemonStatus status = samples::status();
  status.interfaces.clear();
  status.kernel.attachments[0].hook = "none";
  const FakeDaemon daemon("/v1/status", status_response(status));
  const Outcome outcome = run_mxray({"doctor", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kFound);
  EXPECT_THAT(outcome.out, ContainsRegex("eth0 ingress +failed +none: "));
}

TEST(DoctorCommand, FindsAnInterfaceThatIsNotThere) {
  const Outcome outcome =
      run_mxray({"doctor", "--interface", "mxray-none0", "--socket", "/nonexistent/socket"});
  EXPECT_EQ(outcome.exit, ExitCode::kFound);
  EXPECT_THAT(outcome.out, HasSubstr("mxray-none0"));
}

TEST(DoctorCommand, WritesOneJsonObjectACheckWithTheSchemasKeys) {
  const Outcome outcome = run_mxray({"doctor", "--json", "--socket", "/nonexistent/socket"});
  std::istringstream lines(outcome.out);
  std::string last;
  for (std::string line; std::getline(lines, line); last = line) {
    const auto check = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(check.is_object()) << line;
    EXPECT_EQ(check.size(), 5U) << line;
    for (const char* name : {"schema_version", "check", "outcome", "found", "remedy"}) {
      EXPECT_TRUE(check.contains(name)) << line;
    }
  }
  EXPECT_THAT(last, HasSubstr("\"check\":\"daemon\",\"outcome\":\"warning\""));
}

}  // namespace
}  // namespace mxray::cli
