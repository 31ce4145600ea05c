// SPDX-License-Identifier: Apache-2.0
// Does the page say what happened, to whom, and what is missing, in bounded space?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "format_samples.h"
#include "report/groups.h"
#include "report_samples.h"

namespace mxray {
namespace {

using testing::SizeIs;

// A failure shows the part, not the page.
testing::AssertionResult says(const std::string& page, const std::string& part) {
  const bool found = page.find(part) != std::string::npos;
  return (found ? testing::AssertionSuccess() : testing::AssertionFailure())
         << (found ? "it says " : "it does not say ") << part;
}

std::size_t count_of(const std::string& page, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = page.find(part); at != std::string::npos; at = page.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// `count` forged replies of one forger, a second apart.
std::vector<Incident> wave(std::size_t count) {
  std::vector<Incident> incidents(count, samples::forged_reply());
  for (std::size_t i = 0; i < count; ++i) {
    incidents[i].id = fmt::format("{:012x}", i);
    incidents[i].time_ns += i * 1'000'000'000;
  }
  return incidents;
}

TEST(Report, BeginsWithWhatHappenedToWhomAndWhoMustAct) {
  ReportInput input = samples::report();
  input.incidents = {samples::forged_reply()};
  input.places["0123456789ab"] = {"behind hop 6 (210.53.126.2), before hop 7",
                                  "The forger is behind hop 6."};
  const std::string page = render(input);
  const std::string verdict = page.substr(0, page.find("id=\"when\""));
  EXPECT_TRUE(says(verdict, "1 forged reply."));
  EXPECT_TRUE(says(verdict, "&quot;500 error&quot;"));
  EXPECT_TRUE(says(verdict, "client 192.168.1.9; server 203.131.198.80:25"));
  EXPECT_TRUE(says(verdict, "2026-09-26 14:44:53 UTC"));
  EXPECT_TRUE(says(verdict, "Whoever runs the network behind hop 6 (210.53.126.2), before hop 7"));
  EXPECT_TRUE(says(verdict, "Neither mail server is at fault"));
  EXPECT_TRUE(says(page, "<h4>Where</h4><p>The forger is behind hop 6.</p>"));
}

TEST(Report, NamesHopsWhereNoPathIsKnown) {
  ReportInput input = samples::report();
  input.incidents = {samples::forged_reply()};
  EXPECT_TRUE(says(render(input), "7 hops from this gateway towards the server"));
  EXPECT_FALSE(says(render(input), "<h4>Where</h4>"));
}

TEST(Report, ShowsPacketsReasonsAndRemedyAsExplainDoes) {
  const std::string page = render(samples::report());
  EXPECT_TRUE(says(page,
                   "<tr class=\"marked\"><th scope=\"row\">53.103763</th><td>!</td>"
                   "<td>&lt;- server</td><td>data</td><td>57</td><td>64</td>"));
  EXPECT_TRUE(says(page,
                   "<code>timestamps</code></th><td>absent</td><td>present</td>"
                   "<td>+3.0</td>"));
  EXPECT_TRUE(says(page, "Refuse port 113 with a TCP reset."));
  EXPECT_TRUE(says(page, "mxray explain 0123456789ab"));
}

TEST(Report, DrawsWhatItsNumbersAllow) {
  const std::string page = render(samples::report());
  for (const char* name : {"Incidents over time", "TTL of the packets",
                           "Delay against the round trip", "Wait for the greeting"}) {
    EXPECT_EQ(count_of(page, fmt::format("<title>{}</title>", name)), 1U) << name;
  }
  EXPECT_TRUE(says(page, "forged packet came after 54.1 ms"));
  EXPECT_TRUE(says(page, "ident (TCP port 113) 30.0 s"));
}

TEST(Report, ShowsFiveHundredForgedRepliesAsOneFinding) {
  ReportInput input = samples::report();
  input.incidents = wave(500);
  EXPECT_THAT(ids_in_full(input.incidents), SizeIs(2));
  const std::string page = render(input);
  EXPECT_EQ(count_of(page, "<section id=\"finding-"), 1U);
  EXPECT_EQ(count_of(page, "<article>"), 2U);
  EXPECT_TRUE(says(page, "500 forged replies."));
  EXPECT_TRUE(says(page, "And 400 more, which have no room here."));
  EXPECT_TRUE(says(page, "<title>Distance of forger and server</title>"));
  EXPECT_LT(page.size(), 150'000U);
}

TEST(Report, CountsTheConnectionsThatWereNotHit) {
  ReportInput input = samples::report();
  input.incidents = wave(3);
  input.connections["203.131.198.80:25"] = 40;
  EXPECT_TRUE(says(render(input), "3 of 40 watched connections to this server"));
}

TEST(Report, SaysThatNothingWasFound) {
  ReportInput input = samples::report();
  input.incidents.clear();
  EXPECT_TRUE(says(render(input), "No incident was seen."));
  EXPECT_FALSE(says(render(input), "records were lost"));
  input.status.records_lost = 3;
  EXPECT_TRUE(says(render(input), "records were lost, so there may have been something"));
}

TEST(Report, SaysWhatMayBeMissing) {
  ReportInput input = samples::report();
  EXPECT_TRUE(says(render(input), "none: every packet that told something was judged"));
  input.status.records_lost = 42;
  input.status.store = {"degraded", "the disk is full"};
  input.complete_since_ns = input.since_ns + 1'000'000'000;
  const std::string page = render(input);
  EXPECT_TRUE(says(page, "42 records were lost"));
  EXPECT_TRUE(says(page, "degraded, the disk is full"));
  EXPECT_TRUE(says(page, "incidents before 2026-09-26 13:44:01 UTC may be missing"));
  EXPECT_TRUE(says(page, "the driver has hardware queues"));
}

TEST(Report, ExplainsTheSignalsThatItShowsAndNoOthers) {
  const std::string page = render(samples::report());
  EXPECT_TRUE(says(page, "<dt>ttl</dt>"));
  EXPECT_FALSE(says(page, "<dt>reserved_bits</dt>"));
}

TEST(Report, LetsNoTextOutOfItsPlace) {
  const std::string page = render(samples::hostile_report());
  for (const char* part : {"<script", "<img", "onerror='", "\x1b", "\r", "\xe2\x80\xae", "\xff",
                           "\xc2\x9b", "&lt;/title&gt;&lt;/style&gt;<"}) {
    EXPECT_FALSE(says(page, part));
  }
  EXPECT_EQ(count_of(page, "</style>"), 1U);
  EXPECT_EQ(count_of(page, "</html>"), 1U);
  EXPECT_TRUE(says(page, "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"));
}

TEST(Report, StaysSmallWhateverTheDaemonHolds) {
  ReportInput input = samples::hostile_report();
  const std::vector<Incident> few = input.incidents;
  for (std::uint8_t i = 0; i < 10; ++i) {
    for (Incident incident : few) {
      incident.id += std::to_string(i);
      incident.server.address.bytes[15] = i;
      incident.packets.resize(70, samples::forged_reply().packets.back());
      for (PacketRow& packet : incident.packets) packet.text = std::string(4096, '"');
      incident.evidence.resize(70, {"<", std::string(4096, '\''), "", 1});
      input.incidents.push_back(incident);
    }
  }
  const std::string page = render(input);
  EXPECT_LE(page.size(), kMostReportBytes);
  EXPECT_TRUE(says(page, "parts would have made this page larger"));
  EXPECT_TRUE(says(page, "</html>"));
}

TEST(Report, HidesInsideAddressesOnRequest) {
  ReportInput input = samples::report();
  input.incidents[0].summary += " to 192.168.1.9 (as 10.4.1.4)";
  input.incidents[0].packets[0].text = "EHLO [192.168.1.9]";
  EXPECT_TRUE(says(render(input), "192.168.1.9"));
  input.anonymity.on = true;
  const std::string page = render(input);
  EXPECT_FALSE(says(page, "192.168.1.9"));
  EXPECT_FALSE(says(page, "10.4.1.4"));
  EXPECT_TRUE(says(page, "client client-1; server 203.131.198.80:25"));
  EXPECT_TRUE(says(page, "EHLO [client-1]"));
}

TEST(Groups, LeaveNoIncidentOutAndNoneTwice) {
  ReportInput input = samples::hostile_report();
  std::size_t count = 0;
  std::vector<const Incident*> seen;
  const std::vector<Group> groups = group_incidents(input.incidents);
  for (const Group& group : groups) {
    count += group.incidents.size();
    seen.insert(seen.end(), group.incidents.begin(), group.incidents.end());
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
  EXPECT_EQ(count, input.incidents.size());
  EXPECT_TRUE(is_forgery(groups.front().kind));
}

}  // namespace
}  // namespace mxray
