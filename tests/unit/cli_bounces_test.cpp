// SPDX-License-Identifier: Apache-2.0
// Does `mxray bounces` tell forged replies from genuine ones, from logs to verdicts?
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/fd.h"
#include "base/time.h"
#include "cli_fake_daemon.h"
#include "format/flow_json.h"
#include "format/incident_json.h"
#include "maillog_logs.h"
#include "support/capture_writer.h"
#include "support/conversation.h"
#include "support/traces.h"

namespace mxray::cli {
namespace {

using nlohmann::json;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

test::Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

// The published line but for its epoch: the trace's date is its author's local time
// taken for UTC, so the line's is as well. Its 90 s after the dump are as published.
constexpr const char* kForgedInJapan =
    "Sep 26 14:46:23 livedoor qmail: 1159281983.972578 delivery 118310: failure: "
    "203.131.198.80_does_not_like_recipient./Remote_host_said:_500_error/"
    "Giving_up_on_203.131.198.80./\n";

// As published but for address and time, which are those of the conversation below.
constexpr const char* kVerificationFailed =
    "Nov 14 22:13:21 report qmail: 1700000001.690610 delivery 150: failure: "
    "203.0.113.25_does_not_like_recipient./Remote_host_said:_550-Verification_failed_for_<> "
    "/550-It_appears_that_the_DNS_operator_for_AOL.com"
    "/550-has_installed_an_invalid_MX_record_with_an_IP_address"
    "/550-instead_of_a_domain_name_on_the_right_hand_side."
    "/550_Sender_verify_failed/Giving_up_on_203.0.113.25.\n";

std::vector<test::TimedPacket> refused_session() {
  return test::Conversation(25)
      .handshake()
      .server("220 mx.example.com\r\n")
      .client("HELO mail.example.org\r\n")
      .server("250 mx.example.com\r\n")
      .client("MAIL FROM:<>\r\n")
      .server("250 OK\r\n")
      .client("RCPT TO:<bob@example.com>\r\n")
      .server(
          "550-Verification failed for <>\r\n"
          "550-It appears that the DNS operator for AOL.com\r\n"
          "550-has installed an invalid MX record with an IP address\r\n"
          "550-instead of a domain name on the right hand side.\r\n"
          "550 Sender verify failed\r\n")
      .client("QUIT\r\n")
      .server("221 bye\r\n")
      .client_fin()
      .server_fin()
      .client_ack()
      .packets();
}

class BouncesCommand : public testing::Test {
 protected:
  Outcome run(const std::string& log, const std::vector<test::TimedPacket>& packets,
              std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"bounces", directory_.write("mail.log", bytes_of(log)),
                                          "--capture",
                                          directory_.write("mail.pcap", test::pcap_file(packets))};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_mxray(std::move(arguments));
  }
  test::TemporaryDirectory directory_;
};

TEST_F(BouncesCommand, ThePublishedBounceIsForgedAndItsIncidentIsNamed) {
  const Outcome outcome = run(kForgedInJapan, test::forged_reply_trace());
  EXPECT_EQ(outcome.exit, ExitCode::kFound) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("forged  2006-09-26T14:46:23.972578Z"));
  EXPECT_THAT(outcome.out, HasSubstr("at 203.131.198.80"));
  EXPECT_THAT(outcome.out, HasSubstr("bounced: 500 error"));
  EXPECT_THAT(outcome.out, HasSubstr("Session: 10.4.1.4:60661 -> 203.131.198.80:25"));
  EXPECT_THAT(outcome.out, HasSubstr("this reply 90 s before the log's time"));
  EXPECT_THAT(outcome.out,
              ContainsRegex("Incident [0-9a-f]{12}: forged reply \"500 error\" from 7 hops away"));
  EXPECT_THAT(outcome.out, HasSubstr("1 failed delivery: 1 forged, 0 genuine, 0 not seen. "
                                     "Read 1 line."));
}

