// SPDX-License-Identifier: Apache-2.0
// Does Prometheus take the page, whatever the input holds?
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "metrics_page.h"

namespace mxray {
namespace {

/// A page in which no family is missing, with names no decent person would use.
MetricsInput hostile() {
  MetricsInput input;
  input.version = "0.1.0\"} 1\nforged_total 1\n";
  input.kernel_release = "6.1.0-\xf0\x28\x8c\x28";
  input.kernel.attachments = {{"eth\xff", "ingress", "tc", ""},
                              {"a\"b\\c{d}", "egress", "none", ""},
                              {std::string("nul\0x", 5), "ingress", "tcx", ""},
                              {"b\xc3\xbcro", "ingress", "xdp_generic", ""}};
  input.kernel.maps = {{"flows", 1, 2}};
  input.kernel.programs = {{"mxray_xdp\n", 1, 2}};
  input.kernel.counters.fill(UINT64_MAX);
  input.kernel.histogram_cells.fill(1);
  input.http_requests = {{"metrics\xc0\xaf", 200, 1}};
  return input;
}

bool is_valid_utf8(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t more = lead < 0x80 ? 0 : (lead >> 5) == 6 ? 1 : (lead >> 4) == 14 ? 2 : 3;
    if (more == 3 && (lead >> 3) != 30) return false;
    for (std::size_t k = 1; k <= more; ++k) {
      if (i + k >= text.size() || (static_cast<unsigned char>(text[i + k]) >> 6) != 2) return false;
    }
    i += more + 1;
  }
  return true;
}

/// What `promtool check metrics` says of a page, and how it ends.
std::pair<int, std::string> promtool_says(const std::string& page) {
  std::string name = (std::filesystem::temp_directory_path() / "mxray-metrics-XXXXXX").string();
  const int fd = ::mkstemp(name.data());
  if (fd < 0) return {-1, "no temporary file"};
  ::close(fd);
  std::ofstream(name, std::ios::binary) << page;
  const std::string command = "promtool check metrics < " + name + " 2>&1";
  std::string output;
  FILE* pipe = ::popen(command.c_str(), "r");
  char buffer[512];
  while (pipe != nullptr && std::fgets(buffer, sizeof buffer, pipe) != nullptr) output += buffer;
  const int status = pipe == nullptr ? -1 : ::pclose(pipe);
  std::filesystem::remove(name);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

class Promtool : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
      GTEST_SKIP() << "NOT TESTED: promtool is missing; apt-get install prometheus";
    }
  }
};

TEST_F(Promtool, PassesAQuietPage) {
  EXPECT_THAT(promtool_says(render_metrics({})), testing::Pair(0, ""));
}

TEST_F(Promtool, PassesAHostilePage) {
  EXPECT_THAT(promtool_says(render_metrics(hostile())), testing::Pair(0, ""));
}

TEST_F(Promtool, RefusesWhatIsWrong) {
  EXPECT_NE(promtool_says("mxray_bad{a=\"\xff\"} 1\n").first, 0) << "it must be able to fail";
}

TEST(MetricsText, IsValidUtf8WhateverTheNames) {
  EXPECT_TRUE(is_valid_utf8(render_metrics(hostile())));
  EXPECT_FALSE(is_valid_utf8("eth\xff")) << "it must be able to fail";
}

TEST(MetricsText, NoNameBreaksOutOfItsLabel) {
  const MetricsPage page(hostile());
  EXPECT_FALSE(page.has("forged_total"));
  EXPECT_EQ(page[R"(mxray_attached{interface="eth\\xff",direction="ingress",hook="tc"})"], 1);
  EXPECT_EQ(page[R"(mxray_attached{interface="a\"b\\x5cc{d}",direction="egress",hook="none"})"], 0);
}

TEST(MetricsText, EveryFamilyHasHelpAndEveryLabelIsOfAKnownSet) {
  const std::string text = render_metrics(hostile());
  const std::set<std::string> known = {
      "attempt", "by",      "cause",  "class",   "code",      "confidence", "direction",
      "event",   "handler", "hook",   "hops",    "interface", "kernel",     "kind",
      "le",      "mail",    "map",    "outcome", "program",   "protocol",   "reason",
      "ring",    "server",  "signal", "state",   "table",     "version",    "what"};
  // Quoted values first, so that nothing inside one is taken for a label.
  const std::regex label(R"re(([a-z_]+)="(?:[^"\\]|\\.)*")re");
  for (std::sregex_iterator it(text.begin(), text.end(), label), end; it != end; ++it) {
    EXPECT_TRUE(known.contains((*it)[1].str())) << it->str();
  }
  std::istringstream lines(text);
  std::string previous;
  for (std::string line; std::getline(lines, line); previous = line) {
    if (!line.starts_with("# TYPE ")) continue;
    const std::string name = line.substr(7, line.find(' ', 7) - 7);
    EXPECT_TRUE(previous.starts_with("# HELP " + name + " ")) << line;
    EXPECT_GT(previous.size(), name.size() + 20) << previous;
  }
}

}  // namespace
}  // namespace mxray
