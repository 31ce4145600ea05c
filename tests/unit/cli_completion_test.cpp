// SPDX-License-Identifier: Apache-2.0
// Does a shell get every word that can follow, and no other?
#include "cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "cli/command_tree.h"
#include "cli_fake_daemon.h"
#include "format/incident_json.h"
#include "format_samples.h"

namespace mxray::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::UnorderedElementsAre;
using Words = std::vector<std::string>;

Completion completion(const Words& words) {
  const auto tree = make_command_tree();
  return complete(tree->app, words,
                  {.incidents =
                       [](const std::string& socket) {
                         return std::vector<Candidate>{{"4d72c6f9b665", "at " + socket}};
                       },
                   .interfaces =
                       [] {
                         return std::vector<Candidate>{{"wan0", ""}, {"lan0", ""}};
                       }});
}

Words candidates(const Words& words) {
  Words found;
  for (const Candidate& candidate : completion(words).candidates) found.push_back(candidate.word);
  return found;
}

TEST(Completion, KnowsTheCommandsAndTheirOptions) {
  EXPECT_THAT(candidates({""}), IsSupersetOf({"incidents", "explain", "flows", "status", "replay",
                                              "doctor", "trace", "bounces", "check"}));
  EXPECT_THAT(candidates({"inc"}), ElementsAre("incidents"));
  EXPECT_THAT(candidates({"check", ""}), ElementsAre("dns", "ident"));
  EXPECT_THAT(candidates({"incidents", "--not-k"}), ElementsAre("--not-kind"));
  EXPECT_THAT(candidates({"incidents", "--so"}), ElementsAre("--socket"));  // inherited
  EXPECT_THAT(candidates({"--"}), IsSupersetOf({"--help", "--version", "--socket", "--color"}));
  EXPECT_THAT(candidates({"incidents", "nothing-like-it"}), IsEmpty());
}

// Whatever is added to the tree later is offered, too.
TEST(Completion, OffersEveryOptionOfEveryCommand) {
  const auto tree = make_command_tree();
  for (const Command& command : tree->commands) {
    Words words = {command.app->get_name(), "--"};
    if (command.app->get_parent() != &tree->app) {
      words.insert(words.begin(), command.app->get_parent()->get_name());
    }
    const Words offered = candidates(words);
    for (const CLI::Option* option : command.app->get_options()) {
      if (option->get_positional() || option->get_group().empty()) continue;
      EXPECT_THAT(offered, Contains("--" + option->get_lnames().front())) << words.front();
    }
  }
}

TEST(Completion, KnowsTheValuesOfClosedSets) {
  EXPECT_THAT(candidates({"incidents", "--kind", "forged_"}),
              ElementsAre("forged_reply", "forged_reset"));
  EXPECT_THAT(candidates({"incidents", "--not-confidence", ""}),
              UnorderedElementsAre("certain", "probable", "possible"));
  EXPECT_THAT(candidates({"flows", "--state", ""}),
              ElementsAre("waiting", "dialogue", "encrypted", "closed"));
  EXPECT_THAT(candidates({"flows", "--output", ""}), ElementsAre("table", "line", "json"));
  EXPECT_THAT(candidates({"--color", "a"}), ElementsAre("auto", "always"));
  EXPECT_THAT(candidates({"incidents", "--interface", "w"}), ElementsAre("wan0"));
}

TEST(Completion, UnderstandsAnOptionWithItsValueHoweverAShellPartsIt) {
  EXPECT_THAT(candidates({"incidents", "--kind=forged_rep"}), ElementsAre("--kind=forged_reply"));
  EXPECT_THAT(candidates({"incidents", "--kind", "=", "forged_rep"}), ElementsAre("forged_reply"));
  EXPECT_THAT(candidates({"incidents", "--kind", "="}), Contains("ident_stall"));
  EXPECT_THAT(candidates({"incidents", "--kind", "=", "rejected", "--foll"}),
              ElementsAre("--follow"));
  EXPECT_THAT(candidates({"incidents", "--nonsense=x"}), IsEmpty());
}

TEST(Completion, DoesNotOfferAgainWhatMayBeGivenOnce) {
  EXPECT_THAT(candidates({"incidents", "--follow", "--"}), Not(Contains("--follow")));
  EXPECT_THAT(candidates({"incidents", "--follow", "--"}), Not(Contains("--until")));  // excluded
  EXPECT_THAT(candidates({"incidents", "--kind", "rejected", "--"}), Contains("--kind"));
}

