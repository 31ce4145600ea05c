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

Table narrow_table(Table::Align last) {
  Table table;
  table.add_column("client");
  table.add_column("port", Table::Align::kRight);
  table.add_column("what", last);
  table.add_row({"192.168.100.200", "25", "waits for a greeting that never comes from there"});
  table.add_row({"[2001:db8::25]", "", ""});
  return table;
}

TEST(Table, BreaksTheTextOfItsLastColumnWhereThereIsNoRoom) {
  EXPECT_EQ(narrow_table(Table::Align::kText).render(false, 50),
            "client           port  what\n"
            "192.168.100.200    25  waits for a greeting that\n"
            "                       never comes from there\n"
            "[2001:db8::25]\n");
}

TEST(Table, PutsColumnsBeneathTheirRowWhereThereIsNoRoom) {
  EXPECT_EQ(narrow_table(Table::Align::kText).render(false, 40),
            "client           port\n"
            "192.168.100.200    25\n"
            "    waits for a greeting that never\n"
            "    comes from there\n"
            "[2001:db8::25]\n");
  EXPECT_EQ(narrow_table(Table::Align::kLeft).render(false, 18),
            "client\n"
            "192.168.100.200\n"
            "    port 25, what\n"
            "    waits for a\n"
            "    greeting that\n"
            "    never comes\n"
            "    from there\n"
            "[2001:db8::25]\n");
}

TEST(Table, LeavesOutColumnsWithoutContentWhereThereIsNoRoom) {
  Table table;
  table.add_column("client");
  table.add_column("port");
  table.add_column("state");
  table.add_row({"192.168.100.200", "", "waiting"});
  EXPECT_EQ(table.render(false, 25), "client           state\n192.168.100.200  waiting\n");
  EXPECT_EQ(table.render(false), "client           port  state\n192.168.100.200        waiting\n");
}

TEST(Table, CutsNoCellHoweverNarrowItIs) {
  for (const int width : {-1, 0, 1, 5, 10, 30, 79, 1000}) {
    const std::string table = narrow_table(Table::Align::kText).render(false, width);
    for (const char* word : {"192.168.100.200", "25", "greeting", "there", "[2001:db8::25]"}) {
      EXPECT_NE(table.find(word), std::string::npos) << width;
    }
  }
}

TEST(Table, PaintsEachOfItsLines) {
  Table table;
  table.add_column("what", Table::Align::kText);
  table.add_row({"one two three four five six seven"}, Colour::kRed);
  EXPECT_EQ(table.render(true, 24),
            "\x1b[2mwhat\x1b[0m\n"
            "\x1b[31mone two three four five\x1b[0m\n"
            "\x1b[31msix seven\x1b[0m\n");
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

TEST(Printable, HidesNothingAndIsAlwaysUtf8) {
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b"),
            "a?b");                           // right to left from here
  EXPECT_EQ(printable("\xe2\x80\x8b"), "?");  // of no width
  EXPECT_EQ(printable("a\xff\xc0\xaf"), "a???");
}

TEST(Wrap, BreaksAtSpacesAndKeepsLongWordsWhole) {
  EXPECT_EQ(wrap("one two three", 8), "one two\nthree\n");
  EXPECT_EQ(wrap("one two three", 8, 2), "  one\n  two\n  three\n");
  EXPECT_EQ(wrap("incomprehensibilities no", 8), "incomprehensibilities\nno\n");
  EXPECT_EQ(wrap("one two three", 0), "one two three\n");
}

}  // namespace
}  // namespace mxray