TEST_F(BouncesCommand, TheSameReplyWithoutAForgerIsNotForged) {
  const Outcome outcome =
      run(kForgedInJapan,
          test::forged_reply_trace({.outcome = test::ForgedReplyOptions::Outcome::kGenuine}));
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("not seen"));
  EXPECT_THAT(outcome.out, HasSubstr("this reply was not seen in it"));
}

TEST_F(BouncesCommand, ThePublishedRefusalForWantOfAnMxIsGenuine) {
  const Outcome outcome = run(kVerificationFailed, refused_session());
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("genuine"));
  EXPECT_THAT(outcome.out, HasSubstr("Session: 192.0.2.10:40001 -> 203.0.113.25:25"));
  EXPECT_THAT(outcome.out, HasSubstr("this reply 1 s before the log's time"));
  EXPECT_THAT(outcome.out, HasSubstr("0 forged, 1 genuine, 0 not seen"));
}

TEST_F(BouncesCommand, ThePublishedExchangeLogIsReadWhole) {
  const Outcome outcome = run(maillog::logs::kExchangeBehindProxy, test::forged_reply_trace());
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(outcome.out, "0 failed deliveries: 0 forged, 0 genuine, 0 not seen. Read 18 lines.\n");
}

TEST_F(BouncesCommand, AWrongZoneIsPointedOutAndCanBeSetRight) {
  std::string log = kForgedInJapan;
  log.replace(log.find("1159281983"), 10, "1159253183");  // 8 hours earlier, as published
  const Outcome off = run(log, test::forged_reply_trace());
  EXPECT_EQ(off.exit, ExitCode::kOk);
  EXPECT_THAT(off.out, HasSubstr("Nothing was recorded at that time"));
  EXPECT_THAT(off.out, HasSubstr("was seen from that host 7 h 58 min later"));
  const Outcome right = run(log, test::forged_reply_trace(), {"--shift", "8h"});
  EXPECT_EQ(right.exit, ExitCode::kFound);
  EXPECT_EQ(run(log, test::forged_reply_trace(), {"--shift=-8h"}).exit, ExitCode::kOk);
}

TEST_F(BouncesCommand, StampsWithoutYearAndZoneAreThoseOfTheCapture) {
  const char* log =
      "Sep 26 22:44:54 mx postfix/smtp[1]: A1: to=<jim@neptune.livedoor.com>, "
      "relay=x.livedoor.com[203.131.198.80]:25, dsn=5.0.0, status=bounced (host x.livedoor.com"
      "[203.131.198.80] said: 500 error (in reply to RCPT TO command))\n";
  const Outcome outcome = run(log, test::forged_reply_trace(), {"--timezone", "Asia/Shanghai"});
  EXPECT_EQ(outcome.exit, ExitCode::kFound) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("2006-09-26T14:44:54.000000Z"));
  EXPECT_THAT(outcome.out, HasSubstr("? -> neptune.livedoor.com"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("jim")));
}

TEST_F(BouncesCommand, JsonIsALineADeliveryAndTheSummaryStaysOut) {
  const Outcome outcome =
      run(std::string("garbage\n") + kForgedInJapan, test::forged_reply_trace(), {"--json"});
  EXPECT_EQ(outcome.exit, ExitCode::kFound);
  ASSERT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1) << outcome.out;
  const json line = json::parse(outcome.out);
  EXPECT_EQ(line["schema_version"], 1);
  EXPECT_EQ(line["verdict"], "forged");
  EXPECT_EQ(line["format"], "qmail");
  EXPECT_EQ(line["line"], 2);
  EXPECT_EQ(line["reply_code"], 500);
  EXPECT_EQ(line["remote_ip"], "203.131.198.80");
  EXPECT_EQ(line["session"]["client"]["port"], 60661);
  EXPECT_THAT(line["incident_summary"], HasSubstr("forged reply"));
  EXPECT_THAT(outcome.err, HasSubstr("1 of them not understood"));
}

