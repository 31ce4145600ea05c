// SPDX-License-Identifier: Apache-2.0
// Are the replies of one segment told apart?
#include "analysis/reply_lines.h"

#include <gmock/gmock.h>

#include <string>

namespace mxray::test {
namespace {

using testing::ElementsAre;

std::vector<std::string> texts(std::string_view bytes) {
  std::vector<std::string> all;
  for (const ReplyLines& reply : split_replies(bytes)) all.emplace_back(reply.bytes);
  return all;
}

TEST(Replies, OfPipelinedCommandsAreSeveral) {
  EXPECT_THAT(
      texts("250 2.1.0 Ok\r\n550 5.7.1 no\r\n554 5.5.1 no valid recipients\r\n"),
      ElementsAre("250 2.1.0 Ok\r\n", "550 5.7.1 no\r\n", "554 5.5.1 no valid recipients\r\n"));
}

TEST(Replies, OfSeveralLinesAreOne) {
  EXPECT_THAT(texts("550-a\r\n550-b\r\n550 c\r\n250 d\r\n"),
              ElementsAre("550-a\r\n550-b\r\n550 c\r\n", "250 d\r\n"));
}

TEST(Replies, WhoseLastLineIsMissingAreNotComplete) {
  const auto replies = split_replies("250 Ok\r\n550-a\r\n550-b");
  ASSERT_EQ(replies.size(), 2U);
  EXPECT_TRUE(replies[0].complete);
  EXPECT_FALSE(replies[1].complete);
  EXPECT_EQ(replies[1].code, 550);
}

TEST(Replies, KeepLinesThatHaveNoCode) {
  EXPECT_THAT(texts("550-a\r\nand so on\r\n550 b\r\n"),
              ElementsAre("550-a\r\nand so on\r\n550 b\r\n"));
  EXPECT_THAT(texts("no reply\r\n550 b\r\n"), ElementsAre("550 b\r\n"));
}

TEST(Replies, MayBeACodeAlone) {
  const auto replies = split_replies("550\r\n250\n");
  ASSERT_EQ(replies.size(), 2U);
  EXPECT_TRUE(replies[0].complete);
  EXPECT_EQ(replies[1].code, 250);
}

TEST(Replies, WithAnotherCodeBeginAnew) {
  EXPECT_THAT(texts("550-a\r\n250 b\r\n"), ElementsAre("550-a\r\n", "250 b\r\n"));
}

TEST(Parts, AreCodeEnhancedCodeAndWords) {
  const ReplyParts parts = parts_of_reply("550-5.7.25 no PTR / 550 5.7.25 record");
  EXPECT_EQ(parts.code, 550);
  ASSERT_TRUE(parts.enhanced);
  EXPECT_EQ(parts.enhanced->kind, 5);
  EXPECT_EQ(parts.enhanced->subject, 7);
  EXPECT_EQ(parts.enhanced->detail, 25);
  EXPECT_EQ(parts.words, "no PTR record");
}

TEST(Parts, KnowTheEnhancedCodeInBracketsOfQmail) {
  const ReplyParts parts = parts_of_reply("553 sorry (#5.7.1)");
  ASSERT_TRUE(parts.enhanced);
  EXPECT_EQ(parts.enhanced->detail, 1);
}

TEST(Parts, TakeNoAddressForAnEnhancedCode) {
  EXPECT_FALSE(parts_of_reply("550 5.7.1.9 is listed").enhanced);
  EXPECT_FALSE(parts_of_reply("550 3.7.1 no").enhanced);
  EXPECT_FALSE(parts_of_reply("550 5.7 no").enhanced);
  EXPECT_FALSE(parts_of_reply("550 5.7.1234 no").enhanced);
  EXPECT_FALSE(parts_of_reply("").enhanced);
}

}  // namespace
}  // namespace mxray::test
