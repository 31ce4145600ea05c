// SPDX-License-Identifier: Apache-2.0
// Does the report command ask for what its page needs, and write it where it shall?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/time.h"
#include "cli_fake_daemon.h"
#include "format/flow_json.h"
#include "format/incident_json.h"
#include "format/path_json.h"
#include "format/status_json.h"
#include "format_samples.h"
#include "support/capture_writer.h"
#include "support/traces.h"

namespace mxray::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// A failure shows the part, not the page.
testing::AssertionResult says(const std::string& page, const std::string& part) {
  const bool found = page.find(part) != std::string::npos;
  return (found ? testing::AssertionSuccess() : testing::AssertionFailure())
         << (found ? "it says " : "it does not say ") << part;
}

Response ok(std::string body) {
  Response response;
  response.body = std::move(body) + "\n";
  return response;
}

// A daemon that holds a forged reply of now, its packets and the path to its server.
class ReportOfDaemon : public testing::Test {
 protected:
  ReportOfDaemon() {
    incident_.time_ns = wall_clock_ns();
    status_.records_lost = 0;
  }

  Outcome run(std::vector<std::string> arguments) {
    const FakeDaemon daemon([this](const Request& request) {
      if (request.path == "/v1/status") return ok(to_json_line(status_));
      if (request.path == "/v1/incidents") return ok(to_json_line(incident_, 1));
      if (request.path == "/v1/incidents/" + incident_.id) return ok(to_json_full(incident_));
      if (request.path == "/v1/paths") return ok(to_json_line(samples::path()));
      if (request.path == "/v1/sessions") return ok(to_json_line(session()));
      Response missing = ok("{}");
      missing.status = 404;
      return missing;
    });
    arguments.insert(arguments.begin(), {"report", "--socket", daemon.socket()});
    Outcome outcome = run_mxray(std::move(arguments));
    requests_ = daemon.requests();
    return outcome;
  }

  FlowView session() const {
    FlowView flow = samples::refused_flow();
    flow.server = incident_.server;
    flow.opened_ns = incident_.time_ns - 1'000'000;
    return flow;
  }

  std::map<std::string, std::string> query_of(const std::string& path) const {
    for (const Request& request : requests_) {
      if (request.path == path) return request.query;
    }
    return {};
  }

  Incident incident_ = samples::forged_reply();
  DaemonStatus status_ = samples::status();
  std::vector<Request> requests_;
};

TEST_F(ReportOfDaemon, AsksForADayAndTellsAllItKnows) {
  const std::uint64_t before = wall_clock_ns();
  const Outcome outcome = run({});
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("<!DOCTYPE html>\n"));
  constexpr std::uint64_t kDay = 86'400'000'000'000;
  const std::uint64_t since = std::stoull(query_of("/v1/incidents").at("since_ns"));
  EXPECT_GE(since, before - kDay);
  EXPECT_LE(since, wall_clock_ns() - kDay);
  EXPECT_EQ(query_of("/v1/sessions").at("server"), "203.131.198.80:25");
  EXPECT_TRUE(says(outcome.out, "1 forged reply."));
  EXPECT_TRUE(says(outcome.out, "&quot;RCPT TO livedoor.com&quot;"));  // of its packets
  EXPECT_TRUE(says(outcome.out, "Whoever runs the network behind hop 6 (210.53.126.2)"));
  EXPECT_TRUE(says(outcome.out, "1 of 1 watched connections to this server"));
}

TEST_F(ReportOfDaemon, KeepsToThePeriodAndTheFilters) {
  EXPECT_TRUE(says(run({"--since", "2h", "--until", "1h"}).out, "No incident was seen."));
  EXPECT_TRUE(says(run({"--since", "2h", "--until", "0s"}).out, "1 forged reply."));
  const Outcome other = run({"--kind", "ident_stall", "--server", "192.0.2.1"});
  EXPECT_EQ(query_of("/v1/incidents").at("kind"), "ident_stall");
  EXPECT_EQ(query_of("/v1/incidents").at("server"), "192.0.2.1");
  EXPECT_TRUE(says(other.out, "only kind ident_stall; server 192.0.2.1"));
}

