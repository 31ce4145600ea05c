// SPDX-License-Identifier: Apache-2.0
// Do filters let through what was asked for, and is what --not-X shows what --X hides?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/time.h"
#include "cli_fake_daemon.h"
#include "format/flow_json.h"
#include "format/incident_json.h"
#include "format_samples.h"

namespace mxray::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Lines = std::multiset<std::string>;

Response ndjson(std::string body) {
  Response response;
  response.body = std::move(body);
  response.headers["X-Mxray-Records-Lost"] = "0";
  return response;
}

Lines lines_in(const std::string& text) {
  Lines lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.insert(line);
  return lines;
}

/// Incidents that differ in every field that can be filtered.
std::string incidents() {
  Incident far = samples::forged_reply();
  far.id = "00000000000f";
  far.server.address = *parse_address("198.51.100.25");
  far.inside_client = Endpoint{*parse_address("10.1.2.3"), 40000};
  far.confidence = Confidence::kPossible;
  far.interface = "wan1";
  std::string body;
  std::uint64_t revision = 0;
  for (const Incident& incident :
       {samples::forged_reply(), samples::ident_stall(), samples::bare_reset(), samples::rejected(),
        samples::hairpin_failure(), far}) {
    body += to_json_line(incident, ++revision) + "\n";
  }
  return body;
}

std::string flows() {
  FlowView greeted = samples::refused_flow();
  greeted.state = FlowState::kDialogue;
  FlowView closed = greeted;
  closed.state = FlowState::kClosed;
  closed.client.port = 40001;
  closed.interface = "wan1";
  return to_json_line(samples::waiting_flow()) + "\n" + to_json_line(greeted) + "\n" +
         to_json_line(closed) + "\n";
}

Lines run_json(const FakeDaemon& daemon, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--json", "--socket", daemon.socket()});
  const Outcome outcome = run_mxray(arguments);
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  return lines_in(outcome.out);
}

// The property of every filter: what it shows and what its negation shows are together
// all there is, without overlap. `values` of which some fit and some do not.
void expect_partition(const FakeDaemon& daemon, const char* command, const std::string& all,
                      const std::string& option, const std::vector<std::string>& values) {
  const auto run = [&](const std::string& prefix) {
    std::vector<std::string> arguments = {command};
    for (const std::string& value : values) {
      arguments.insert(arguments.end(), {"--" + prefix + option, value});
    }
    return run_json(daemon, arguments);
  };
  const Lines wanted = run("");
  const Lines unwanted = run("not-");
  Lines together = wanted;
  together.insert(unwanted.begin(), unwanted.end());
  EXPECT_EQ(together, lines_in(all)) << command << " --" << option;
  Lines both;
  std::set_intersection(wanted.begin(), wanted.end(), unwanted.begin(), unwanted.end(),
                        std::inserter(both, both.end()));
  EXPECT_THAT(both, IsEmpty()) << command << " --" << option;
  EXPECT_FALSE(wanted.empty()) << command << " --" << option << " fits nothing here";
  EXPECT_FALSE(unwanted.empty()) << command << " --" << option << " fits all here";
}

TEST(Filter, AndItsNegationPartAnyListOfIncidentsInTwo) {
  const std::string all = incidents();
  const FakeDaemon daemon("/v1/incidents", ndjson(all));
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {"kind", {"forged_reply"}},
      {"kind", {"forged_reply", "rejected"}},
      {"confidence", {"possible"}},
      {"reason",
       {"reverse_dns", "helo", "policy", "blocklisted", "sender_verify", "auth_required",
        "too_many_attempts", "user_unknown", "greylisted", "other"}},
      {"protocol", {"smtp"}},
      {"interface", {"wan1"}},
      {"server", {"198.51.100.25"}},
      {"server", {"198.51.100.0/24", "2001:db8::/32"}},
      {"client", {"10.0.0.0/8"}},
      {"host", {"10.1.2.3"}},
  };
  for (const auto& [option, values] : cases) {
    expect_partition(daemon, "incidents", all, option, values);
  }
}

