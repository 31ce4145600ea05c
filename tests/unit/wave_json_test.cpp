// SPDX-License-Identifier: Apache-2.0
// Does a wave's JSON say the same as the wave?
#include "format/wave_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "format/wave_text.h"
#include "made_up_forgeries.h"

namespace mxray {
namespace {

using Json = nlohmann::json;
using made_up::bare_reset;
using made_up::forgery;
using made_up::kSecond;

TEST(WaveJson, TellsAllOfTheWave) {
  Incident reset = forgery(2 * kSecond, 3);
  reset.kind = Kind::kForgedReset;
  reset.forgery->trigger_command.reset();
  reset.forgery->forged_ttl = 56;
  const Wave wave = group_into_waves({forgery(0, 1), forgery(kSecond, 2), reset}).at(0);
  const std::string line = to_json_line(wave);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto tally = [](const char* value, int count, int unknown) {
    return Json{{"values", {{{"value", value}, {"count", count}}}}, {"unknown", unknown}};
  };
  EXPECT_EQ(Json::parse(line), (Json{{"schema_version", 1},
                                     {"start", "2006-09-26T14:44:53.000000Z"},
                                     {"end", "2006-09-26T14:44:55.000000Z"},
                                     {"count", 3},
                                     {"forged_replies", 2},
                                     {"forged_resets", 1},
                                     {"certain", 3},
                                     {"forger_class", "simple"},
                                     {"window_rule", "0"},
                                     {"least_forged_ttl", 56},
                                     {"most_forged_ttl", 57},
                                     {"trigger_commands", tally("RCPT TO", 2, 1)},
                                     {"forged_texts", tally("500 error", 2, 0)},
                                     {"networks", tally("203.131.198.0/24", 3, 0)},
                                     {"servers", tally("203.131.198.80", 3, 0)},
                                     {"clients", tally("10.4.1.4", 3, 0)},
                                     {"protocols", tally("smtp", 3, 0)},
                                     {"clearest_incident", "000000000001"},
                                     {"finding", finding(wave)}}));
}

TEST(WaveJson, HasNullForWhatIsUnknown) {
  const Json wave = Json::parse(to_json_line(group_into_waves({bare_reset(0)}).at(0)));
  for (const char* name : {"forger_class", "window_rule", "least_forged_ttl", "most_forged_ttl"}) {
    EXPECT_TRUE(wave.at(name).is_null()) << name;
  }
  EXPECT_EQ(wave["trigger_commands"], Json::parse(R"({"values": [], "unknown": 1})"));
}

}  // namespace
}  // namespace mxray
