// SPDX-License-Identifier: Apache-2.0
// Does a client that follows the incidents miss none, and get only its own?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/incident_board.h"
#include "daemon/incident_query.h"
#include "unit/daemon_made_up.h"

namespace mxray {
namespace {

using ::testing::ElementsAre;
using testing::forged_reply;
using ::testing::HasSubstr;
using testing::kSecond;

std::vector<std::string> ids(const IncidentBoard& board, std::uint64_t after = 0) {
  std::vector<std::string> found;
  board.visit(after,
              [&](std::uint64_t, const Incident& incident) { found.push_back(incident.id); });
  return found;
}

TEST(IncidentBoard, GivesRevisionsThatRiseEvenIfTheClockDoesNot) {
  IncidentBoard board(10);
  const auto first = board.put(forged_reply("a", 0), 100 * kSecond);
  const auto second = board.put(forged_reply("b", 0), 100 * kSecond);
  const auto third = board.put(forged_reply("c", 0), 99 * kSecond);
  EXPECT_EQ(first, 100'000'000u);
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST(IncidentBoard, ShowsAnAmendmentOnceAndAsNews) {
  IncidentBoard board(10);
  board.put(forged_reply("a", 0), 1 * kSecond);
  const auto seen = board.put(forged_reply("b", 0), 2 * kSecond);
  EXPECT_THAT(ids(board, seen), ElementsAre());
  Incident amended = forged_reply("a", 0);
  amended.amendments = 1;
  board.put(amended, 3 * kSecond);
  EXPECT_THAT(ids(board, seen), ElementsAre("a"));
  EXPECT_THAT(ids(board), ElementsAre("b", "a"));
  EXPECT_EQ(board.find("a")->amendments, 1u);
}

TEST(IncidentBoard, ForgetsWhatHasBeenQuietLongestWhenFull) {
  IncidentBoard board(2);
  board.put(forged_reply("a", 0), 1 * kSecond);
  board.put(forged_reply("b", 0), 2 * kSecond);
  board.put(forged_reply("a", 0), 3 * kSecond);
  board.put(forged_reply("c", 0), 4 * kSecond);
  EXPECT_THAT(ids(board), ElementsAre("a", "c"));
  EXPECT_EQ(board.find("b"), nullptr);
  EXPECT_EQ(board.size(), 2u);
}

TEST(IncidentBoard, SaysFromWhenOnItMissesNothing) {
  IncidentBoard board(2);
  board.put(forged_reply("a", 1 * kSecond), 1 * kSecond);
  EXPECT_EQ(board.complete_since_ns(), 0u);
  board.put(forged_reply("b", 2 * kSecond), 2 * kSecond);
  board.put(forged_reply("c", 3 * kSecond), 3 * kSecond);
  EXPECT_EQ(board.complete_since_ns(), 2 * kSecond);
}

TEST(IncidentBoard, ListsTheLatestFirst) {
  IncidentBoard board(10);
  for (const char* id : {"a", "b", "c"}) board.put(forged_reply(id, 0), kSecond);
  std::vector<std::string> found;
  for (const Incident* incident : board.latest(2)) found.push_back(incident->id);
  EXPECT_THAT(found, ElementsAre("c", "b"));
}

bool wants(const std::map<std::string, std::string>& query, const Incident& incident) {
  const auto parsed = parse_incident_query(query);
  EXPECT_TRUE(parsed);
  return parsed->wants(incident);
}

TEST(IncidentQuery, WithoutFiltersWantsAll) { EXPECT_TRUE(wants({}, forged_reply("a", 0))); }

TEST(IncidentQuery, FiltersByTimeWithThatMomentIncluded) {
  EXPECT_TRUE(wants({{"since_ns", "5"}}, forged_reply("a", 5)));
  EXPECT_FALSE(wants({{"since_ns", "6"}}, forged_reply("a", 5)));
}

TEST(IncidentQuery, FiltersByAnyOfTheKinds) {
  EXPECT_TRUE(wants({{"kind", "ident_stall,forged_reply"}}, forged_reply("a", 0)));
  EXPECT_FALSE(wants({{"kind", "ident_stall,slow_greeting"}}, forged_reply("a", 0)));
}

TEST(IncidentQuery, FiltersByAnyOfTheServersWithOrWithoutPort) {
  for (const char* server : {"203.0.113.80", "203.0.113.80:25", "::1,203.0.113.80"}) {
    EXPECT_TRUE(wants({{"server", server}}, forged_reply("a", 0))) << server;
  }
  for (const char* server : {"203.0.113.81", "203.0.113.80:26", "192.0.2.4"}) {
    EXPECT_FALSE(wants({{"server", server}}, forged_reply("a", 0))) << server;
  }
}

TEST(IncidentQuery, TakesIpv6ServersWithBracketsAroundThem) {
  Incident incident = forged_reply("a", 0);
  incident.server = {*parse_address("2001:db8::1"), 25};
  EXPECT_TRUE(wants({{"server", "2001:db8::1"}}, incident));
  EXPECT_TRUE(wants({{"server", "[2001:db8::1]:25"}}, incident));
  EXPECT_FALSE(wants({{"server", "[2001:db8::1]:26"}}, incident));
}

TEST(IncidentQuery, RefusesWhatItDoesNotUnderstand) {
  const std::vector<std::pair<std::string, std::string>> mistakes{
      {"after", "x"},         {"after", "-1"},
      {"since_ns", ""},       {"kind", "forged"},
      {"server", "x"},        {"kinds", "a"},
      {"server", "1.2.3.4:"}, {"kind", "ident_stall,,forged_reply"}};
  for (const auto& [key, value] : mistakes) {
    const auto parsed = parse_incident_query({{key, value}});
    ASSERT_FALSE(parsed) << key << "=" << value;
    EXPECT_THAT(parsed.error().message, HasSubstr(key));
  }
}

}  // namespace
}  // namespace mxray