TEST_F(BouncesCommand, AFileThatCannotBeReadIsNamedAndTheOthersAreRead) {
  const std::string capture =
      directory_.write("mail.pcap", test::pcap_file(test::forged_reply_trace()));
  const std::string log = directory_.write("mail.log", bytes_of(kForgedInJapan));
  const Outcome outcome =
      run_mxray({"bounces", "/nonexistent/mail.log", log, "--capture", capture});
  EXPECT_EQ(outcome.exit, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("/nonexistent/mail.log cannot be read"));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("1 forged"));
}

TEST_F(BouncesCommand, ACaptureThatCannotBeReadIsNamed) {
  const std::string log = directory_.write("mail.log", bytes_of(kForgedInJapan));
  const Outcome outcome = run_mxray({"bounces", log, "--capture", "/nonexistent.pcap"});
  EXPECT_EQ(outcome.exit, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("/nonexistent.pcap"));
}

TEST_F(BouncesCommand, ReadsStandardInput) {
  const std::string capture =
      directory_.write("mail.pcap", test::pcap_file(test::forged_reply_trace()));
  int ends[2] = {};
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_GT(write(ends[1], kForgedInJapan, std::string_view(kForgedInJapan).size()), 0);
  close(ends[1]);
  const Fd before(dup(STDIN_FILENO));
  dup2(ends[0], STDIN_FILENO);
  close(ends[0]);
  const Outcome outcome = run_mxray({"bounces", "-", "--capture", capture});
  dup2(before.get(), STDIN_FILENO);
  EXPECT_EQ(outcome.exit, ExitCode::kFound) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("Log: -:1"));
}

