// SPDX-License-Identifier: Apache-2.0
// Does a path keep its meaning as JSON and back, and what is refused?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/path_json.h"
#include "format_samples.h"

namespace mxray {
namespace {

using testing::HasSubstr;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " is not in " << text;
  return text.replace(at, from.size(), to);
}

TEST(PathJson, SaysWhoAnsweredAtEachHop) {
  const std::string line = to_json_line(samples::path());
  EXPECT_THAT(line, HasSubstr(R"("server":{"ip":"203.131.198.80","port":25})"));
  EXPECT_THAT(line, HasSubstr(R"("time":"2026-09-26T14:44:00.000000Z","server_distance":15)"));
  EXPECT_THAT(line, HasSubstr(R"({"distance":6,"addresses":["210.53.126.2"],"rtt_ms":49.955,)"
                              R"("probes":3,"answers":3})"));
}

TEST(PathJson, ComesBackAsItWas) {
  for (const Path& path : {samples::path(), samples::unreached_path()}) {
    const std::string line = to_json_line(path);
    const Result<Path> back = path_from_json(line);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(to_json_line(*back), line);
  }
}

TEST(PathJson, NamesTheFirstFieldThatIsWrong) {
  struct Case {
    const char* from;
    const char* to;
    const char* named;
  };
  for (const auto& [from, to, named] : {
           Case{R"("ip":"203.131.198.80")", R"("ip":"nobody")", "path.server"},
           Case{R"("time":")", R"("time":"x)", "path.time"},
           Case{R"("server_distance":15)", R"("server_distance":16)", "path.server_distance"},
           Case{R"("server_distance":15)", R"("server_distance":0)", "path.server_distance"},
           Case{R"("hops":[)", R"("hops":[],"then":[)", "path.hops is empty"},
           Case{R"("hops":[)", R"("hops":[7,)", "path.hops[0]"},
           Case{R"("distance":3)", R"("distance":4)", "path.hops[2].distance is not 3"},
           Case{R"("addresses":["210.53.126.2"])", R"("addresses":["x"])",
                "path.hops[5].addresses"},
           Case{R"("addresses":["210.53.126.2"])", R"("addresses":7)", "path.hops[5].addresses"},
           Case{R"("addresses":["210.53.126.2"],)", "", "path.hops[5].addresses is missing"},
           Case{R"("rtt_ms":49.955)", R"("rtt_ms":-1)", "path.hops[5].rtt_ms"},
           Case{R"("rtt_ms":49.955)", R"("rtt_ms":1e999)", "path"},
           Case{R"("probes":3)", R"("probes":-3)", "path.hops[0].probes"},
           Case{R"("answers":3)", R"("answers":"3")", "path.hops[0].answers"},
       }) {
    const Result<Path> path = path_from_json(replaced(to_json_line(samples::path()), from, to));
    ASSERT_FALSE(path) << to;
    EXPECT_THAT(path.error().message, HasSubstr(named)) << to;
  }
  EXPECT_FALSE(path_from_json(""));
  EXPECT_FALSE(path_from_json("[]"));
}

TEST(PathJson, RefusesMoreHopsThanATtlCanCount) {
  Path path = samples::path();
  while (path.hops.size() < 256) {
    Hop next = path.hops.back();
    ++next.distance;
    path.hops.push_back(next);
  }
  EXPECT_FALSE(path_from_json(to_json_line(path)));
  path.hops.pop_back();
  EXPECT_TRUE(path_from_json(to_json_line(path)));
}

}  // namespace
}  // namespace mxray
