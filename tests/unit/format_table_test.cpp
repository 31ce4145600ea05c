// SPDX-License-Identifier: Apache-2.0
// Do tables line up, and is what they show safe for a terminal?
#include <gtest/gtest.h>

#include "format/table.h"

namespace mxray {
namespace {

TEST(Table, AlignsColumnsUnderTheirTitles) {
  Table table;
  table.add_column("name");
  table.add_column("size", Table::Align::kRight);
  table.add_column("what");
  table.add_row({"a", "7", "short"});
  table.add_row({"longer", "12345", ""});
  EXPECT_EQ(table.render(false),
            "name     size  what\n"
            "a           7  short\n"
            "longer  12345\n");
}

TEST(Table, CountsUtf8CharactersNotBytes) {
  Table table;
  table.add_column("a");
  table.add_column("b");
  table.add_row(
      {"57\xe2\x89\xa0"
       "49",
       "x"});
  EXPECT_EQ(table.render(false),
            "a      b\n57\xe2\x89\xa0"
            "49  x\n");
}

TEST(Table, PutsANoteBeneathItsRow) {
  Table table;
  table.add_column("a");
  table.add_row({"x"}, Colour::kNone, "\"250 Ok\"");
  EXPECT_EQ(table.render(false), "a\nx\n    \"250 Ok\"\n");
}

TEST(Table, EmitsEscapeCodesOnlyWhenAskedTo) {
  Table table;
  table.add_column("a");
  table.add_row({"x"}, Colour::kRed);
  EXPECT_EQ(table.render(false).find('\x1b'), std::string::npos);
  EXPECT_NE(table.render(true).find("\x1b[31mx\x1b[0m"), std::string::npos);
}

TEST(Printable, LetsNoControlCharacterReachTheTerminal) {
  EXPECT_EQ(printable("a\x1b[2Jb\r\n\x7f"), "a?[2Jb???");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "?31m");  // CSI as one C1 character
  EXPECT_EQ(printable("\xc3\xa9"), "\xc3\xa9");
}

TEST(Wrap, BreaksAtSpacesAndKeepsLongWordsWhole) {
  EXPECT_EQ(wrap("one two three", 8), "one two\nthree\n");
  EXPECT_EQ(wrap("one two three", 8, 2), "  one\n  two\n  three\n");
  EXPECT_EQ(wrap("incomprehensibilities no", 8), "incomprehensibilities\nno\n");
  EXPECT_EQ(wrap("one two three", 0), "one two three\n");
}

}  // namespace
}  // namespace mxray
