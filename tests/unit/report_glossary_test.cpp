// SPDX-License-Identifier: Apache-2.0
// Is there a signal that the page would leave unexplained?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "report/sections.h"

namespace mxray {
namespace {

// Signals are written down in few ways: add("x", strong("x", and {"x", at the beginning
// of an Evidence.
std::set<std::string> signals_of_the_analysis() {
  const std::regex signal(
      R"re((?:\badd\(\s*\{?|strong\(|evidence\.push_back\(\{|also_forged\.push_back\(\{)\s*"([a-z_]+)")re");
  std::set<std::string> signals;
  for (const auto& file : std::filesystem::directory_iterator(MXRAY_ANALYSIS_FOLDER)) {
    if (file.path().extension() != ".cpp") continue;
    std::stringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const std::string source = text.str();
    for (std::sregex_iterator match(source.begin(), source.end(), signal), end; match != end;
         ++match) {
      signals.insert((*match)[1]);
    }
  }
  return signals;
}

TEST(Glossary, ExplainsEverySignalThatTheAnalysisWrites) {
  const std::set<std::string> signals = signals_of_the_analysis();
  EXPECT_GT(signals.size(), 45U);
  for (const std::string& signal : signals) {
    EXPECT_THAT(glossary({signal}).str(), testing::HasSubstr("<dt>" + signal + "</dt>"));
  }
}

TEST(Glossary, ExplainsNoSignalThatIsNotShown) {
  EXPECT_THAT(glossary({}).str(), testing::Not(testing::HasSubstr("<dt>ttl</dt>")));
}

}  // namespace
}  // namespace mxray
