// SPDX-License-Identifier: Apache-2.0
// Does an incident, a flow keep its meaning as JSON and back?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "format/flow_json.h"
#include "format/incident_json.h"
#include "format_samples.h"

namespace mxray {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " is not in " << text;
  return text.replace(at, from.size(), to);
}

TEST(IncidentJson, IsOneLineWithTheContractsNames) {
  const std::string line = to_json_line(samples::forged_reply());
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 0);
  EXPECT_THAT(line, HasSubstr(R"("time":"2026-09-26T14:44:53.103763Z")"));
  EXPECT_THAT(line, HasSubstr(R"("kind":"forged_reply")"));
  EXPECT_THAT(line, HasSubstr(R"("client":{"ip":"10.4.1.4","port":60661})"));
  EXPECT_THAT(line, HasSubstr(R"("forged_text":"500 error","forged_code":500)"));
  EXPECT_THAT(line, HasSubstr(R"("client_accepted":true)"));
}

TEST(IncidentJson, WritesNullForWhatIsAbsent) {
  const std::string line = to_json_line(samples::bare_reset());
  for (const char* name :
       {"inside_client", "protocol", "forged_text", "client_accepted", "stall_seconds", "breakdown",
        "helo", "reason", "original", "syn_count"}) {
    EXPECT_THAT(line, HasSubstr("\"" + std::string(name) + "\":null"));
  }
}

TEST(IncidentJson, RoundsMillisecondsToMicrosecondsAndSecondsToo) {
  Incident incident = samples::forged_reply();
  incident.forgery->forged_delay_ms = 54.053000000001;
  incident.waiting = Waiting{};
  incident.waiting->stall_seconds = 34.3456944;
  const std::string line = to_json_line(incident);
  EXPECT_THAT(line, HasSubstr(R"("forged_delay_ms":54.053,)"));
  EXPECT_THAT(line, HasSubstr(R"("stall_seconds":34.345694,)"));
}

TEST(IncidentJson, LeavesThePacketsToTheFullForm) {
  EXPECT_THAT(to_json_line(samples::forged_reply()), Not(HasSubstr("\"packets\"")));
  EXPECT_THAT(to_json_full(samples::forged_reply()), HasSubstr("\"packets\":[{"));
}

TEST(IncidentJson, CarriesTheRevisionOnlyWhenThereIsOne) {
  EXPECT_EQ(revision_of(to_json_line(samples::forged_reply(), 18446744073709551615U)),
            18446744073709551615U);
  EXPECT_EQ(revision_of(to_json_line(samples::forged_reply())), std::nullopt);
  EXPECT_EQ(revision_of("no JSON"), std::nullopt);
}

TEST(IncidentJson, ComesBackFromTheFullFormWithoutLoss) {
  for (const Incident& incident :
       {samples::forged_reply(), samples::ident_stall(), samples::bare_reset(), samples::rejected(),
        samples::hairpin_failure()}) {
    const std::string text = to_json_full(incident);
    const auto back = incident_from_json(text);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(to_json_full(*back), text);
    EXPECT_EQ(back->time_ns, incident.time_ns);
    EXPECT_EQ(back->forgery.has_value(), incident.forgery.has_value());
    EXPECT_EQ(back->waiting.has_value(), incident.waiting.has_value());
    EXPECT_EQ(back->dialogue.has_value(), incident.dialogue.has_value());
    EXPECT_EQ(back->translation.has_value(), incident.translation.has_value());
    EXPECT_EQ(back->packets.size(), incident.packets.size());
  }
  const auto forged = incident_from_json(to_json_full(samples::forged_reply()));
  ASSERT_TRUE(forged);
  EXPECT_EQ(forged->client, samples::forged_reply().client);
  EXPECT_EQ(forged->packets.at(2).window, 0);
  EXPECT_TRUE(forged->packets.at(2).suspect);
  EXPECT_EQ(forged->packets.at(2).seq, 0x1527aa19U);
}

TEST(IncidentJson, ReadsTheShortFormToo) {
  const auto back = incident_from_json(to_json_line(samples::forged_reply(), 3));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_TRUE(back->packets.empty());
}

TEST(IncidentJson, NamesTheFirstFieldThatIsWrong) {
  const std::string good = to_json_full(samples::forged_reply());
  const struct {
    std::string text;
    std::string complaint;
  } cases[] = {
      {"{", "incident is not valid JSON"},
      {"[]", "incident is not a JSON object"},
      {replaced(good, "\"kind\":\"forged_reply\"", "\"kind\":\"gremlin\""),
       "incident.kind has the unknown value 'gremlin'"},
      {replaced(good, "\"score\":9.25", "\"score\":\"high\""), "incident.score is not a number"},
      {replaced(good, "\"summary\"", "\"sumary\""), "incident.summary is missing"},
      {replaced(good, "\"port\":60661", "\"port\":70000"), "incident.client.port is out of range"},
      {replaced(good, "\"ip\":\"10.4.1.4\"", "\"ip\":\"10.4\""), "'10.4', which is no address"},
      {replaced(good, "14:44:53.103763Z", "14:44"), "incident.time '2026-09-26T14:44'"},
      {replaced(good, "\"ttl\":127", "\"ttl\":300"), "incident.packets[1].ttl is out of range"},
      {replaced(good, "\"schema_version\":1", "\"schema_version\":2"), "another version"},
  };
  for (const auto& [text, complaint] : cases) {
    const auto result = incident_from_json(text);
    ASSERT_FALSE(result) << complaint;
    EXPECT_THAT(result.error().message, HasSubstr(complaint));
  }
}

TEST(IncidentJson, SurvivesBytesThatAreNoUtf8) {
  Incident incident = samples::bare_reset();
  incident.interface = "capture-\xff.pcap";
  EXPECT_TRUE(incident_from_json(to_json_line(incident)));
}

TEST(FlowJson, ComesBackWithoutLoss) {
  for (const FlowView& flow : {samples::waiting_flow(), samples::refused_flow(), FlowView{}}) {
    const auto back = flow_from_json(to_json_line(flow));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(to_json_line(*back), to_json_line(flow));
    EXPECT_EQ(back->opened_ns, flow.opened_ns);
    EXPECT_EQ(back->waiting_seconds, flow.waiting_seconds);
    EXPECT_EQ(back->last_reply_code, flow.last_reply_code);
  }
}

TEST(IdentJson, ComesBackWithoutLoss) {
  const auto back = ident_from_json(to_json_line(samples::ident()));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(to_json_line(*back), to_json_line(samples::ident()));
  EXPECT_EQ(back->outcomes, samples::ident().outcomes);
}

TEST(IdentJson, NamesTheFirstFieldThatIsWrong) {
  const auto result =
      ident_from_json(replaced(to_json_line(samples::ident()), "192.0.2.2", "192.0.2.256"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "ident.asked_address is no address");
}

TEST(FlowJson, NamesTheFirstFieldThatIsWrong) {
  const auto result =
      flow_from_json(replaced(to_json_line(samples::waiting_flow()), "waiting\"", "idle\""));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "flow.state has the unknown value 'idle'");
}

}  // namespace
}  // namespace mxray
