// SPDX-License-Identifier: Apache-2.0
// Does each key do what the last line and the help say?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "top/keys.h"
#include "top/rows.h"
#include "top_made_up.h"

namespace mxray::top {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using Name = Key::Name;

class Keys : public testing::Test {
 protected:
  Keys() {
    Answers answers = quiet();
    for (int i = 1; i <= 5; ++i) {
      answers.waiting.push_back(
          flow(("192.0.2." + std::to_string(i)).c_str(), "203.0.113.1", 10 - i));
      answers.incidents.push_back(incident(std::to_string(i).c_str(), i));
    }
    answers.waiting[1].incidents = {"0123456789ab"};
    answers.waiting[1].rtt_ms = 5;
    observed_.take(answers, at(0));
  }
  Wish press(Name name) { return press({name, {}}); }
  Wish press(const char* character) { return press({Name::kCharacter, character}); }
  Wish press(const Key& key) {
    return top::press(reader_, key, observed_, {.rows = 24, .columns = 80}, at(1), Letters::kAscii);
  }
  void type(const std::string& text) {
    for (const char c : text) press({Name::kCharacter, std::string(1, c)});
  }
  [[nodiscard]] std::string selected() {
    const auto rows = rows_of(reader_.pane, observed_, reader_, at(1), Letters::kAscii);
    return rows.empty() ? "" : rows[selected_in(rows, reader_.cursor())].key;
  }