TEST(Completion, LeavesFilesToTheShell) {
  EXPECT_TRUE(completion({"replay", ""}).files);
  EXPECT_TRUE(completion({"replay", "a.pcap", "b"}).files);
  EXPECT_TRUE(completion({"replay", "--path", ""}).files);
  EXPECT_TRUE(completion({"bounces", "--capture", ""}).files);
  EXPECT_TRUE(completion({"--socket", "/run"}).files);
  EXPECT_TRUE(completion({"report", "--replay", "a.pcap", ""}).files);
  EXPECT_THAT(candidates({"report", "--replay", "a.pcap", "--outp"}), ElementsAre("--output"));
  EXPECT_FALSE(completion({"incidents", ""}).files);
  EXPECT_FALSE(completion({"incidents", "--server", ""}).files);
}

TEST(Completion, AsksTheDaemonOfTheSocketForIncidents) {
  EXPECT_THAT(candidates({"explain", ""}), ElementsAre("4d72c6f9b665"));
  EXPECT_EQ(completion({"--socket", "/x", "explain", "4"}).candidates.at(0).what, "at /x");
  EXPECT_EQ(completion({"explain", "--socket=/y", ""}).candidates.at(0).what, "at /y");
  EXPECT_THAT(candidates({"explain", "4d72c6f9b665", ""}), Not(Contains("4d72c6f9b665")));
}

TEST(CompleteCommand, ListsTheLatestIncidentsFirstWithTheirSummaries) {
  Response response;
  response.body = to_json_line(samples::ident_stall(), 1) + "\n" +
                  to_json_line(samples::forged_reply(), 2) + "\n";
  const FakeDaemon daemon("/v1/incidents", response);
  const Outcome outcome = run_mxray({"complete", "--", "--socket", daemon.socket(), "explain", ""});
  EXPECT_EQ(outcome.exit, ExitCode::kOk);
  EXPECT_EQ(outcome.out, samples::forged_reply().id + "\t" + samples::forged_reply().summary +
                             "\n" + samples::ident_stall().id + "\t" +
                             samples::ident_stall().summary + "\n");
}

TEST(CompleteCommand, IsQuietWithoutADaemonAndKeepsWordsOnTheirLines) {
  const Outcome none = run_mxray({"complete", "--", "--socket", "/nonexistent", "explain", ""});
  EXPECT_THAT(none.out, Not(HasSubstr("mxrayd")));
  EXPECT_THAT(none.err, IsEmpty());
  Response response;
  Incident hostile = samples::forged_reply();
  hostile.id = "x\ny\x1b[2J";
  hostile.summary = "a\tb\nc\x1b[2J";
  response.body = to_json_line(hostile, 1) + "\n";
  const FakeDaemon daemon("/v1/incidents", response);
  const Outcome outcome = run_mxray({"complete", "--", "--socket", daemon.socket(), "explain", ""});
  EXPECT_EQ(outcome.out, "x?y?[2J\ta?b?c?[2J\n");
}

TEST(Suggestion, IsMadeForAMisspeltCommandOrOption) {
  const struct {
    Words arguments;
    std::string sentence;
  } cases[] = {
      {{"incident"}, "mxray: there is no command 'incident'; did you mean 'incidents'? See"},
      {{"explian", "x"}, "there is no command 'explian'; did you mean 'explain'?"},
      {{"check", "dsn"}, "there is no command 'check dsn'; did you mean 'dns'?"},
      {{"incidents", "--knid", "x"}, "there is no option --knid; did you mean '--kind'?"},
      {{"flows", "--jsn"}, "there is no option --jsn; did you mean '--json'?"},
      {{"flows", "--socet=/x"}, "there is no option --socet; did you mean '--socket'?"},
      {{"frobnicate"}, "there is no command 'frobnicate'; see `mxray --help`"},
      {{"flows", "--yaml"}, "there is no option --yaml; see"},
      {{"flows", "now"}, "'now' is one argument too many; see"},
      {{"check"}, "`mxray check` needs to know what to check; see"},
      {{"--nothing"}, "there is no option --nothing; see"},
      {{std::string(100'000, 'x')}, "there is no command 'xxx"},
  };
  for (const auto& [arguments, sentence] : cases) {
    const Outcome outcome = run_mxray(arguments);
    EXPECT_EQ(outcome.exit, ExitCode::kUsage) << sentence;
    EXPECT_THAT(outcome.err, HasSubstr(sentence));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
}

}  // namespace
}  // namespace mxray::cli
