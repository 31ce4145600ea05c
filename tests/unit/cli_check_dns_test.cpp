// SPDX-License-Identifier: Apache-2.0
// Does `mxray check dns` check whom it should, and tell what came of it?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/check_dns_text.h"
#include "cli/sender_subjects.h"
#include "cli_fake_daemon.h"
#include "dns_report.h"
#include "format/sender_json.h"

namespace mxray::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// Nothing listens on this port of loopback, so nothing leaves the machine.
constexpr const char* kNoResolver = "127.0.0.1:1";

std::string sender_line(const std::string& address, std::optional<std::string> helo,
                        std::optional<std::string> domain) {
  return to_json_line(Sender{.address = dns::address(address),
                             .helo = std::move(helo),
                             .sender_domain = std::move(domain),
                             .sessions = 12,
                             .last_seen_ns = 1'159'281'893'103'763'000}) +
         "\n";
}

Response senders(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

TEST(SenderSubjects, AreOneAPairOfAddressAndHeloWithAllItsDomains) {
  const std::string lines = sender_line("192.0.2.1", "Mail.example.org", "example.org") +
                            sender_line("192.0.2.1", "mail.example.org", "Example.net") +
                            sender_line("192.0.2.1", "mail.example.org", "example.org") +
                            sender_line("192.0.2.1", "www.example.org", std::nullopt) +
                            sender_line("2001:db8::1", std::nullopt, std::nullopt);
  const auto subjects = subjects_in(lines, {});
  ASSERT_TRUE(subjects) << subjects.error().message;
  ASSERT_THAT(*subjects, SizeIs(3));
  EXPECT_EQ((*subjects)[0].helo, "mail.example.org");
  EXPECT_THAT((*subjects)[0].domains, ElementsAre("example.org", "example.net"));
  EXPECT_EQ((*subjects)[1].helo, "www.example.org");
  EXPECT_THAT((*subjects)[1].domains, IsEmpty());
  EXPECT_EQ(to_string((*subjects)[2].address), "2001:db8::1");
}

TEST(SenderSubjects, WhatTheUserSaysReplacesWhatWasSeen) {
  const auto subjects = subjects_in(sender_line("192.0.2.1", "www.example.org", "example.org"),
                                    {.helo = "mail.example.org.", .domains = {"example.net"}});
  ASSERT_TRUE(subjects);
  ASSERT_THAT(*subjects, SizeIs(1));
  EXPECT_EQ((*subjects)[0].helo, "mail.example.org");
  EXPECT_THAT((*subjects)[0].domains, ElementsAre("example.net"));
}

TEST(SenderSubjects, AddressNamedTwiceIsCheckedOnce) {
  EXPECT_THAT(subjects_of({"192.0.2.1", "2001:db8::1", "192.0.2.1"}, {}), SizeIs(2));
}

TEST(CheckDns, AsksTheDaemonWhichAddressesSend) {
  const FakeDaemon daemon("/v1/senders",
                          senders(sender_line("192.0.2.1", "mail.example.org", "example.org") +
                                  sender_line("2001:db8::1", std::nullopt, std::nullopt)));
  const Outcome outcome =
      run_mxray({"check", "dns", "--json", "--resolver", kNoResolver, "--socket", daemon.socket()});
  std::istringstream lines(outcome.out);
  std::vector<std::string> addresses;
  for (std::string line; std::getline(lines, line);) {
    const auto object = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(object.is_object()) << line;
    addresses.push_back(object["address"]);
    EXPECT_EQ(object["outcome"], "unanswered");
  }
  EXPECT_THAT(addresses, ElementsAre("192.0.2.1", "2001:db8::1"));
  EXPECT_EQ(outcome.exit, ExitCode::kNoAnswer);
}

TEST(CheckDns, WithAnAddressNoDaemonIsNeeded) {
  const Outcome outcome = run_mxray(
      {"check", "dns", "192.0.2.1", "--resolver", kNoResolver, "--socket", "/nonexistent/socket"});
  EXPECT_EQ(outcome.exit, ExitCode::kNoAnswer);
  EXPECT_THAT(outcome.err, HasSubstr("no resolver answered, so nothing is known of 192.0.2.1"));
  EXPECT_THAT(outcome.err, HasSubstr("--resolver"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("PTR record")));
  EXPECT_THAT(outcome.out, IsEmpty());
}

TEST(CheckDns, WithoutAddressAndDaemonNamesBothWaysOut) {
  const Outcome outcome = run_mxray({"check", "dns", "--socket", "/nonexistent/socket"});
  EXPECT_EQ(outcome.exit, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.err, HasSubstr("mxray check dns 192.0.2.1"));
  EXPECT_THAT(outcome.err, HasSubstr("start mxrayd"));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1);
}