  Observed observed_;
  Reader reader_;
};

TEST_F(Keys, QuitOnlyFromThePanes) {
  EXPECT_EQ(press("q"), Wish::kQuit);
  press("?");
  EXPECT_EQ(reader_.page, Page::kHelp);
  EXPECT_EQ(press("q"), Wish::kNothing);
  EXPECT_EQ(reader_.page, Page::kPanes);
  press("/");
  EXPECT_EQ(press("q"), Wish::kNothing);
  EXPECT_EQ(reader_.filter, "q");
}

TEST_F(Keys, GoFromPaneToPane) {
  press(Name::kTab);
  EXPECT_EQ(reader_.pane, Pane::kIncidents);
  press(Name::kTab);
  press(Name::kTab);
  EXPECT_EQ(reader_.pane, Pane::kWaiting);
  press(Name::kBackTab);
  EXPECT_EQ(reader_.pane, Pane::kServers);
}

TEST_F(Keys, SelectARowAndStayWithIt) {
  press(Name::kTab);
  EXPECT_EQ(selected(), "5");
  press("j");
  press(Name::kDown);
  EXPECT_EQ(selected(), "3");
  Answers news = quiet();
  news.incidents = {incident("6", 6)};
  observed_.take(news, at(1));
  EXPECT_EQ(selected(), "3");
  press(Name::kEnd);
  EXPECT_EQ(selected(), "1");
  press(Name::kPageDown);
  EXPECT_EQ(selected(), "1");
  press("g");
  EXPECT_EQ(selected(), "6");
  news.incidents = {incident("7", 7)};
  observed_.take(news, at(1));
  EXPECT_EQ(selected(), "7");
}

TEST_F(Keys, LeaveTheFirstRowSelectedWhicheverItIs) {
  press(Name::kTab);
  Answers news = quiet();
  news.incidents = {incident("6", 6)};
  observed_.take(news, at(1));
  EXPECT_EQ(selected(), "6");
}

TEST_F(Keys, SelectWhatIsNearWhenTheRowIsGone) {
  press("G");
  const std::string last = selected();
  press("k");
  const std::string before = selected();
  Answers news = quiet();
  news.waiting = {observed_.waiting[0], observed_.waiting[1]};
  observed_.take(news, at(1));
  EXPECT_NE(selected(), before);
  EXPECT_THAT(selected(), HasSubstr("192.0.2.2:"));
  observed_.take(quiet(), at(1));
  EXPECT_THAT(selected(), IsEmpty());
  press("j");
  EXPECT_EQ(press(Name::kEnter), Wish::kNothing);
}

TEST_F(Keys, ExplainTheSelectedIncident) {
  press(Name::kTab);
  press("j");
  EXPECT_EQ(press(Name::kEnter), Wish::kExplain);
  EXPECT_EQ(reader_.explained, "4");
  EXPECT_EQ(reader_.page, Page::kExplanation);
  press(Name::kEscape);
  EXPECT_EQ(reader_.page, Page::kPanes);
  EXPECT_THAT(reader_.explained, IsEmpty());
}

TEST_F(Keys, ExplainTheIncidentOfAWaitOrSayThatThereIsNone) {
  EXPECT_EQ(press(Name::kEnter), Wish::kNothing);
  EXPECT_THAT(reader_.note, HasSubstr("no incident"));
  press("j");
  EXPECT_THAT(reader_.note, IsEmpty());
  EXPECT_EQ(press(Name::kEnter), Wish::kExplain);
  EXPECT_EQ(reader_.explained, "0123456789ab");
}

TEST_F(Keys, ShowOnlyTheServerThatIsChosen) {
  press(Name::kBackTab);
  press(Name::kEnter);
  EXPECT_EQ(reader_.filter, "203.0.113.1:25");
  press(Name::kEscape);
  EXPECT_THAT(reader_.filter, IsEmpty());
}

TEST_F(Keys, TypeAFilter) {
  press("/");
  type("192.0.2.3x");
  press(Name::kBackspace);
  press({Name::kCharacter, "ü"});
  press(Name::kBackspace);
  EXPECT_EQ(reader_.filter, "192.0.2.3");
  EXPECT_THAT(selected(), HasSubstr("192.0.2.3:"));
  press(Name::kEnter);
  EXPECT_FALSE(reader_.types_filter);
  EXPECT_EQ(reader_.filter, "192.0.2.3");
  press("/");
  type(std::string(1000, 'y'));
  EXPECT_LE(reader_.filter.size(), 64U);
  press(Name::kEscape);
  EXPECT_THAT(reader_.filter, IsEmpty());
}

TEST_F(Keys, SortByTheNextOrder) {
  EXPECT_THAT(selected(), HasSubstr("192.0.2.1:"));
  press(Name::kTab);
  press("s");
  EXPECT_EQ(reader_.orders[1], 1U);
  press("s");
  press("s");
  EXPECT_EQ(reader_.orders[1], 0U);
  EXPECT_EQ(reader_.orders[0], 0U);
}

TEST_F(Keys, SortWaitsByServerAndByClient) {
  observed_.waiting[4].server.address = *parse_address("198.51.100.1");
  press("s");
  EXPECT_THAT(selected(), HasSubstr("192.0.2.5:"));
  press("s");
  EXPECT_THAT(selected(), HasSubstr("192.0.2.1:"));
}

TEST_F(Keys, PauseAndGoOn) {
  press("p");
  ASSERT_TRUE(reader_.paused_since);
  EXPECT_EQ(reader_.paused_since->steady_ns, at(1).steady_ns);
  press("p");
  EXPECT_FALSE(reader_.paused_since);
}

TEST_F(Keys, ChangeTheTimeZone) {
  press("t");
  EXPECT_EQ(reader_.zone, Zone::kLocal);
  press("t");
  EXPECT_EQ(reader_.zone, Zone::kUtc);
}

TEST_F(Keys, ScrollAnExplanationNoFartherThanItGoes) {
  press(Name::kTab);
  press(Name::kEnter);
  for (int i = 0; i < 100; ++i) reader_.explanation += std::string(200, '-') + "\n";
  press("k");
  EXPECT_EQ(reader_.top_line, 0U);
  press(" ");
  EXPECT_EQ(reader_.top_line, 12U);
  press(Name::kEnd);
  EXPECT_EQ(reader_.top_line, 78U);
  for (int i = 0; i < 100; ++i) press(Name::kRight);
  EXPECT_EQ(reader_.left_column, 120U);
  press(Name::kHome);
  press("h");
  EXPECT_EQ(reader_.top_line, 0U);
  EXPECT_EQ(reader_.left_column, 112U);
}

TEST_F(Keys, OnATerminalTooSmallOnlyQuit) {
  press("?");
  const auto press_unseen = [&](const char* character) {
    return top::press(reader_, {Name::kCharacter, character}, observed_,
                      {.rows = 10, .columns = 40}, at(1), Letters::kAscii);
  };
  EXPECT_EQ(press_unseen("p"), Wish::kNothing);
  EXPECT_FALSE(reader_.paused_since);
  EXPECT_EQ(press_unseen("q"), Wish::kQuit);
}

TEST_F(Keys, ThatMeanNothingChangeNothing) {
  for (const char* character : {"x", "Z", "ü", "1"}) EXPECT_EQ(press(character), Wish::kNothing);
  EXPECT_EQ(reader_.page, Page::kPanes);
  EXPECT_THAT(selected(), HasSubstr("192.0.2.1:"));
}

}  // namespace
}  // namespace mxray::top
