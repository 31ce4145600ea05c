// SPDX-License-Identifier: Apache-2.0
// Is the OpenMetrics page what the specification asks for, with the same samples?
#include <gmock/gmock.h>

#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "metrics/metrics.h"
#include "metrics/openmetrics.h"

namespace mxray {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

MetricsInput input_with_incident() {
  MetricsInput input;
  input.version = "0.1.0\"} 1\nforged 1\n# EOF\n";
  input.kernel.attachments = {{"a\"b\\c", "ingress", "tc", ""}};
  input.kernel.maps = {{"flows", 1, 2}};
  input.kernel.programs = {{"mxray_xdp", 3, 4}};
  input.kernel.histogram_cells.fill(1);
  input.http_requests = {{"metrics", 200, 12'345'678'901'234'567}};
  input.totals.incidents[1][2] = 3;
  input.totals.latest[1][2] = {"0123456789ab", 1'700'000'000'123'456'789};
  return input;
}

std::vector<std::string> lines_of(const std::string& page) {
  std::vector<std::string> lines;
  std::istringstream text(page);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::string openmetrics(const MetricsInput& input) {
  return render_metrics(input, MetricsFormat::kOpenMetrics);
}

/// Sample lines but those of the process itself, which change from look to look.
std::vector<std::string> samples(const std::string& page) {
  std::vector<std::string> samples;
  for (const std::string& line : lines_of(page)) {
    if (!line.starts_with('#') && !line.starts_with("process_")) {
      samples.push_back(line.substr(0, line.find(" # ")));
    }
  }
  return samples;
}

TEST(OpenMetrics, HasTheSamplesOfTheTextFormatToTheByte) {
  const MetricsInput input = input_with_incident();
  EXPECT_EQ(samples(openmetrics(input)), samples(render_metrics(input)));
  EXPECT_GT(samples(openmetrics(input)).size(), 400u);
}

TEST(OpenMetrics, EndsWithItsMarkAndHasItNowhereElse) {
  const std::string page = openmetrics(input_with_incident());
  EXPECT_THAT(page, EndsWith("\n# EOF\n"));
  EXPECT_EQ(page.find("\n# EOF"), page.size() - 7);
}

TEST(OpenMetrics, AnIncidentsIdIsTheExemplarOfItsSample) {
  const std::string page = openmetrics(input_with_incident());
  EXPECT_THAT(page,
              HasSubstr("mxray_incidents_total{kind=\"forged_reset\",confidence=\"certain\"} 3 "
                        "# {incident_id=\"0123456789ab\"} 1 1700000000.123\n"));
  std::size_t exemplars = 0;
  for (const std::string& line : lines_of(page)) {
    exemplars += line.find(" # {") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(exemplars, 1u);
  EXPECT_THAT(render_metrics(input_with_incident()), Not(HasSubstr(" # {")));
}

TEST(OpenMetrics, CountersAreDeclaredWithoutTheirSuffixAndUnitsAreTheLastWord) {
  const std::regex description("# (HELP|TYPE|UNIT) ([a-z_]+) (.+)");
  std::set<std::string> declared;
  std::string last;
  for (const std::string& line : lines_of(openmetrics(input_with_incident()))) {
    if (line == "# EOF") continue;
    if (!line.starts_with('#')) {
      const std::string name = line.substr(0, line.find_first_of(" {"));
      EXPECT_TRUE(name.starts_with(last)) << name << " after the declaration of " << last;
      continue;
    }
    std::smatch match;
    ASSERT_TRUE(std::regex_match(line, match, description)) << line;
    last = match[2];
    if (match[1] == "HELP") {
      EXPECT_TRUE(declared.insert(last).second) << "declared twice: " << last;
    }
    if (match[1] == "TYPE" && match[3] == "counter") {
      EXPECT_THAT(last, Not(EndsWith("_total")));
    }
    if (match[1] == "UNIT") {
      EXPECT_THAT(last, EndsWith("_" + match[3].str()));
    }
  }
  EXPECT_TRUE(declared.contains("mxray_incidents"));
  EXPECT_TRUE(declared.contains("mxray_program_run_seconds"));
}

TEST(OpenMetrics, SpecialNumbersHaveTheirOwnWords) {
  const auto page = [](double value) {
    return to_openmetrics({with(gauge("x", "A number."), value)}, {});
  };
  EXPECT_THAT(page(std::numeric_limits<double>::quiet_NaN()), HasSubstr("\nx NaN\n"));
  EXPECT_THAT(page(std::numeric_limits<double>::infinity()), HasSubstr("\nx +Inf\n"));
  EXPECT_THAT(page(-std::numeric_limits<double>::infinity()), HasSubstr("\nx -Inf\n"));
}

}  // namespace
}  // namespace mxray
