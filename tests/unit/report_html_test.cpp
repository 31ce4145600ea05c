// SPDX-License-Identifier: Apache-2.0
// Can text become markup, or show something that it is not?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/html.h"

namespace mxray {
namespace {

using testing::EndsWith;

// What a literal must be is checked by the compiler.
static_assert(!std::is_constructible_v<Literal, std::string>);
static_assert(!std::is_constructible_v<Literal, std::string_view>);
static_assert(!std::is_constructible_v<Literal, const char*>);

TEST(Html, EscapesTextAndValues) {
  const std::string text = "<script>\"a\" & 'b'</script>";
  const std::string escaped = "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;";
  EXPECT_EQ(Html(text).str(), escaped);
  EXPECT_EQ(element("p", {{"class", text}}, text).str(),
            "<p class=\"" + escaped + "\">" + escaped + "</p>");
  EXPECT_EQ(void_element("br").str(), "<br/>");
}

TEST(Html, AddsMarkupToMarkupAsItIs) {
  const Html both = element("b", "1 < 2") + Html(" & ") + element("i", "3");
  EXPECT_EQ(both.str(), "<b>1 &lt; 2</b> &amp; <i>3</i>");
}

TEST(Displayable, KeepsWhatOneCanRead) {
  for (const char* text : {"500 error", "Größe ≠ 东京 🙂", "~!@#$%^*()"}) {
    EXPECT_EQ(displayable(text), text);
  }
}

TEST(Displayable, ShowsWhatHides) {
  EXPECT_EQ(displayable("\x1b[31m\x07\x7f"), "\\x1b[31m\\x07\\x7f");
  EXPECT_EQ(displayable("a\nb\tc"), "a b c");
  EXPECT_EQ(displayable("\xe2\x80\xae"
                        "cod"),
            "\\u202ecod");                                               // right to left
  EXPECT_EQ(displayable("\xe2\x80\x8b\xef\xbb\xbf"), "\\u200b\\ufeff");  // of no width
  EXPECT_EQ(displayable("\u034f\u115f\u1160\u17b4\u180b\u180f\u3164\ufe00\ufe0f\uffa0"),
            "\\u034f\\u115f\\u1160\\u17b4\\u180b\\u180f\\u3164\\ufe00\\ufe0f\\uffa0");  // fillers
  EXPECT_EQ(displayable("\U0001d173\U000e0100"), "\\u1d173\\ue0100");
  EXPECT_EQ(displayable("\xc2\x9b"), "\\u009b");      // a C1 control
  EXPECT_EQ(displayable("\xef\xbf\xbf"), "\\uffff");  // no character, no XML
}

TEST(Displayable, ShowsWhatUnicodeSaysIsNotDrawn) {
  EXPECT_EQ(displayable("a\u034fb\u00ad"), "a\\u034fb\\u00ad");
  EXPECT_EQ(displayable("\u115f\u1160\u3164\uffa0"), "\\u115f\\u1160\\u3164\\uffa0");  // fillers
  EXPECT_EQ(displayable("\u17b4\u17b5"), "\\u17b4\\u17b5");
  EXPECT_EQ(displayable("\u180b\u180f\ufe00\ufe0f"), "\\u180b\\u180f\\ufe00\\ufe0f");  // variants
  EXPECT_EQ(displayable("\U0001bca0\U0001d17a\U000e0100"), "\\u1bca0\\u1d17a\\ue0100");
  EXPECT_EQ(displayable("\u1161\u3163\ufe10"), "\u1161\u3163\ufe10") << "their neighbours";
}

TEST(Displayable, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(displayable("a\xff"
                        "b"),
            "a\\xffb");
  EXPECT_EQ(displayable("\xc0\xaf"), "\\xc0\\xaf");                    // overlong
  EXPECT_EQ(displayable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(displayable("\xe2\x80"), "\\xe2\\x80");                    // cut off
  EXPECT_EQ(displayable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
}

TEST(Displayable, CutsWhatIsTooLongBetweenCharacters) {
  EXPECT_EQ(displayable("abcdef", 4), "abcd... (2 bytes more)");
  EXPECT_EQ(displayable("abc\xc3\xb6", 4), "abc... (2 bytes more)");
  EXPECT_LT(displayable(std::string(4096, 'x')).size(), kLongestText + 30);
  EXPECT_THAT(displayable(std::string(4096, 'x')), EndsWith("... (2048 bytes more)"));
}

}  // namespace
}  // namespace mxray
