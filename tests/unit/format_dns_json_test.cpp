// SPDX-License-Identifier: Apache-2.0
// Do the check of the DNS and the senders keep their contract in JSON?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "format/dns_report_json.h"
#include "format_samples.h"

namespace mxray {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

TEST(DnsReportJson, OutcomeIsWhatScriptsBranchOn) {
  const auto outcome = [](const dns::Report& report) {
    return Json::parse(to_json_line(report))["outcome"].get<std::string>();
  };
  dns::Report report = samples::dns_report();
  EXPECT_EQ(outcome(report), "faults");
  report.findings.erase(report.findings.begin(), report.findings.begin() + 3);  // the hint stays
  EXPECT_EQ(outcome(report), "incomplete");
  report.unanswered.clear();
  EXPECT_EQ(outcome(report), "right");
  EXPECT_EQ(outcome(samples::unanswered_dns_report()), "unanswered");
}

TEST(DnsReportJson, FindingHasTheRecordsToAddAndToRemove) {
  const Json finding = Json::parse(to_json_line(samples::dns_report()))["findings"][0];
  EXPECT_EQ(finding["code"], "mx_is_address");
  EXPECT_EQ(finding["severity"], "error");
  EXPECT_EQ(finding["owner"], "domain_dns");
  EXPECT_EQ(finding["add"], Json({"example.org. IN MX 10 mail.example.org."}));
  EXPECT_EQ(finding["remove"], Json({"example.org. IN MX 10 192.0.2.1."}));
}

TEST(DnsReportJson, UnknownHeloIsNull) {
  EXPECT_TRUE(Json::parse(to_json_line(samples::unanswered_dns_report()))["helo"].is_null());
}

TEST(SenderJson, IsReadBackAsWritten) {
  for (const Sender& sender : samples::senders()) {
    const auto read = sender_from_json(to_json_line(sender));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->address, sender.address);
    EXPECT_EQ(read->helo, sender.helo);
    EXPECT_EQ(read->sender_domain, sender.sender_domain);
    EXPECT_EQ(read->sessions, sender.sessions);
    EXPECT_EQ(read->last_seen_ns, sender.last_seen_ns);
  }
}

TEST(SenderJson, NamesTheFieldThatIsWrong) {
  const std::string right = to_json_line(samples::senders().front());
  for (const auto& [field, value] :
       std::vector<std::pair<std::string, Json>>{{"address", "mail.example.org"},
                                                 {"address", nullptr},
                                                 {"helo", 7},
                                                 {"sessions", -1},
                                                 {"sessions", "many"},
                                                 {"last_seen", "yesterday"}}) {
    Json object = Json::parse(right);
    object[field] = value;
    const auto sender = sender_from_json(object.dump());
    ASSERT_FALSE(sender) << field << " " << value;
    EXPECT_THAT(sender.error().message, HasSubstr("sender." + field));
  }
}

}  // namespace
}  // namespace mxray
