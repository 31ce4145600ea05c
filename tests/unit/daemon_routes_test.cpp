// SPDX-License-Identifier: Apache-2.0
// Which answer does each path give?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/time.h"
#include "daemon/routes.h"
#include "unit/daemon_made_up.h"

namespace mxray {
namespace {

using nlohmann::json;
using ::testing::EndsWith;
using testing::forged_reply;
using ::testing::HasSubstr;
using testing::kSecond;
using ::testing::Not;

class Routes : public ::testing::Test {
 protected:
  Routes() {
    sources_ = {.incidents = [this]() -> const IncidentBoard& { return board_; },
                .stored_incident = [this](std::string_view id) -> std::optional<Incident> {
                  if (stored_ && stored_->id == id) return stored_;
                  return std::nullopt;
                },
                .kernel_stats = [this] { return kernel_; },
                .totals = [] { return Totals(); },
                .flows =
                    [this](const FlowChoice& choice) {
                      choice_ = choice;
                      return flows_;
                    },
                .idents = [] { return std::vector<IdentView>(2); },
                .store_health = [this] { return store_; },
                .refused_records = [] { return std::uint64_t{0}; },
                .uptime_seconds = [] { return 12.5; },
                .config_reload = [] { return Reload{}; },
                .web_config_reload = [] { return Reload{}; },
                .connections_displaced = [] { return std::uint64_t{7}; },
                .paths = [this] { return paths_; },
                .latest_path = [this](const core::address& server) -> std::optional<Path> {
                  for (const Path& path : paths_) {
                    if (path.server.address == server) return path;
                  }
                  return std::nullopt;
                },
                .keep_path = [this](const Path& path) { paths_.push_back(path); },
                .senders = [this] { return senders_; },
                .interfaces = [] { return std::vector<std::string>{"eth0"}; },
                .privileges = [] { return std::string("holds no capability"); },
                .pin_dir = [] { return std::string("/sys/fs/bpf/mxray"); }};
    store_.working = true;
  }
  Response web(const std::string& path) { return web_routes(sources_, counter_)({.path = path}); }
  Response api(const std::string& path, std::map<std::string, std::string> query = {}) {
    return api_routes(sources_, counter_)({.path = path, .query = std::move(query)});
  }

  Response put(const std::string& path, std::string body) {
    return api_routes(sources_, counter_)({.path = path, .method = "PUT", .body = std::move(body)});
  }

