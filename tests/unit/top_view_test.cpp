// SPDX-License-Identifier: Apache-2.0
// Is what matters on the screen, at every size, whatever the daemon says?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "top/explanation.h"
#include "top/view.h"
#include "top_made_up.h"

namespace mxray::top {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class View : public testing::Test {
 protected:
  View() { observed_.take(quiet(), at(0)); }

  Picture picture(Size size = {.rows = 24, .columns = 80}, double seconds = 0.5) const {
    const Picture picture = draw(observed_, reader_, place_, size, at(seconds));
    EXPECT_EQ(picture.size(), size.rows);
    for (const auto& line : picture) {
      std::size_t columns = 0;
      for (const Piece& piece : line) {
        EXPECT_EQ(clean(piece.text, place_.letters), piece.text);
        columns += columns_of(piece.text, place_.letters);
      }
      EXPECT_LE(columns, size.columns);
    }
    return picture;
  }
  std::string text(Size size = {.rows = 24, .columns = 80}, double seconds = 0.5) const {
    return text_of(picture(size, seconds));
  }
  void take(const Answers& answers) { observed_.take(answers, at(0)); }

  Observed observed_;
  Reader reader_;
  Place place_{.host = "gateway", .letters = Letters::kUtf8};

 private:
  Utf8Locale locale_;
};

TEST_F(View, OfAQuietGatewaySaysSo) {
  const std::string text = this->text();
  EXPECT_THAT(text, HasSubstr(" mxray top  gateway  mxrayd 0.1.0 up 01:02:05 "));
  EXPECT_THAT(text, HasSubstr(" 2026-09-26 14:45:00 UTC \n"));
  EXPECT_THAT(text, HasSubstr("wan0 in tcx out tc"));
  EXPECT_THAT(text, HasSubstr("none lost"));
  EXPECT_THAT(text, HasSubstr("nobody waits"));
  EXPECT_THAT(text, HasSubstr("no incidents"));
  EXPECT_THAT(text, HasSubstr("no connection seen yet"));
  EXPECT_THAT(text, ContainsRegex("q quit  \\? help .* p pause  t zone\n$"));
}

TEST_F(View, BeforeTheFirstAnswerSaysNothingOfTraffic) {
  observed_ = {};
  EXPECT_THAT(text(), HasSubstr("asking mxrayd"));
  EXPECT_THAT(text(), Not(HasSubstr("nobody waits")));
}

TEST_F(View, CountsFlowsByProtocolAndState) {
  Answers answers = quiet();
  answers.status.totals.flows[core::PROTOCOL_POP3] = {1, 22, 333, 4444};
  take(answers);
  EXPECT_THAT(text(), ContainsRegex("pop3 +1 +22 +333 +4444 +0\\.0"));
  EXPECT_THAT(text(), Not(HasSubstr("  other")));
  answers.status.totals.flows[core::PROTOCOL_OTHER] = {1, 0, 0, 0};
  take(answers);
  EXPECT_THAT(text(), HasSubstr("  other"));
}

TEST_F(View, CountsAWaitUpBetweenAnswers) {
  Answers answers = quiet();
  answers.waiting = {samples::waiting_flow()};
  take(answers);
  EXPECT_THAT(
      text({.rows = 24, .columns = 100}, 0.5),
      ContainsRegex("13\\.0 s pop3  192\\.168\\.1\\.200:1523 +\\[2001:db8::25\\]:110 +3 ident "
                    "dropped"));
  EXPECT_THAT(text({.rows = 24, .columns = 80}, 3), HasSubstr(" 15.5 s pop3"));
  EXPECT_THAT(text({.rows = 24, .columns = 80}, 190), HasSubstr("3 min 22 s pop3"));
}

TEST_F(View, PutsTheLongestWaitFirst) {
  Answers answers = quiet();
  answers.waiting = {flow("192.0.2.1", "203.0.113.1", 2), flow("192.0.2.2", "203.0.113.2", 30),
                     flow("192.0.2.3", "203.0.113.3", 9)};
  take(answers);
  EXPECT_THAT(text(),
              ContainsRegex("30\\.5 s smtp  192\\.0\\.2\\.2:[^\n]*\n[^\n]* 9\\.5 s smtp  "
                            "192\\.0\\.2\\.3:[^\n]*\n[^\n]* 2\\.5 s smtp  192\\.0\\.2\\.1:"));
}

TEST_F(View, ShowsIncidentsTheLatestFirst) {
  Answers answers = quiet();
  answers.incidents = {samples::forged_reply(), incident("000000000001", 0.1)};
  take(answers);
  EXPECT_THAT(
      text({.rows = 24, .columns = 100}),
      ContainsRegex("14:45:00 +forged_reset +certain +summary of 000000000001 *\n 14:44:53 +"
                    "forged_reply +certain "));
  EXPECT_EQ(style_of(picture(), "forged_reply"), Style::kAlarm);
}

TEST_F(View, ShowsTheKindOnceAndThatAnIncidentGoesOn) {
  Answers answers = quiet();
  answers.incidents = {incident("000000000001", 1)};
  answers.incidents[0].summary = "forged reset: of a connection";
  answers.incidents[0].ongoing = true;
  take(answers);
  EXPECT_THAT(text(), ContainsRegex("forged_reset +certain +\\(goes on\\) of a connection"));
}

TEST_F(View, ShowsTheDateOfAnIncidentOfAnotherDay) {
  Answers answers = quiet();
  answers.incidents = {incident("000000000001", -86400)};
  take(answers);
  EXPECT_THAT(text(), HasSubstr(" 09-25 14:45 "));
}

TEST_F(View, ShowsRoundTripsFromZeroAndHopsFromTheLeast) {
  Answers answers = quiet();
  for (std::uint16_t i = 0; i < 4; ++i) {
    FlowView seen = flow("192.0.2.1", "203.0.113.25");
    seen.opened_ns += i;
    seen.rtt_ms = i == 2 ? 200 : 100;
    seen.server_hops = i < 2 ? 11 : 14;
    answers.others.push_back(seen);
  }
  take(answers);
  EXPECT_THAT(text(),
              ContainsRegex("203\\.0\\.113\\.25:25 +4 seen +100\\.0 ms ▅▅█▅ +14 hops ▁▁▄▄"));
  place_.letters = Letters::kAscii;
  EXPECT_THAT(text(), ContainsRegex("100\\.0 ms ==#= +14 hops __::"));
}

TEST_F(View, ShowsLossesInRed) {
  Answers answers = quiet();
  answers.status.records_lost = 42;
  answers.status.kernel.counters[core::COUNT_LOST_INCIDENT_RECORD] = 40;
  take(answers);
  EXPECT_THAT(text(), HasSubstr("42 records LOST: lost_incident_record 40"));
  EXPECT_EQ(style_of(picture(), "42 records LOST"), Style::kAlarm);
  EXPECT_THAT(text(), Not(HasSubstr("none lost")));
}

TEST_F(View, TellsOfAConfigurationThatIsNotInForce) {
  Answers answers = quiet();
  answers.status.reload_problems.web_config = "web.yml:2: nonsense";
  take(answers);
  EXPECT_THAT(text(), HasSubstr("the web configuration on disk is not in force: web.yml:2"));
  EXPECT_EQ(style_of(picture(), "web configuration"), Style::kWarning);
}

TEST_F(View, ShowsAnInterfaceThatIsNotWatchedInRed) {
  Answers answers = quiet();
  answers.status.interfaces = {"wan0", "lan0"};
  answers.status.kernel.attachments[1].hook = "none";
  take(answers);
  EXPECT_THAT(text(), HasSubstr("wan0 in tcx out NOT WATCHED  lan0 NOT WATCHED"));
  EXPECT_EQ(style_of(picture(), "NOT WATCHED"), Style::kAlarm);
}

TEST_F(View, KeepsTheLastPictureWhenTheDaemonIsSilentAndSaysSinceWhen) {
  Answers answers = quiet();
  answers.waiting = {flow("192.0.2.2", "203.0.113.2", 30)};
  take(answers);
  observed_.miss("no mxrayd answers at /run/x", at(1));
  observed_.miss("no mxrayd answers at /run/x", at(2));
  const std::string text = this->text({.rows = 24, .columns = 120}, 12);
  EXPECT_THAT(text,
              HasSubstr("NO ANSWER since 14:45:01, 11 s; asking again each second: no mxrayd"));
  EXPECT_THAT(text, HasSubstr(" 31.0 s smtp"));
  EXPECT_EQ(style_of(picture(), "NO ANSWER"), Style::kAlarm);
}

TEST_F(View, SaysSinceWhenTheDaemonIsSilentThoughItNeverAnswered) {
  observed_ = Observed();
  observed_.miss("/run/x says something that is no flow", at(3));
  EXPECT_THAT(text({.rows = 24, .columns = 120}, 12), HasSubstr("NO ANSWER since 14:45:03, 9 s;"));
}

TEST_F(View, ShowsLocalTimeIfWanted) {
  setenv("TZ", "CST-8", 1);
  tzset();
  reader_.zone = Zone::kLocal;
  EXPECT_THAT(text(), HasSubstr(" 2026-09-26 22:45:00 local \n"));
  unsetenv("TZ");
  tzset();
}

TEST_F(View, StandsStillWhilePaused) {
  Answers answers = quiet();
  answers.waiting = {flow("192.0.2.2", "203.0.113.2", 30)};
  take(answers);
  reader_.paused_since = at(2);
  EXPECT_EQ(text({.rows = 24, .columns = 80}, 3), text({.rows = 24, .columns = 80}, 300));
  EXPECT_THAT(text({.rows = 24, .columns = 80}, 300), HasSubstr("PAUSED at 14:45:02"));
  EXPECT_THAT(text({.rows = 24, .columns = 80}, 300), HasSubstr(" 32.0 s smtp"));
}

TEST_F(View, ShowsOnlyRowsWithTheFilter) {
  Answers answers = quiet();
  answers.waiting = {flow("192.0.2.1", "203.0.113.1", 2), flow("192.0.2.2", "203.0.113.2", 30)};
  answers.incidents = {incident("000000000001", 1), samples::forged_reply()};
  take(answers);
  reader_.filter = "FORGED_REPLY";
  EXPECT_THAT(text(), HasSubstr("Incidents: 1,"));
  EXPECT_THAT(text(), HasSubstr("Waiting for a greeting: 0,"));
  EXPECT_THAT(text(), HasSubstr("nothing here has 'FORGED_REPLY'"));
  reader_.filter = "203.0.113.1";
  EXPECT_THAT(text(), HasSubstr("Waiting for a greeting: 1,"));
}

TEST_F(View, IsOneSentenceOnASmallTerminal) {
  EXPECT_THAT(text({.rows = 10, .columns = 40}),
              HasSubstr("mxray top needs 60 x 16; this terminal\nhas 40 x 10."));
  for (std::size_t rows = 0; rows < 4; ++rows) {
    for (std::size_t columns = 0; columns < 4; ++columns) {
      EXPECT_EQ(picture({.rows = rows, .columns = columns}).size(), rows);
    }
  }
}

Answers crowded(unsigned flows) {
  Answers answers = quiet();
  for (unsigned i = 0; i < flows; ++i) {
    FlowView waiting = flow("2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", "203.0.113.1", 1 + i);
    waiting.client.port = static_cast<std::uint16_t>(i);
    waiting.server.port = static_cast<std::uint16_t>(i % 100);
    waiting.rtt_ms = i;
    waiting.server_hops = static_cast<int>(i % 30);
    answers.waiting.push_back(waiting);
    answers.incidents.push_back(incident(std::to_string(i).c_str(), i));
  }
  return answers;
}

TEST_F(View, FitsEverySizeWithNothingAndWithTenThousandFlows) {
  for (const unsigned flows : {0U, 1U, 10'000U}) {
    observed_ = {};
    take(crowded(flows));
    for (const std::size_t rows : {16U, 17U, 24U, 200U}) {
      for (const std::size_t columns : {60U, 61U, 80U, 400U}) {
        for (const Page page : {Page::kPanes, Page::kHelp}) {
          reader_.page = page;
          reader_.pane = static_cast<Pane>(columns % kPaneCount);
          text({.rows = rows, .columns = columns});
        }
      }
    }
  }
}

TEST_F(View, ShowsTheSelectedRowOfManyThousand) {
  take(crowded(10'000));
  reader_.cursors[0] = {.key = "gone", .index = 5'000};
  EXPECT_THAT(text(), HasSubstr("\n>83 min 20 s "));
  EXPECT_EQ(style_of(picture(), "83 min 20 s"), Style::kSelected);
}

// Whatever has come this far, the columns hold and no byte reaches the terminal raw.
TEST_F(View, HoldsItsColumnsAgainstHostileText) {
  const std::string hostile =
      "\x1b]0;owned\x07\x1b[2J\r\n\xe2\x80\xae漢字\xcc\x81\xff\xc2\x9b" + std::string(4096, 'A');
  Answers answers = quiet();
  answers.status.version = answers.status.store.detail = hostile;
  answers.status.reload_problems = {.config = hostile, .web_config = hostile};
  answers.status.store.state = "degraded";
  answers.status.interfaces = {hostile, "wan0"};
  answers.status.kernel.attachments[0].hook = hostile;
  FlowView waiting = flow("192.0.2.1", "203.0.113.1", 2);
  waiting.ident_outcome = waiting.interface = hostile;
  answers.waiting = {waiting};
  Incident incident = samples::forged_reply();
  incident.id = incident.summary = hostile;
  answers.incidents = {incident};
  observed_.take(answers, at(0));
  observed_.miss(hostile, at(0));
  place_.host = reader_.filter = hostile;
  for (const Page page : {Page::kPanes, Page::kExplanation}) {
    reader_.page = page;
    reader_.explained = reader_.explanation = hostile;
    for (const bool types : {false, true}) {
      reader_.types_filter = types;
      for (const std::string& note : {std::string(), hostile}) {
        reader_.note = note;
        for (const Letters letters : {Letters::kUtf8, Letters::kAscii}) {
          place_.letters = letters;
          for (const std::size_t columns : {60U, 81U, 200U}) text({.rows = 24, .columns = columns});
        }
      }
    }
  }
}

TEST_F(View, MovesThroughAnExplanation) {
  reader_.page = Page::kExplanation;
  reader_.explained = "0123456789ab";
  EXPECT_THAT(text(), HasSubstr("asking the daemon"));
  for (int i = 0; i < 100; ++i) reader_.explanation += "line " + std::to_string(i) + "\n";
  EXPECT_THAT(text(), HasSubstr("incident 0123456789ab"));
  EXPECT_THAT(text(), HasSubstr("\nline 0\n"));
  reader_.top_line = 1'000'000;
  EXPECT_THAT(text(), HasSubstr("\nline 99\n"));
  EXPECT_THAT(text(), HasSubstr("100 %"));
  EXPECT_EQ(farthest(long_text(reader_), {.rows = 24, .columns = 80}, Letters::kAscii).rows, 78U);
}

TEST_F(View, HelpFitsAnOrdinaryTerminal) {
  reader_.page = Page::kHelp;
  EXPECT_EQ(farthest(long_text(reader_), {.rows = 40, .columns = 90}, Letters::kAscii).columns, 0U);
  EXPECT_THAT(text({.rows = 40, .columns = 90}), HasSubstr("Ctrl-Z"));
}

}  // namespace
}  // namespace mxray::top