TEST_F(ReportOfDaemon, SaysWhatItsFiltersLeftOut) {
  const Outcome outcome = run({"--not-kind", "rejected", "--client", "10.0.0.0/8", "--interface",
                               "<b>", "--not-host", "192.0.2.1"});
  EXPECT_TRUE(says(outcome.out,
                   "only interface &lt;b&gt;; client 10.0.0.0/8; without kind "
                   "rejected; host 192.0.2.1"));
}

TEST_F(ReportOfDaemon, IsAboutOneIncidentIfAskedTo) {
  const Outcome outcome = run({"--incident", incident_.id, "--title", "Ticket <17>"});
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  EXPECT_TRUE(says(outcome.out, "<h1>Ticket &lt;17&gt;</h1>"));
  EXPECT_TRUE(says(outcome.out, "incident " + incident_.id + " only"));
  const Outcome missing = run({"--incident", "nosuchid"});
  EXPECT_EQ(missing.exit, ExitCode::kUsage);
  EXPECT_THAT(missing.err, HasSubstr("there is no incident 'nosuchid'"));
  EXPECT_THAT(missing.out, IsEmpty());
  EXPECT_EQ(run({"--incident", incident_.id, "--since", "1h"}).exit, ExitCode::kUsage);
  EXPECT_EQ(run({"--incident", incident_.id, "--not-kind", "rejected"}).exit, ExitCode::kUsage);
}

TEST_F(ReportOfDaemon, IsAnonymousIfAskedToWithTheNetworksThatAreNamed) {
  EXPECT_TRUE(says(run({}).out, "10.4.1.4"));
  EXPECT_FALSE(says(run({"--anonymize"}).out, "10.4.1.4"));
  const std::string server = "203.131.198.80";
  EXPECT_TRUE(says(run({"--anonymize"}).out, server));
  EXPECT_FALSE(says(run({"--anonymize", "--inside", "203.131.0.0/16"}).out, server));
  const Outcome wrong = run({"--anonymize", "--inside", "corp"});
  EXPECT_EQ(wrong.exit, ExitCode::kUsage);
  EXPECT_THAT(wrong.err, HasSubstr("'corp' is no IPv4 or IPv6 address or network"));
  EXPECT_EQ(run({"--inside", "203.131.0.0/16"}).exit, ExitCode::kUsage);
}

TEST_F(ReportOfDaemon, EndsWithCodeFiveIfRecordsWereLost) {
  status_.records_lost = 3;
  const Outcome outcome = run({});
  EXPECT_EQ(outcome.exit, ExitCode::kPartial);
  EXPECT_TRUE(says(outcome.out, "3 records were lost"));
}

