// SPDX-License-Identifier: Apache-2.0
// Which recorded sessions does /v1/sessions give?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "daemon/routes.h"
#include "daemon/session_query.h"
#include "unit/daemon_made_up.h"

namespace mxray {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::kSecond;
using ::testing::Not;

FlowView flow(const char* client, const char* server, std::uint64_t opened_ns) {
  FlowView made;
  made.client = {*parse_address(client), 40001};
  made.server = {*parse_address(server), 25};
  made.opened_ns = opened_ns;
  return made;
}

class SessionRoute : public ::testing::Test {
 protected:
  SessionRoute() {
    sources_.kernel_stats = [] { return KernelStats{}; };
    sources_.totals = [] { return Totals(); };
    sources_.refused_records = [] { return std::uint64_t{0}; };
    sources_.flows = [this](const FlowChoice&) { return now_; };
    sources_.watched_since_ns = [] { return 7 * kSecond; };
    sources_.flows_opened = [this](const FlowFilter& filter) {
      asked_ = filter;
      return page_;
    };
  }
  Response get(std::map<std::string, std::string> query) {
    return api_routes(sources_, counter_)({.path = "/v1/sessions", .query = std::move(query)});
  }

  std::vector<FlowView> now_;
  FlowPage page_;
  FlowFilter asked_;
  PageSources sources_;
  RequestCounter counter_;
};

TEST_F(SessionRoute, GivesThoseOfNowAndThoseKeptWithinTheRange) {
  now_ = {flow("192.0.2.1", "203.0.113.1", 50 * kSecond),
          flow("192.0.2.2", "203.0.113.1", 99 * kSecond)};
  page_.flows = {flow("192.0.2.3", "203.0.113.1", 40 * kSecond)};
  const Response response = get({{"since_ns", "40000000000"}, {"until_ns", "60000000000"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/x-ndjson");
  EXPECT_THAT(response.body, HasSubstr("192.0.2.1"));
  EXPECT_THAT(response.body, Not(HasSubstr("192.0.2.2"))) << "it opened later";
  EXPECT_THAT(response.body, HasSubstr("192.0.2.3"));
  EXPECT_EQ(response.headers.at("X-Mxray-Complete-Since-Ns"), "7000000000");
  EXPECT_FALSE(response.headers.contains("X-Mxray-Next"));
  EXPECT_EQ(asked_.since_ns, 40 * kSecond);
  EXPECT_EQ(asked_.until_ns, 60 * kSecond);
}

TEST_F(SessionRoute, TheNextPageGoesOnWhereTheFirstEnded) {
  now_ = {flow("192.0.2.1", "203.0.113.1", 50 * kSecond)};
  page_.flows = {flow("192.0.2.3", "203.0.113.1", 40 * kSecond)};
  page_.next = FlowPlace{40 * kSecond, 12};
  const Response first = get({});
  EXPECT_EQ(first.headers.at("X-Mxray-Next"), "40000000000.12");
  page_.next.reset();
  const Response second = get({{"after", first.headers.at("X-Mxray-Next")}});
  ASSERT_TRUE(asked_.after);
  EXPECT_EQ(asked_.after->opened_ns, 40 * kSecond);
  EXPECT_EQ(asked_.after->row, 12U);
  EXPECT_THAT(second.body, Not(HasSubstr("192.0.2.1"))) << "those of now came with the first";
}

TEST_F(SessionRoute, AHostMayBeOnEitherSideAServerNot) {
  FlowView behind_nat = flow("198.51.100.1", "192.168.1.55", 3);
  behind_nat.published_server = Endpoint{*parse_address("110.88.12.88"), 25};
  behind_nat.inside_client = Endpoint{*parse_address("10.0.0.9"), 4000};
  page_.flows = {behind_nat};
  for (const char* host :
       {"198.51.100.1", "192.168.1.55:25", "110.88.12.88", "10.0.0.9", "203.0.113.5,10.0.0.9"}) {
    EXPECT_NE(get({{"host", host}}).body, "") << host;
  }
  EXPECT_EQ(get({{"host", "192.168.1.55:26"}}).body, "");
  EXPECT_NE(get({{"server", "110.88.12.88"}}).body, "");
  EXPECT_EQ(get({{"server", "198.51.100.1"}}).body, "");
}

TEST_F(SessionRoute, WhatItDoesNotUnderstandIsABadRequest) {
  for (const auto& [key, value] : std::map<std::string, std::string>{{"since_ns", "yesterday"},
                                                                     {"until_ns", "-1"},
                                                                     {"host", "a,b"},
                                                                     {"server", "nowhere"},
                                                                     {"after", "12"},
                                                                     {"sender", "x"}}) {
    const Response response = get({{key, value}});
    EXPECT_EQ(response.status, 400) << key;
    EXPECT_THAT(json::parse(response.body)["error"].get<std::string>(), HasSubstr(key));
  }
}

}  // namespace
}  // namespace mxray