  IncidentBoard board_{100};
  std::optional<Incident> stored_;
  KernelStats kernel_;
  std::vector<FlowView> flows_;
  FlowChoice choice_;  // of the last question about flows
  std::vector<MailSender> senders_;
  StoreHealth store_;
  std::vector<Path> paths_;
  PageSources sources_;
  RequestCounter counter_;
};

TEST_F(Routes, MetricsComeInThePrometheusTextFormat) {
  const Response response = web("/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(response.body, HasSubstr("# TYPE mxray_"));
}

TEST_F(Routes, MetricsComeInOpenMetricsForThoseWhoWantItMore) {
  const auto type_for = [this](std::string accept) {
    Request request{.path = "/metrics"};
    request.accept = std::move(accept);
    const Response response = web_routes(sources_, counter_)(request);
    EXPECT_EQ(response.headers.at("Vary"), "Accept");
    const bool has_end = response.body.ends_with("# EOF\n");
    EXPECT_EQ(has_end, response.content_type.starts_with("application/openmetrics-text"));
    return response.content_type;
  };
  const std::string openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
  const std::string text = "text/plain; version=0.0.4; charset=utf-8";
  // What Prometheus 2.42 sends.
  EXPECT_EQ(type_for("application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                     "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            openmetrics);
  EXPECT_EQ(type_for("application/openmetrics-text;q=0.2,text/plain;q=0.3"), text);
  EXPECT_EQ(type_for("*/*"), text);
  EXPECT_EQ(type_for("text/html"), text);
}

TEST_F(Routes, WhoAsksWithoutPauseGetsThePageThatWasMadeBefore) {
  int made = 0;
  sources_.kernel_stats = [&made] {
    ++made;
    const std::uint64_t begun_ns = monotonic_ns();
    while (monotonic_ns() < begun_ns + 10'000'000) continue;  // a page that costs 10 ms
    return KernelStats{};
  };
  const Handler handler = web_routes(sources_, counter_);
  const std::uint64_t begun_ns = monotonic_ns();
  int asked = 0;
  for (; monotonic_ns() < begun_ns + 300'000'000; ++asked) {
    EXPECT_EQ(handler({.path = "/metrics"}).status, 200);
  }
  // A fifth of the time is 6 pages, and 5 are for a start; the rest is for a busy machine.
  EXPECT_LE(made, 25);
  EXPECT_GE(made, 2);
  EXPECT_GT(asked, 5 * made);
  EXPECT_EQ(counter_.counts().at({"metrics", 200}), static_cast<std::uint64_t>(asked));
}

TEST_F(Routes, ReloadsThatFailedAreShown) {
  sources_.config_reload = [] { return Reload{.successful = false, .success_seconds = 1.5}; };
  sources_.web_config_reload = [] { return Reload{.successful = true, .success_seconds = 2.5}; };
  const std::string page = web("/metrics").body;
  EXPECT_THAT(page, HasSubstr("\nmxray_config_last_reload_successful 0\n"));
  EXPECT_THAT(page, HasSubstr("\nmxray_web_config_last_reload_successful 1\n"));
}

TEST_F(Routes, HealthyIsAlwaysYes) { EXPECT_EQ(web("/-/healthy").status, 200); }

TEST_F(Routes, ReadyIsNoUntilAnInterfaceIsAttached) {
  EXPECT_EQ(web("/-/ready").status, 503);
  kernel_.attachments.push_back({"eth0", "ingress", "none", "it is down"});
  EXPECT_EQ(web("/-/ready").status, 503);
  kernel_.attachments.push_back({"eth0", "egress", "tc", "always"});
  EXPECT_EQ(web("/-/ready").status, 200);
}

TEST_F(Routes, AnUnknownPathIsNotFound) {
  EXPECT_EQ(web("/v1/incidents").status, 404);  // only for those who may use the socket
  EXPECT_EQ(api("/metrics").status, 404);
}

TEST_F(Routes, TheLandingPageEscapesTextFromTheNetwork) {
  Incident incident = forged_reply("<id>", kSecond);
  incident.summary = "<script>alert(1)</script>";
  incident.remedy = "a & \"b\"";
  board_.put(incident, kSecond);
  kernel_.attachments.push_back({"<eth>", "ingress", "tc", "'x'"});
  const Response response = web("/");
  EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(response.body, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(response.body, HasSubstr("a &amp; &quot;b&quot;"));
  EXPECT_THAT(response.body, HasSubstr("&lt;eth&gt;"));
  EXPECT_THAT(response.body, Not(HasSubstr("<script")));
  EXPECT_THAT(response.body, Not(HasSubstr("<id>")));
}

TEST_F(Routes, TheLandingPageNeedsNothingFromOutside) {
  const Response response = web("/");
  EXPECT_THAT(response.body, Not(HasSubstr("http://")));
  EXPECT_THAT(response.body, Not(HasSubstr("https://")));
  EXPECT_THAT(response.headers.at("Content-Security-Policy"), HasSubstr("default-src 'none'"));
}

TEST_F(Routes, SendersAreLinesWithNullForWhatWasNotSeen) {
  MailSender sender;
  sender.address = *parse_address("192.0.2.1");
  sender.helo = "mail.example.org";
  sender.sessions = 12;
  sender.last_seen_ns = 5 * kSecond;
  senders_.push_back(sender);
  const Response response = api("/v1/senders");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/x-ndjson");
  EXPECT_THAT(response.body, EndsWith("\n"));
  EXPECT_EQ(json::parse(response.body), (json{{"schema_version", 1},
                                              {"address", "192.0.2.1"},
                                              {"helo", "mail.example.org"},
                                              {"sender_domain", nullptr},
                                              {"sessions", 12},
                                              {"last_seen", "1970-01-01T00:00:05.000000Z"}}));
}

TEST_F(Routes, IncidentsAreLinesInTheOrderOfTheirRevisions) {
  board_.put(forged_reply("000000000001", kSecond), 1 * kSecond);
  board_.put(forged_reply("000000000002", kSecond), 2 * kSecond);
  const Response response = api("/v1/incidents");
  EXPECT_EQ(response.content_type, "application/x-ndjson");
  const std::size_t end = response.body.find('\n');
  const json first = json::parse(response.body.substr(0, end));
  const json second = json::parse(response.body.substr(end + 1));
  EXPECT_EQ(first["id"], "000000000001");
  EXPECT_EQ(first["revision"], 1'000'000u);
  EXPECT_EQ(second["id"], "000000000002");
  EXPECT_EQ(second["revision"], 2'000'000u);
}

TEST_F(Routes, IncidentsAfterARevisionAreOnlyTheLaterOnes) {
  board_.put(forged_reply("000000000001", kSecond), 1 * kSecond);
  board_.put(forged_reply("000000000002", kSecond), 2 * kSecond);
  const Response response = api("/v1/incidents", {{"after", "1000000"}});
  EXPECT_THAT(response.body, Not(HasSubstr("000000000001")));
  EXPECT_THAT(response.body, HasSubstr("000000000002"));
  EXPECT_EQ(api("/v1/incidents", {{"after", "2000000"}}).body, "");
}

TEST_F(Routes, IncidentsOfAnUnknownKindAreABadRequest) {
  const Response response = api("/v1/incidents", {{"kind", "a\"b\\c"}});
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(json::parse(response.body)["error"], HasSubstr("a\"b"));
}

TEST_F(Routes, OneIncidentComesWithItsPackets) {
  board_.put(forged_reply("0123456789ab", kSecond), kSecond);
  const Response response = api("/v1/incidents/0123456789ab");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json::parse(response.body)["packets"].size(), 1u);
}

TEST_F(Routes, OneIncidentIsFoundInTheStoreWhenMemoryHasForgottenIt) {
  stored_ = forged_reply("0123456789ab", kSecond);
  EXPECT_EQ(json::parse(api("/v1/incidents/0123456789ab").body)["id"], "0123456789ab");
  EXPECT_EQ(api("/v1/incidents/ffffffffffff").status, 404);
}

TEST_F(Routes, LostRecordsAreToldWithEveryList) {
  kernel_.counters[core::COUNT_LOST_INCIDENT_RECORD] = 3;
  kernel_.counters[core::COUNT_LOST_DIALOGUE_RECORD] = 4;
  EXPECT_EQ(api("/v1/incidents").headers.at("X-Mxray-Records-Lost"), "7");
  EXPECT_EQ(api("/v1/flows").headers.at("X-Mxray-Records-Lost"), "7");
}

TEST_F(Routes, IncidentsSayFromWhenOnTheyAreComplete) {
  EXPECT_EQ(api("/v1/incidents").headers.at("X-Mxray-Complete-Since-Ns"), "0");
  for (unsigned i = 1; i <= 101; ++i) board_.put(forged_reply(std::to_string(i), 0), i * kSecond);
  EXPECT_EQ(api("/v1/incidents").headers.at("X-Mxray-Complete-Since-Ns"), "2000000000");
}

TEST_F(Routes, ListWhoAsksIdentOfWhom) {
  const Response response = api("/v1/ident");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(std::count(response.body.begin(), response.body.end(), '\n'), 2);
}

TEST_F(Routes, FlowsAreLines) {
  flows_.resize(2);
  const Response response = api("/v1/flows");
  EXPECT_THAT(response.body, EndsWith("\n"));
  EXPECT_EQ(std::count(response.body.begin(), response.body.end(), '\n'), 2);
}

TEST_F(Routes, FlowsMayBeAFewOfSomeStates) {
  EXPECT_EQ(api("/v1/flows").status, 200);
  EXPECT_TRUE(choice_.states.empty());
  EXPECT_EQ(choice_.limit, std::nullopt);
  EXPECT_EQ(api("/v1/flows", {{"limit", "20"}, {"state", "waiting,closed"}}).status, 200);
  EXPECT_THAT(choice_.states, ::testing::ElementsAre(FlowState::kWaiting, FlowState::kClosed));
  EXPECT_EQ(choice_.limit, 20u);
  EXPECT_FALSE(choice_.latest_first);
  EXPECT_EQ(api("/v1/flows", {{"order", "latest"}}).status, 200);
  EXPECT_TRUE(choice_.latest_first);
}

TEST_F(Routes, AMisspeltQuestionAboutFlowsDoesNotGetAll) {
  using Query = std::map<std::string, std::string>;
  for (const Query& query : {Query{{"limit", "-1"}}, Query{{"limit", ""}}, Query{{"states", "x"}},
                             Query{{"order", "oldest"}}, Query{{"state ", "waiting"}},
                             Query{{"state", "\x1b[2J"}}, Query{{"state", ","}}}) {
    const Response response = api("/v1/flows", query);
    EXPECT_EQ(response.status, 400);
    EXPECT_TRUE(json::parse(response.body)["error"].is_string());
  }
}

TEST_F(Routes, TheLatestIncidentsMayBeAskedForAlone) {
  for (unsigned i = 1; i <= 4; ++i) board_.put(forged_reply(std::to_string(i), 0), i * kSecond);
  const std::string body = api("/v1/incidents", {{"limit", "2"}}).body;
  EXPECT_EQ(std::count(body.begin(), body.end(), '\n'), 2);
  EXPECT_LT(body.find("\"revision\":3000000"), body.find("\"revision\":4000000"));
  EXPECT_EQ(api("/v1/incidents", {{"limit", "0"}}).body, "");
  EXPECT_EQ(api("/v1/incidents", {{"limit", "two"}}).status, 400);
}

constexpr const char* kPath =
    R"({"schema_version":1,"server":{"ip":"203.0.113.80","port":25},)"
    R"("time":"2026-09-26T14:44:00.000000Z","server_distance":null,)"
    R"("hops":[{"distance":1,"addresses":["192.0.2.1"],"rtt_ms":0.612,"probes":3,"answers":3}]})";

TEST_F(Routes, APathThatIsPutIsKeptAndGivenBack) {
  EXPECT_EQ(api("/v1/paths", {{"server", "203.0.113.80"}}).status, 404);
  EXPECT_EQ(api("/v1/paths").body, "");
  EXPECT_EQ(put("/v1/paths", kPath).status, 200);
  EXPECT_EQ(api("/v1/paths", {{"server", "203.0.113.80"}}).body, std::string(kPath) + "\n");
  EXPECT_EQ(api("/v1/paths").body, std::string(kPath) + "\n");
  EXPECT_EQ(api("/v1/paths", {{"server", "203.0.113.81"}}).status, 404);
}

TEST_F(Routes, APathThatIsNoneIsABadRequestAndNotKept) {
  const Response garbage = put("/v1/paths", "{\"server\": {\"ip\": \"a\\u001b\\\"b\"}}");
  EXPECT_EQ(garbage.status, 400);
  EXPECT_THAT(json::parse(garbage.body)["error"], HasSubstr("path.server"));
  std::string timeless = kPath;
  timeless.replace(timeless.find("\"2026"), 29, "null");
  EXPECT_THAT(put("/v1/paths", timeless).body, HasSubstr("path.time is null"));
  EXPECT_EQ(put("/v1/paths", "").status, 400);
  EXPECT_EQ(api("/v1/paths", {{"server", "nowhere"}}).status, 400);
  EXPECT_TRUE(paths_.empty());
}

TEST_F(Routes, NothingButPathsCanBePut) {
  for (const char* path : {"/v1/incidents", "/v1/status", "/v1/paths/1", "/metrics"}) {
    const Response response = put(path, kPath);
    EXPECT_EQ(response.status, 405) << path;
    EXPECT_EQ(response.headers.at("Allow"), "GET, HEAD") << path;
  }
}

TEST_F(Routes, TheStatusIsOneObject) {
  store_.working = false;
  store_.problem = "the disk is full";
  const json status = json::parse(api("/v1/status").body);
  EXPECT_EQ(status["uptime_seconds"], 12.5);
  EXPECT_EQ(status["interfaces"], json({"eth0"}));
  EXPECT_EQ(status["privileges"], "holds no capability");
  EXPECT_EQ(status["pin_dir"], "/sys/fs/bpf/mxray");
  EXPECT_THAT(status.dump(), HasSubstr("the disk is full"));
}

TEST_F(Routes, RequestsAreCountedByHandlerAndStatus) {
  web("/-/healthy");
  web("/-/ready");
  web("/no-such-page");
  api("/v1/flows");
  web("/metrics");
  EXPECT_THAT(counter_.counts(),
              ::testing::ElementsAre(::testing::Pair(::testing::Pair("api", 200), 1u),
                                     ::testing::Pair(::testing::Pair("health", 200), 1u),
                                     ::testing::Pair(::testing::Pair("health", 503), 1u),
                                     ::testing::Pair(::testing::Pair("metrics", 200), 1u),
                                     ::testing::Pair(::testing::Pair("unknown", 404), 1u)));
}

}  // namespace
}  // namespace mxray