TEST(Filter, AndItsNegationPartAnyListOfFlowsInTwo) {
  const std::string all = flows();
  const FakeDaemon daemon("/v1/flows", ndjson(all));
  const FlowView refused = samples::refused_flow();
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {"state", {"closed"}},
      {"state", {"closed", "waiting"}},
      {"protocol", {"pop3"}},
      {"interface", {"wan1"}},
      {"reason", {refused.refusals.at(0).reason}},
      {"server", {to_string(refused.server.address)}},
      {"client", {to_string(refused.client.address) + "/24"}},
      {"host", {"2001:db8::/32"}},
  };
  for (const auto& [option, values] : cases) {
    expect_partition(daemon, "flows", all, option, values);
  }
}

TEST(Filter, MustFitInEveryFieldThatIsAskedFor) {
  const FakeDaemon daemon("/v1/incidents", ndjson(incidents()));
  const Lines fits =
      run_json(daemon, {"incidents", "--kind", "forged_reply", "--not-confidence", "certain"});
  EXPECT_EQ(fits.size(), 1U);
  EXPECT_THAT(*fits.begin(), HasSubstr("00000000000f"));
  EXPECT_THAT(
      run_json(daemon, {"incidents", "--kind", "forged_reply", "--not-kind", "forged_reply"}),
      IsEmpty());
}

TEST(Filter, TakesAnAddressBeforeAndAfterNat) {
  const FakeDaemon daemon("/v1/flows", ndjson(flows()));
  for (const char* client : {"192.168.1.200", "203.0.113.9"}) {
    EXPECT_EQ(run_json(daemon, {"flows", "--client", client, "--state", "waiting"}).size(), 1U)
        << client;
  }
}

TEST(Filter, AsksTheDaemonOnlyForWhatItCanLeaveOutItself) {
  const FakeDaemon daemon("/v1/incidents", ndjson(""));
  run_json(daemon, {"incidents", "--server", "192.0.2.1", "--server", "192.0.2.128/25",
                    "--not-kind", "rejected", "--client", "10.0.0.1"});
  EXPECT_THAT(daemon.requests().at(0).query, IsEmpty());
}

TEST(Filter, HoldsWhileFollowing) {
  const FakeDaemon daemon([](const Request& request) {
    Response response = ndjson(incidents());
    if (request.query.at("after") != "0") response.status = 400;
    return response;
  });
  const Outcome outcome = run_mxray({"incidents", "--follow", "--not-kind", "forged_reply",
                                     "--not-kind", "rejected", "--socket", daemon.socket()});
  EXPECT_THAT(outcome.out, HasSubstr("ident_stall"));
  EXPECT_EQ(outcome.out.find("forged_reply"), std::string::npos);
  EXPECT_EQ(outcome.out.find("rejected"), std::string::npos);
  EXPECT_EQ(daemon.requests().at(1).query.at("after"), "6");  // what is hidden counts as seen
}

TEST(Filter, RefusesAValueThatIsNoneInOneSentence) {
  const struct {
    std::vector<std::string> arguments;
    std::string complaint;
  } cases[] = {
      {{"incidents", "--not-kind", "gremlin"}, "'gremlin' is no kind of incident; there are"},
      {{"incidents", "--kind", "!rejected"}, "'!rejected' is no kind of incident"},
      {{"incidents", "--confidence", "sure"}, "there are possible, probable, certain"},
      {{"incidents", "--reason", ""}, "'' is no reason; there are reverse_dns"},
      {{"incidents", "--client", "10.0.0.0/33"}, "'10.0.0.0/33' is no IPv4 or IPv6 address or"},
      {{"incidents", "--host", "2001:db8::/129"}, "is no IPv4 or IPv6 address or network"},
      {{"incidents", "--server", "192.0.2.1:25"}, "without a port"},
      {{"incidents", "--interface", ""}, "the name of an interface is not empty"},
      {{"incidents", "--protocol", "http"}, "'http' is no protocol; there are smtp, pop3, imap"},
      {{"flows", "--state", "open"}, "there are waiting, dialogue, encrypted, closed"},
      {{"flows", "--kind", "rejected"}, "there is no option --kind"},
  };
  for (const auto& [arguments, complaint] : cases) {
    const Outcome outcome = run_mxray(arguments);
    EXPECT_EQ(outcome.exit, ExitCode::kUsage) << complaint;
    EXPECT_THAT(outcome.err, HasSubstr(complaint));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
}

}  // namespace
}  // namespace mxray::cli
