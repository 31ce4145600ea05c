// SPDX-License-Identifier: Apache-2.0
// When was a log line written, whichever way it says so?
#include <gtest/gtest.h>

#include "base/time.h"
#include "maillog/log_time.h"

namespace mxray::maillog {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

/// The time of a stamp by a clock of `zone`; empty if it is none.
std::string read(std::optional<Stamp> (*take)(std::string_view&), std::string_view text,
                 const char* zone = "UTC", LogClock::Settings settings = {.first_year = 2010}) {
  const auto known = TimeZone::named(zone);
  const LogClock clock(*known, settings);
  const auto stamp = take(text);
  if (!stamp) return "";
  const auto time_ns = clock.time_ns(*stamp);
  return time_ns ? rfc3339(*time_ns) : "";
}

TEST(LogStamp, Tai64LabelsAreTenSecondsAheadWhateverTheLeapSeconds) {
  // The label that cr.yp.to/daemontools/tai64nlocal.html shows; it counts back
  // another 22 seconds there, which needs a clock that counts leap seconds, too.
  EXPECT_EQ(read(take_tai64, "@4000000037c219bf2ef02e94 x"), "1999-08-24T04:04:05.787492Z");
  EXPECT_EQ(read(take_tai64, "@400000000000000a"), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(read(take_tai64, "@4000000000000009"), "") << "before 1970";
  // Just before and after the leap second of 2016: no jump.
  EXPECT_EQ(read(take_tai64, "@4000000058684689"), "2016-12-31T23:59:59.000000Z");
  EXPECT_EQ(read(take_tai64, "@400000005868468a"), "2017-01-01T00:00:00.000000Z");
}

TEST(LogStamp, BrokenTai64LabelsAreNone) {
  for (const char* text :
       {"@", "@40000000", "@40000000zzzzzzzz", "@ffffffffffffffff", "@40000fffffffffff"}) {
    EXPECT_EQ(read(take_tai64, text), "") << text;
  }
}

TEST(LogStamp, EpochStampsKeepTheirFraction) {
  EXPECT_EQ(read(take_epoch, "1113892523.123456 delivery"), "2005-04-19T06:35:23.123456Z");
  EXPECT_EQ(read(take_epoch, "1113892523 delivery"), "") << "a bare number is no stamp";
  EXPECT_EQ(read(take_epoch, "203.0.113.7 x"), "");
}

TEST(LogStamp, AZoneInTheStampWinsOverThatOfTheLog) {
  EXPECT_EQ(read(take_iso, "2010-05-10T13:39:34.5+08:00 x", "-05:00"),
            "2010-05-10T05:39:34.500000Z");
  EXPECT_EQ(read(take_iso, "2010-05-10 13:39:34 +0800 x", "-05:00"), "2010-05-10T05:39:34.000000Z");
  EXPECT_EQ(read(take_iso, "2010-05-10 13:39:34 x", "-05:00"), "2010-05-10T18:39:34.000000Z");
}

TEST(LogStamp, NamedZonesKnowTheirSummerTime) {
  EXPECT_EQ(read(take_rfc3164, "Jan 10 12:00:00 x", "Europe/Berlin"),
            "2010-01-10T11:00:00.000000Z");
  EXPECT_EQ(read(take_rfc3164, "Jul 10 12:00:00 x", "Europe/Berlin"),
            "2010-07-10T10:00:00.000000Z");
}

TEST(LogStamp, UnknownZonesAreRefusedInOneSentence) {
  for (const char* zone : {"Nowhere/Atlantis", "../../etc/passwd", "+8", "Europe"}) {
    const auto known = TimeZone::named(zone);
    ASSERT_FALSE(known) << zone;
    EXPECT_NE(known.error().message.find("no time zone"), std::string::npos);
  }
}

TEST(LogStamp, ImpossibleTimesAreNone) {
  for (const char* text :
       {"Foo 10 12:00:00", "Jan 32 12:00:00", "Jan 10 25:00:00", "Jan 10 12:00", "Jan"}) {
    EXPECT_EQ(read(take_rfc3164, text), "") << text;
  }
  for (const char* text : {"2010-13-10T12:00:00Z", "2010-00-10T12:00:00Z", "2010-05-10X12:00:00"}) {
    EXPECT_EQ(read(take_iso, text), "") << text;
  }
}

/// The year of each of several stamps, in a file's order.
std::vector<int> years(const std::vector<std::string_view>& stamps, LogClock::Settings settings) {
  const auto zone = TimeZone::named("UTC");
  LogClock clock(*zone, settings);
  std::vector<int> found;
  for (std::string_view text : stamps) {
    const auto stamp = take_rfc3164(text);
    clock.pass(*stamp);
    found.push_back(std::stoi(rfc3339(*clock.time_ns(*stamp)).substr(0, 4)));
  }
  return found;
}

TEST(LogYear, TurnsFromDecemberToJanuaryWhenTheFirstIsGiven) {
  EXPECT_EQ(years({"Nov 30 23:00:00", "Dec 31 23:59:59", "Jan  1 00:00:00", "Dec  1 00:00:00",
                   "Jan  2 00:00:00"},
                  {.first_year = 2010}),
            (std::vector<int>{2010, 2010, 2011, 2011, 2012}));
}

TEST(LogYear, LinesThatOvertakeEachOtherAtAMonthsEndDoNotTurnIt) {
  EXPECT_EQ(years({"Jun  1 00:00:00", "May 31 23:59:59", "Jun  1 00:00:01"}, {.first_year = 2010}),
            (std::vector<int>{2010, 2010, 2010}));
}

TEST(LogYear, IsTheLatestThatIsNotInTheFilesFuture) {
  const std::uint64_t new_year = *parse_rfc3339("2011-01-03T00:00:00Z");
  EXPECT_EQ(years({"Dec 31 23:59:59", "Jan  1 00:00:00", "Jan  3 12:00:00", "Jan  9 00:00:00"},
                  {.newest_ns = new_year}),
            (std::vector<int>{2010, 2011, 2011, 2010}));
}

TEST(LogYear, AWrongClockIsShifted) {
  EXPECT_EQ(read(take_rfc3164, "Jan  1 01:00:00", "UTC",
                 {.first_year = 2010, .shift_ns = -7200 * static_cast<std::int64_t>(kSecond)}),
            "2009-12-31T23:00:00.000000Z");
}

}  // namespace
}  // namespace mxray::maillog
