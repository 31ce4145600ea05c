// SPDX-License-Identifier: Apache-2.0
// Does every line have exactly the keys that docs/incident.schema.json declares?
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "format/bounce_json.h"
#include "format/dns_report_json.h"
#include "format/flow_json.h"
#include "format/incident_json.h"
#include "format/path_json.h"
#include "format/placement_json.h"
#include "format/wave_json.h"
#include "format_samples.h"

namespace mxray {
namespace {

using Json = nlohmann::json;

class Schema : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(MXRAY_SCHEMA_FILE);
    schema_ = Json::parse(file, nullptr, false);
    ASSERT_TRUE(schema_.is_object()) << MXRAY_SCHEMA_FILE << " is no JSON object";
  }

  // Every declared key that is required is there, every key is declared; the
  // same for objects and arrays within.
  void expect_keys(const Json& value, const Json& declared, const std::string& place) const {
    if (declared.contains("$ref")) {
      const std::string target = declared["$ref"];
      return expect_keys(value, schema_["$defs"][target.substr(target.rfind('/') + 1)], place);
    }
    if (declared.contains("oneOf")) {
      if (!value.is_null()) expect_keys(value, declared["oneOf"][0], place);
      return;
    }
    if (value.is_array() && declared.contains("items")) {
      for (const Json& item : value) expect_keys(item, declared["items"], place + "[]");
    }
    if (!value.is_object()) return;
    for (const Json& name : declared["required"]) {
      EXPECT_TRUE(value.contains(name)) << place << "." << name << " is required and missing";
    }
    if (!declared.contains("properties")) return;
    for (const auto& [name, inner] : value.items()) {
      ASSERT_TRUE(declared["properties"].contains(name))
          << place << "." << name << " is undeclared";
      expect_keys(inner, declared["properties"][name], place + "." + name);
    }
  }

  void expect_line(const std::string& line, const char* shape) const {
    const Json value = Json::parse(line, nullptr, false);
    ASSERT_TRUE(value.is_object()) << line;
    expect_keys(value, schema_["$defs"][shape], shape);
  }

  Json schema_;
};

TEST_F(Schema, DeclaresAndRequiresTheKeysOfAnIncident) {
  expect_line(to_json_line(samples::forged_reply()), "incident");
  expect_line(to_json_line(samples::ident_stall(), 7), "incident");
  expect_line(to_json_line(samples::bare_reset()), "incident");
  expect_line(to_json_line(samples::rejected()), "incident");
  expect_line(to_json_line(samples::hairpin_failure()), "incident");
  expect_line(to_json_full(samples::forged_reply()), "incident");
}

TEST_F(Schema, DeclaresAndRequiresTheKeysOfAFlow) {
  expect_line(to_json_line(samples::waiting_flow()), "flow");
  expect_line(to_json_line(FlowView{}), "flow");
  expect_line(to_json_line(samples::refused_flow()), "flow");
}

TEST_F(Schema, DeclaresAndRequiresTheKeysOfIdentQueries) {
  expect_line(to_json_line(samples::ident()), "ident");
  expect_line(to_json_line(samples::asked_ident()), "ident_check");
  expect_line(to_json_line(samples::unasked_ident()), "ident_check");
}

TEST_F(Schema, DeclaresAndRequiresTheKeysOfTheStatus) {
  expect_line(to_json_line(samples::status()), "status");
}

TEST_F(Schema, DeclaresAndRequiresTheKeysOfAWave) {
  for (const Wave& wave : samples::waves()) expect_line(to_json_line(wave), "wave");
}

TEST_F(Schema, DeclaresAndRequiresTheKeysOfAPath) {
  expect_line(to_json_line(samples::path()), "path");
  expect_line(to_json_line(samples::unreached_path()), "path");
}

TEST_F(Schema, DeclaresAndRequiresTheKeysOfACheckOfTheDns) {
  expect_line(to_json_line(samples::dns_report()), "dns_check");
  expect_line(to_json_line(samples::unanswered_dns_report()), "dns_check");
}

TEST_F(Schema, DeclaresAndRequiresTheKeysOfASender) {
  for (const Sender& sender : samples::senders()) expect_line(to_json_line(sender), "sender");
}

TEST_F(Schema, DeclaresAndRequiresTheKeysOfAPlacement) {
  const std::string line = to_json_full(samples::forged_reply());
  expect_line(with_placement(line, std::nullopt), "incident");
  for (const std::optional<int> forger_hops :
       {std::optional(1), std::optional(7), std::optional(99), std::optional<int>()}) {
    const Sighting sighting{.server_hops = 15, .forger_hops = forger_hops, .delay_ms = 54};
    expect_line(with_placement(line, place(sighting, samples::path())), "incident");
    expect_line(with_placement(line, place(sighting, samples::unreached_path())), "incident");
  }
}

TEST_F(Schema, DeclaresAndRequiresTheKeysOfABounce) {
  const samples::Bounce bounce = samples::bounce();
  expect_line(to_json_line(bounce.delivery, bounce.match()), "bounce");
  expect_line(to_json_line(maillog::FailedDelivery{}, maillog::Match{}), "bounce");
}

TEST_F(Schema, RequiresEveryFieldThatIsNotMarkedOptional) {
  for (const char* shape :
       {"incident", "flow", "status", "check", "packet", "path", "placement", "wave", "tally",
        "ident", "ident_check", "dns_check", "dns_finding", "dns_question", "sender", "bounce"}) {
    const Json& definition = schema_["$defs"][shape];
    for (const auto& [name, unused] : definition["properties"].items()) {
      const bool is_incident = std::string(shape) == "incident";
      if (is_incident && (name == "revision" || name == "packets" || name == "placement")) continue;
      EXPECT_EQ(std::count(definition["required"].begin(), definition["required"].end(), name), 1)
          << shape << "." << name;
    }
    EXPECT_EQ(definition["additionalProperties"], false) << shape;
  }
}

TEST_F(Schema, KnowsEveryNameOfTheClosedSets) {
  const Json& kinds = schema_["$defs"]["incident"]["properties"]["kind"]["enum"];
  ASSERT_EQ(kinds.size(), kKindCount);
  for (const Json& name : kinds) {
    EXPECT_TRUE(kind_from_name(name.get<std::string>())) << name;
  }
  const Json& bounce = schema_["$defs"]["bounce"]["properties"];
  EXPECT_EQ(bounce["format"]["enum"].size(), maillog::kLogFormatCount);
  for (const Json& name : bounce["format"]["enum"]) {
    EXPECT_TRUE(maillog::log_format_from_name(name.get<std::string>())) << name;
  }
  const Json& states = schema_["$defs"]["flow"]["properties"]["state"]["enum"];
  EXPECT_EQ(states.size(), kFlowStateCount);
}

}  // namespace
}  // namespace mxray