TEST_F(BouncesCommand, BadArgumentsAreUsageErrors) {
  const std::string log = directory_.write("mail.log", bytes_of(kForgedInJapan));
  for (const std::vector<std::string>& bad : {std::vector<std::string>{"--format", "groupwise"},
                                              {"--timezone", "Nowhere/Atlantis"},
                                              {"--year", "20"},
                                              {"--shift", "soon"}}) {
    std::vector<std::string> arguments = {"bounces", log};
    arguments.insert(arguments.end(), bad.begin(), bad.end());
    const Outcome outcome = run_mxray(arguments);
    EXPECT_EQ(outcome.exit, ExitCode::kUsage) << bad[1];
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
  EXPECT_EQ(run_mxray({"bounces"}).exit, ExitCode::kUsage);
}

// What a daemon keeps of the two published bounces' sessions.
FlowView session(const char* client, const char* server, std::uint64_t opened_ns) {
  FlowView flow;
  flow.protocol = core::PROTOCOL_SMTP;
  flow.state = FlowState::kClosed;
  flow.interface = "eth0";
  flow.client = {*parse_address(client), 60661};
  flow.server = {*parse_address(server), 25};
  flow.opened_ns = opened_ns;
  flow.closed_ns = opened_ns + 2'000'000'000;
  return flow;
}

struct Kept {
  FlowView forged = session("10.4.1.4", "203.131.198.80", *parse_rfc3339("2006-09-26T06:46:20Z"));
  FlowView genuine = session("10.4.1.4", "131.111.8.147", *parse_rfc3339("2006-04-19T02:19:07Z"));
  Incident incident;
  Kept() {
    forged.incidents = {"4d72c6f9b665"};
    genuine.refusals.push_back({.time_ns = genuine.opened_ns + 1'000'000'000,
                                .code = 550,
                                .text = "550-Verification failed for <> / 550-It appears that the "
                                        "DNS operator for AOL.com...",
                                .command = "RCPT TO",
                                .reason = "reverse_dns"});
    incident.id = "4d72c6f9b665";
    incident.kind = Kind::kForgedReply;
    incident.time_ns = forged.opened_ns + 1'000'000'000;
    incident.client = forged.client;
    incident.server = forged.server;
    incident.summary = "forged reply \"500 error\" from 7 hops away";
    Forgery& forgery = incident.forgery.emplace();
    forgery.forged_text = "500 error";
    forgery.forged_code = 500;
    forgery.genuine_text = "250 Ok";
  }
};

// Two pages of sessions; the incident is only on its disk.
Handler daemon_of(const Kept& kept) {
  return [kept](const Request& request) {
    Response response;
    response.headers["X-Mxray-Records-Lost"] = "0";
    if (request.path == "/v1/sessions") {
      response.headers["X-Mxray-Complete-Since-Ns"] = "1";
      if (!request.query.contains("after")) {
        response.body = to_json_line(kept.genuine) + "\n";
        response.headers["X-Mxray-Next"] = "1.1";
      } else {
        response.body = to_json_line(kept.forged) + "\n";
      }
    } else if (request.path == "/v1/incidents/4d72c6f9b665") {
      response.body = to_json_full(kept.incident);
    } else if (request.path != "/v1/incidents") {
      response.status = 404;
    }
    return response;
  };
}

// Word for word, but for the address that its author had blotted out.
constexpr const char* kAsPublished =
    "Apr 19 10:19:09 report qmail: 1145413149.690610 delivery 150: failure:\n"
    "131.111.8.147_does_not_like_recipient./Remote_host_said:_550-Verification_failed_for_<> "
    "/550-It_appears_that_the_DNS_operator_for_AOL.com\n"
    "/550-has_installed_an_invalid_MX_record_with_an_IP_address\n"
    "/550-instead_of_a_domain_name_on_the_right_hand_side.\n"
    "/550_Sender_verify_failed/Giving_up_on_131.111.8.147.\n"
    "Sep 26 14:46:23 livedoor qmail: 1159253183.972578 delivery 118310: failure: "
    "203.131.198.80_does_not_like_recipient./Remote_host_said:_500_error/"
    "Giving_up_on_203.131.198.80./\n";

TEST_F(BouncesCommand, AsksTheDaemonOnlyForTheHoursAndHostsThatMatter) {
  const FakeDaemon daemon(daemon_of(Kept()));
  const std::string log = directory_.write("mail.log", bytes_of(kAsPublished));
  const Outcome outcome = run_mxray({"bounces", log, "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kFound) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("genuine  2006-04-19T02:19:09.690610Z"));
  EXPECT_THAT(outcome.out, HasSubstr("\nforged  2006-09-26T06:46:23.972578Z"));
  EXPECT_THAT(outcome.out, HasSubstr("Incident 4d72c6f9b665: forged reply"));
  EXPECT_THAT(outcome.out, HasSubstr("1 forged, 1 genuine, 0 not seen. Read 6 lines."));
  std::size_t asked = 0;
  for (const Request& request : daemon.requests()) {
    if (request.path != "/v1/sessions") continue;
    ++asked;
    EXPECT_EQ(request.query.at("host"), "131.111.8.147,203.131.198.80");
    const std::uint64_t range_ns =
        std::stoull(request.query.at("until_ns")) - std::stoull(request.query.at("since_ns"));
    EXPECT_LT(range_ns, 2 * 3'600'000'000'000U);
  }
  EXPECT_EQ(asked, 4U) << "two ranges of two pages";
}

TEST_F(BouncesCommand, ALogWithoutFailuresNeedsNoDaemon) {
  const std::string log =
      directory_.write("mail.log", bytes_of(maillog::logs::kExchangeBehindProxy));
  EXPECT_EQ(run_mxray({"bounces", log, "--socket", "/nonexistent"}).exit, ExitCode::kOk);
}

TEST_F(BouncesCommand, WithoutADaemonItSaysSo) {
  const std::string log = directory_.write("mail.log", bytes_of(kAsPublished));
  const Outcome outcome = run_mxray({"bounces", log, "--socket", "/nonexistent/socket"});
  EXPECT_EQ(outcome.exit, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.err, HasSubstr("no mxrayd answers at /nonexistent/socket"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("genuine")));
}

}  // namespace
}  // namespace mxray::cli
