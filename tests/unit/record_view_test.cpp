// SPDX-License-Identifier: Apache-2.0
// Is every record checked before it is believed, and is its text harmless?
#include "analysis/record_view.h"

#include <gmock/gmock.h>

#include <cstring>
#include <string_view>

namespace mxray::test {
namespace {

using testing::HasSubstr;
using testing::Not;

template <typename T>
T valid_record(std::uint8_t type, std::uint8_t protocol) {
  T record{};
  record.header.version = RECORD_VERSION;
  record.header.type = type;
  record.header.protocol = protocol;
  record.header.size = sizeof record;
  return record;
}

template <typename T>
std::optional<Record> read(const T& record, std::size_t size = sizeof(T)) {
  return read_record(std::as_bytes(std::span(&record, 1)).first(size));
}

TEST(RecordView, ReadsEachTypeAsItself) {
  EXPECT_TRUE(read(valid_record<core::record_flow>(core::RECORD_FLOW_OPENED, 1)));
  EXPECT_TRUE(read(valid_record<core::record_dialogue>(core::RECORD_REPLY, 1)));
  EXPECT_TRUE(read(valid_record<core::record_signal>(core::RECORD_SIGNAL, 1)));
  EXPECT_TRUE(read(valid_record<core::record_ident>(core::RECORD_IDENT, 5)));
}

TEST(RecordView, RefusesWhatIsNotOurs) {
  auto record = valid_record<core::record_flow>(core::RECORD_FLOW_OPENED, 1);
  EXPECT_FALSE(read(record, sizeof record - 1));
  EXPECT_FALSE(read(record, 3));
  record.header.version = RECORD_VERSION + 1;
  EXPECT_FALSE(read(record));
  record = valid_record<core::record_flow>(core::RECORD_SIGNAL, 1);
  EXPECT_FALSE(read(record)) << "a size that belongs to another type";
  record = valid_record<core::record_flow>(99, 1);
  EXPECT_FALSE(read(record));
  record = valid_record<core::record_flow>(core::RECORD_FLOW_OPENED, core::PROTOCOL_COUNT);
  EXPECT_FALSE(read(record)) << "a protocol past the end would index past the tables";
}

std::string text_of(std::string_view bytes, std::uint8_t protocol) {
  auto record = valid_record<core::record_signal>(core::RECORD_SIGNAL, protocol);
  std::memcpy(record.text, bytes.data(), bytes.size());
  record.text_length = static_cast<core::u16>(bytes.size());
  return reply_text(record);
}

TEST(ReplyText, KeepsAllLinesOfSmtpOnly) {
  EXPECT_EQ(text_of("250-a\r\n250 b\r\n", core::PROTOCOL_SMTP), "250-a / 250 b");
  EXPECT_EQ(text_of("+OK 120 octets\r\nDear Anna\r\n", core::PROTOCOL_POP3), "+OK 120 octets");
  EXPECT_EQ(text_of("HTTP/1.1 200 OK\r\nSet-Cookie: x\r\n", core::PROTOCOL_OTHER),
            "HTTP/1.1 200 OK");
}

TEST(ReplyText, HoldsNothingThatSteersATerminal) {
  const std::string text = text_of("550 \x1b[2J\x07\xff\xe2\x80\xae!\r\n", core::PROTOCOL_SMTP);
  for (const char c : text) {
    EXPECT_GE(c, ' ');
    EXPECT_LT(c, '\x7f');
  }
  EXPECT_THAT(text, HasSubstr("\\x1b[2J"));
}

TEST(ReplyText, NamesNoMailbox) {
  EXPECT_EQ(text_of("550 5.1.1 <anna.b@example.org>: unknown\r\n", core::PROTOCOL_SMTP),
            "550 5.1.1 <...@example.org>: unknown");
}

TEST(ReplyText, NamesNoMailboxHoweverItIsWritten) {
  EXPECT_EQ(text_of("550 <jos\xc3\xa9@example.org>", core::PROTOCOL_SMTP), "550 <...@example.org>");
}

TEST(ReplyText, NamesNoMailboxThatIsCutOff) {
  EXPECT_EQ(text_of("550 no mail for anna", core::PROTOCOL_SMTP), "550 no mail for ...");
  EXPECT_EQ(text_of("550 5.1.1 <anna.b", core::PROTOCOL_SMTP), "550 5.1.1 <...");
}

TEST(ReplyText, OfMailStoresHoldsOrdinaryWordsOnly) {
  EXPECT_EQ(text_of("+OK anna has 2 messages\r\n", core::PROTOCOL_POP3), "+OK ... has 2 messages");
  EXPECT_EQ(text_of("anna1 OK anna logged in\r\n", core::PROTOCOL_IMAP), "OK ... logged in");
  EXPECT_EQ(text_of("* OK IMAP4rev1 ready\r\n", core::PROTOCOL_IMAP), "* OK IMAP4rev1 ready");
  EXPECT_EQ(text_of("anna\r\n", core::PROTOCOL_IMAP), "");
}

TEST(ReplyText, SurvivesALengthThatIsALie) {
  auto record = valid_record<core::record_signal>(core::RECORD_SIGNAL, core::PROTOCOL_SMTP);
  record.text_length = 65535;
  EXPECT_LE(reply_text(record).size(), 256U);
}

TEST(ShownText, OfACommandIsItsVerbAndItsDomain) {
  core::segment segment{};
  segment.verb = core::VERB_RCPT;
  const std::string_view domain = "example.org";
  std::memcpy(segment.head, domain.data(), domain.size());
  segment.head_length = static_cast<core::u8>(domain.size());
  EXPECT_EQ(shown_text(segment, core::PROTOCOL_SMTP, false), "RCPT TO:<...@example.org>");
  segment.verb = core::VERB_PASS;
  segment.head_length = 0;
  EXPECT_EQ(shown_text(segment, core::PROTOCOL_POP3, false), "PASS");
}

}  // namespace
}  // namespace mxray::test
