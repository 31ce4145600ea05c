// SPDX-License-Identifier: Apache-2.0
// Does every text take the columns that it is given, whatever it is made of?
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "top/spark.h"
#include "top/text.h"
#include "top_made_up.h"

namespace mxray::top {
namespace {

class Text : public testing::Test {
 private:
  Utf8Locale locale_;
};

TEST_F(Text, ThatIsPlainStays) {
  EXPECT_EQ(clean("250 2.0.0 Ok ~ \\x1b", Letters::kAscii), "250 2.0.0 Ok ~ \\x1b");
  EXPECT_EQ(clean("Größe 漢字", Letters::kUtf8), "Größe 漢字");
}

TEST_F(Text, ShowsNothingThatMovesTheCursor) {
  EXPECT_EQ(clean("a\x1b[2Jb\r\nc\td\x7f", Letters::kUtf8), "a?[2Jb??c?d?");
  EXPECT_EQ(clean("\xc2\x9b"
                  "31m",
                  Letters::kUtf8),
            "?31m");                                                    // CSI as one C1 control
  EXPECT_EQ(clean("e\xcc\x81", Letters::kUtf8), "e?");                  // combining acute
  EXPECT_EQ(clean("\xe2\x80\xaetxt.exe", Letters::kUtf8), "?txt.exe");  // right-to-left override
  EXPECT_EQ(clean("a\xe2\x80\x8b"
                  "b",
                  Letters::kUtf8),
            "a?b");                                                             // zero-width space
  EXPECT_EQ(clean("\xf0\x9f\xff\xc0\xaf\xe2\x82", Letters::kUtf8), "???????");  // no UTF-8
  EXPECT_EQ(clean("ü", Letters::kAscii), "??");
}

TEST_F(Text, OfWideCharactersIsMeasuredInColumns) {
  EXPECT_EQ(columns_of("漢字", Letters::kUtf8), 4U);
  EXPECT_EQ(columns_of("Größe", Letters::kUtf8), 5U);
  EXPECT_EQ(fit("漢字漢字", 6, Letters::kUtf8), "漢字… ");  // half a character has no place
  EXPECT_EQ(without_start("漢字", 1, Letters::kUtf8), " 字");
  EXPECT_EQ(fit("漢字", 3, Letters::kUtf8, Keep::kEnd), " 字");
}

TEST_F(Text, IsCutWithAMarkAndFilledUp) {
  EXPECT_EQ(fit("abcdef", 4, Letters::kUtf8), "abc…");
  EXPECT_EQ(fit("abcdef", 4, Letters::kAscii), "abc~");
  EXPECT_EQ(fit("abcd", 4, Letters::kAscii), "abcd");
  EXPECT_EQ(fit("ab", 4, Letters::kAscii), "ab  ");
  EXPECT_EQ(fit("abcdef", 4, Letters::kAscii, Keep::kEnd), "cdef");
  EXPECT_EQ(fit("[2001:db8::1:2:3]:25", 12, Letters::kUtf8, Keep::kEnds), "[2001:…3]:25");
  EXPECT_EQ(fit("abcdef", 2, Letters::kAscii, Keep::kEnds), "a~");
  EXPECT_EQ(fit("abc", 0, Letters::kAscii), "");
  EXPECT_EQ(fit("abc", 1, Letters::kAscii), "~");
}

TEST_F(Text, FitsExactlyWhateverItsBytesAre) {
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 24, '\0');
    for (char& c : text) c = static_cast<char>(random() % 4 == 0 ? random() % 128 : random());
    const std::size_t columns = random() % 20;
    for (const Letters letters : {Letters::kAscii, Letters::kUtf8}) {
      for (const Keep keep : {Keep::kStart, Keep::kEnd, Keep::kEnds}) {
        const std::string fitted = fit(text, columns, letters, keep);
        ASSERT_EQ(columns_of(fitted, letters), columns) << testing::PrintToString(text);
        ASSERT_EQ(clean(fitted, letters), fitted) << testing::PrintToString(text);
      }
    }
  }
}

TEST(Spark, ShowsValuesAsBars) {
  EXPECT_EQ(spark({0, 1, 2, 3, 4, 5, 6, 7}, 0, 7, Letters::kUtf8), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(spark({0, 1, 2, 3, 4, 5, 6, 7}, 0, 7, Letters::kAscii), "_.-:=+*#");
  EXPECT_EQ(spark({100, 50, 100}, 0, 100, Letters::kAscii), "#=#");
  EXPECT_EQ(spark({}, 0, 1, Letters::kAscii), "");
}

TEST(Spark, StandsOddNumbers) {
  const double infinite = std::numeric_limits<double>::infinity();
  const double none = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(spark({none, infinite, -infinite, 1e300}, 0, 1, Letters::kAscii), "_#_#");
  EXPECT_EQ(spark({5, 5}, 5, 5, Letters::kAscii), "__");
  EXPECT_EQ(spark({5, 5}, 0, infinite, Letters::kAscii), "__");
}

}  // namespace
}  // namespace mxray::top