TEST(CheckDns, DaemonThatKnowsNoSendersIsSaidToBeOlder) {
  const FakeDaemon daemon("/v1/status", senders("{}"));
  const Outcome outcome = run_mxray({"check", "dns", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.err, HasSubstr("may be older"));
}

TEST(CheckDns, NoSenderYetIsNoSuccess) {
  const FakeDaemon daemon("/v1/senders", senders(""));
  const Outcome outcome = run_mxray({"check", "dns", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kPartial);
  EXPECT_THAT(outcome.err, HasSubstr("nothing was checked"));
}

TEST(CheckDns, SenderThatCannotBeReadIsNamed) {
  for (const char* line : {"{\"address\":\"nowhere\"}", "[]", "{}"}) {
    const FakeDaemon daemon("/v1/senders", senders(line));
    const Outcome outcome = run_mxray({"check", "dns", "--socket", daemon.socket()});
    EXPECT_EQ(outcome.exit, ExitCode::kUnreachable) << line;
    EXPECT_THAT(outcome.err, HasSubstr("something that is no sender")) << line;
  }
}

TEST(CheckDns, RefusesWrongArgumentsWithOneSentence) {
  const std::vector<std::vector<std::string>> wrong = {
      {"example.org"},
      {"192.0.2.1", "--domain", "user@example.org"},
      {"192.0.2.1", "--resolver", "dns.example.org"},
      {"192.0.2.1", "--resolver", "192.0.2.53:0"},
      {"192.0.2.1", "--timeout", "-1"},
  };
  for (std::vector<std::string> arguments : wrong) {
    const std::string what = arguments.back();
    arguments.insert(arguments.begin(), {"check", "dns"});
    const Outcome outcome = run_mxray(arguments);
    EXPECT_EQ(outcome.exit, ExitCode::kUsage) << what;
    EXPECT_THAT(outcome.err, HasSubstr(what));
  }
  EXPECT_EQ(run_mxray({"check"}).exit, ExitCode::kUsage);
  EXPECT_THAT(run_mxray({"check"}).err, HasSubstr("what to check"));
}

TEST(CheckDnsText, EndsWithWhatItComesTo) {
  using dns::report_of;
  EXPECT_THAT(for_people(report_of(dns::right_dns()), 0, false),
              testing::EndsWith("192.0.2.1: everything is right\n"));
  dns::Subject unknown = dns::sender();
  unknown.helo.clear();
  EXPECT_THAT(for_people(report_of(dns::right_dns(), unknown), 0, false),
              testing::EndsWith("192.0.2.1: what was checked is right\n"));
  dns::MadeUpDns dns = dns::right_dns();
  dns.silent("example.org", dns::RecordType::kMx);
  EXPECT_THAT(for_people(report_of(dns), 0, false),
              testing::EndsWith("no fault found, but not every question was answered\n"));
  unknown.address = dns::address("192.0.2.2");
  EXPECT_THAT(
      for_people(report_of(dns, unknown), 0, false),
      testing::EndsWith("192.0.2.2: 1 fault: ptr_missing, but not every question was answered\n"));
}

TEST(CheckDnsText, RecordsStandOnLinesOfTheirOwnHoweverNarrowTheTerminal) {
  dns::Subject subject = dns::sender();
  subject.address = dns::address("192.0.2.2");
  for (const std::size_t width : {0U, 30U, 80U}) {
    const std::string text = for_people(dns::report_of(dns::right_dns(), subject), width, false);
    EXPECT_THAT(text,
                HasSubstr("\n              2.2.0.192.in-addr.arpa. IN PTR mail.example.org.\n"));
  }
}

TEST(CheckDnsText, HostileNamesAreShownHarmless) {
  dns::Subject subject = dns::sender();
  subject.helo = "evil\x1b[2Jname";
  EXPECT_THAT(for_people(dns::report_of(dns::right_dns(), subject), 80, false),
              Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace mxray::cli