TEST_F(ReportOfDaemon, WritesAFileOverWhatItHolds) {
  const test::TemporaryDirectory directory;
  const std::string file = directory.write("page.html", test::Bytes(500'000, 'x'));
  const Outcome outcome = run({"--output", file});
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, IsEmpty());
  std::stringstream content;
  content << std::ifstream(file).rdbuf();
  EXPECT_THAT(content.str(), StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(content.str(), testing::EndsWith("</html>\n"));
}

TEST_F(ReportOfDaemon, SaysWhereItCannotWrite) {
  const Outcome outcome = run({"--output", "/nonexistent/page.html"});
  EXPECT_EQ(outcome.exit, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("cannot write /nonexistent/page.html: No such file"));
  const Outcome full = run({"--output", "/dev/full"});
  EXPECT_EQ(full.exit, ExitCode::kPartial);  // as on standard output
  EXPECT_THAT(full.err, HasSubstr("/dev/full could not be written to its end"));
}

TEST_F(ReportOfDaemon, RefusesWhatCannotBe) {
  EXPECT_THAT(run({"--since", "yesterday"}).err, HasSubstr("'yesterday' is no time"));
  EXPECT_THAT(run({"--since", "1h", "--until", "2h"}).err, HasSubstr("is later than --until"));
  EXPECT_THAT(run({"--kind", "nonsense"}).err, HasSubstr("'nonsense' is no kind"));
  EXPECT_EQ(run({"--ports", "8025"}).exit, ExitCode::kUsage);  // only of captures
}

TEST(ReportCommand, IsNotForATerminalHoweverWideItsLinesMayBe) {
  const auto complaint = [](bool terminal) {
    std::ostringstream out;
    std::ostringstream err;
    run({"report", "--socket", "/nonexistent/socket"},
        Output{.out = out, .err = err, .terminal = terminal, .width = terminal ? 0 : 80});
    return err.str();
  };
  EXPECT_THAT(complaint(true), HasSubstr("not for a terminal; name a file with --output"));
  EXPECT_THAT(complaint(false), HasSubstr("no mxrayd answers"));  // COLUMNS alone is none
}

TEST(ReportCommand, EndsWithCodeThreeIfNoDaemonAnswers) {
  const Outcome outcome = run_mxray({"report", "--socket", "/nonexistent/socket"});
  EXPECT_EQ(outcome.exit, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.out, IsEmpty());
}

TEST(ReportCommand, NeedsNoDaemonForCaptures) {
  const test::TemporaryDirectory directory;
  const std::string file = directory.write("s0.pcap", test::pcap_file(test::forged_reply_trace()));
  const Outcome outcome = run_mxray({"report", "--replay", file});
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  EXPECT_TRUE(says(outcome.out, "1 forged reply."));
  EXPECT_TRUE(says(outcome.out, "capture files: s0.pcap"));
  EXPECT_TRUE(says(outcome.out, "2006-09-26 14:44:52 to 14:44:53 UTC"));
  EXPECT_TRUE(
      says(run_mxray({"report", "--replay", file, "--since", "1h"}).out, "No incident was seen."));
}

// When it ends, and at the end of the file, where it is known still.
TEST(ReportOfCaptures, CountsAConnectionOnceThoughItIsToldOfTwice) {
  std::vector<test::TimedPacket> packets = test::forged_reply_trace();
  const auto ended =
      test::forged_reply_trace({.outcome = test::ForgedReplyOptions::Outcome::kGenuine});
  packets.insert(packets.end(), ended.end() - 4, ended.end());
  const test::TemporaryDirectory directory;
  const Outcome outcome =
      run_mxray({"report", "--replay", directory.write("s0.pcap", test::pcap_file(packets))});
  EXPECT_TRUE(says(outcome.out, "1 of 1 watched connections to this server"));
}

TEST(ReportCommand, TellsWhatCameBeforeTheFileBrokeOff) {
  test::Bytes capture = test::pcap_file(test::forged_reply_trace());
  capture.resize(capture.size() - 5);
  const test::TemporaryDirectory directory;
  const Outcome cut = run_mxray({"report", "--replay", directory.write("cut.pcap", capture)});
  EXPECT_EQ(cut.exit, ExitCode::kUsage);
  EXPECT_TRUE(says(cut.out, "1 forged reply."));
  EXPECT_TRUE(says(cut.out, "cut.pcap: packet 9"));
  EXPECT_THAT(cut.err, HasSubstr("cut.pcap: packet 9"));
  const Outcome missing = run_mxray({"report", "--replay", "/nonexistent/capture.pcap"});
  EXPECT_EQ(missing.exit, ExitCode::kUsage);
  EXPECT_THAT(missing.out, IsEmpty());
}

TEST(ReportOfCaptures, IsNotWrittenOverThem) {
  const test::TemporaryDirectory directory;
  const test::Bytes capture = test::pcap_file(test::forged_reply_trace());
  const std::string file = directory.write("wan0.pcap", capture);
  const Outcome outcome = run_mxray({"report", "--replay", file, "--output", file});
  EXPECT_EQ(outcome.exit, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("is what the report is made of"));
  EXPECT_EQ(std::filesystem::file_size(file), capture.size());
}

}  // namespace
}  // namespace mxray::cli
