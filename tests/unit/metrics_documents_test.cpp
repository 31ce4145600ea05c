// SPDX-License-Identifier: Apache-2.0
// Does docs/metrics.md name what is exported, and nothing else?
#include <gmock/gmock.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <tuple>

#include "metrics_page.h"

namespace mxray {
namespace {

using Family = std::tuple<std::string, std::string, std::set<std::string>>;  // name, type, labels

/// A page in which no family is missing.
std::string full_page() {
  MetricsInput input;
  input.kernel.attachments = {{"eth0", "ingress", "tc", ""}};
  input.kernel.maps = {{"flows", 1, 2}};
  input.kernel.programs = {{"mxray_xdp", 1, 2}};
  input.http_requests = {{"metrics", 200, 1}};
  return render_metrics(input);
}

std::set<Family> exported() {
  const std::regex type("# TYPE ([a-z_]+) ([a-z]+)");
  const std::regex label(R"re(([a-z_]+)="(?:[^"\\]|\\.)*")re");
  std::set<Family> families;
  std::string name, kind;
  std::set<std::string> labels;
  const auto end_family = [&] {
    if (!name.empty()) families.insert({name, kind, labels});
    labels.clear();
  };
  std::istringstream lines(full_page());
  for (std::string line; std::getline(lines, line);) {
    if (std::smatch match; std::regex_match(line, match, type)) {
      end_family();
      name = match[1], kind = match[2];
    } else if (!line.starts_with('#')) {
      for (std::sregex_iterator it(line.begin(), line.end(), label), end; it != end; ++it) {
        if ((*it)[1] != "le") labels.insert((*it)[1]);
      }
    }
  }
  end_family();
  return families;
}

/// Rows of `| `name` | type | `label`, `label` | text |`.
std::set<Family> documented() {
  const std::regex row(R"(\| `([a-z_]+)` \| (counter|gauge|histogram) \| ([a-z_`, ]*)\|.+\|)");
  const std::regex label("`([a-z_]+)`");
  std::set<Family> families;
  std::ifstream file(MXRAY_METRICS_DOCUMENT);
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    const std::string list = match[3];
    std::set<std::string> labels;
    for (std::sregex_iterator it(list.begin(), list.end(), label), end; it != end; ++it) {
      labels.insert((*it)[1]);
    }
    families.insert({match[1], match[2], labels});
  }
  return families;
}

TEST(MetricsDocument, NamesEveryFamilyWithItsTypeAndLabelsAndNoOther) {
  EXPECT_THAT(documented(), testing::ContainerEq(exported()));
}

}  // namespace
}  // namespace mxray
