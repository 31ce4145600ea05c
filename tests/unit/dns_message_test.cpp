// SPDX-License-Identifier: Apache-2.0
// Is a DNS message read to its end and not beyond, whoever wrote it?
#include "dns/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "dns_packet.h"

namespace mxray::dns {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kName = "mail.example.org";

TEST(Message, AddressesOfBothFamiliesAreRead) {
  const Answer four = read_message(DnsPacket(kName, 1).record(kName, 1, {192, 0, 2, 1}).bytes(),
                                   kName, RecordType::kA);
  ASSERT_THAT(four.addresses, SizeIs(1));
  EXPECT_EQ(to_string(four.addresses[0]), "192.0.2.1");
  std::vector<std::uint8_t> data(16);
  data[0] = 0x20, data[1] = 0x01, data[15] = 1;
  const Answer six =
      read_message(DnsPacket(kName, 28).record(kName, 28, data).bytes(), kName, RecordType::kAaaa);
  ASSERT_THAT(six.addresses, SizeIs(1));
  EXPECT_EQ(to_string(six.addresses[0]), "2001::1");
}

TEST(Message, NamesAreComparedWithoutCaseAndShownInLowerCase) {
  const Answer answer =
      read_message(DnsPacket("1.2.0.192.IN-ADDR.ARPA", 12)
                       .record("1.2.0.192.in-addr.arpa", 12, wire_name("Mail.Example.ORG"))
                       .bytes(),
                   "1.2.0.192.in-addr.arpa", RecordType::kPtr);
  EXPECT_THAT(answer.names, ElementsAre("mail.example.org"));
}

TEST(Message, MxAndNullMxAreRead) {
  std::vector<std::uint8_t> data = {0, 10};
  const auto host = wire_name("192.0.2.1");
  data.insert(data.end(), host.begin(), host.end());
  const Answer answer = read_message(DnsPacket("example.org", 15)
                                         .record("example.org", 15, data)
                                         .record("example.org", 15, {0, 0, 0})
                                         .bytes(),
                                     "example.org", RecordType::kMx);
  ASSERT_THAT(answer.exchangers, SizeIs(2));
  EXPECT_EQ(answer.exchangers[0].preference, 10);
  EXPECT_EQ(answer.exchangers[0].host, "192.0.2.1");
  EXPECT_EQ(answer.exchangers[1].host, "");
}

TEST(Message, StringsOfATextAreJoinedAndSanitized) {
  const Answer answer =
      read_message(DnsPacket("example.org", 16)
                       .record("example.org", 16, {2, 'v', '=', 3, 's', 0x1b, 'p'})
                       .bytes(),
                   "example.org", RecordType::kTxt);
  EXPECT_THAT(answer.texts, ElementsAre("v=s\\x1bp"));
}

TEST(Message, CnameIsFollowedAndNamed) {
  const Answer answer = read_message(DnsPacket("mx.example.org", 1)
                                         .record("mx.example.org", 5, wire_name("a.example.org"))
                                         .record("a.example.org", 5, wire_name(kName))
                                         .record(kName, 1, {192, 0, 2, 1})
                                         .bytes(),
                                     "mx.example.org", RecordType::kA);
  EXPECT_EQ(answer.canonical, kName);
  EXPECT_THAT(answer.addresses, SizeIs(1));
}

TEST(Message, RingOfCnamesEnds) {
  const Answer answer = read_message(DnsPacket("a.example", 1)
                                         .record("a.example", 5, wire_name("b.example"))
                                         .record("b.example", 5, wire_name("a.example"))
                                         .bytes(),
                                     "a.example", RecordType::kA);
  EXPECT_EQ(answer.outcome, Outcome::kNoData);
}

TEST(Message, RecordsOfOtherNamesAreNoAnswer) {
  const Answer answer =
      read_message(DnsPacket(kName, 1).record("evil.example", 1, {203, 0, 113, 1}).bytes(), kName,
                   RecordType::kA);
  EXPECT_EQ(answer.outcome, Outcome::kNoData);
  EXPECT_THAT(answer.addresses, IsEmpty());
}

TEST(Message, CodesAreToldApart) {
  const auto outcome = [](int code) {
    return read_message(DnsPacket(kName, 1).code(code).bytes(), kName, RecordType::kA).outcome;
  };
  EXPECT_EQ(outcome(0), Outcome::kNoData);
  EXPECT_EQ(outcome(1), Outcome::kServerFailure);
  EXPECT_EQ(outcome(2), Outcome::kServerFailure);
  EXPECT_EQ(outcome(3), Outcome::kNoSuchName);
  EXPECT_EQ(outcome(5), Outcome::kRefused);
}

TEST(Message, ReferralIsNoMissingRecord) {
  DnsPacket packet(kName, 1);
  packet.flags(0x8000);  // neither authoritative nor recursive
  const Answer referral = read_message(packet.bytes(), kName, RecordType::kA);
  EXPECT_EQ(referral.outcome, Outcome::kRefused);
  EXPECT_THAT(referral.failure, HasSubstr("asks no other server"));
  packet.flags(0x8400);  // authoritative: it knows that there is none
  EXPECT_EQ(read_message(packet.bytes(), kName, RecordType::kA).outcome, Outcome::kNoData);
  // Of where its alias leads to it knows nothing.
  packet.record(kName, 5, wire_name("elsewhere.example"));
  EXPECT_EQ(read_message(packet.bytes(), kName, RecordType::kA).outcome, Outcome::kRefused);
}

TEST(Message, DataOfAWrongLengthIsMalformed) {
  for (const std::vector<std::uint8_t>& data :
       {std::vector<std::uint8_t>{}, {192, 0, 2}, {192, 0, 2, 1, 0}}) {
    EXPECT_EQ(
        read_message(DnsPacket(kName, 1).record(kName, 1, data).bytes(), kName, RecordType::kA)
            .outcome,
        Outcome::kMalformed);
  }
  EXPECT_EQ(
      read_message(DnsPacket(kName, 15).record(kName, 15, {0, 1}).bytes(), kName, RecordType::kMx)
          .outcome,
      Outcome::kMalformed);
  EXPECT_EQ(read_message(DnsPacket(kName, 16).record(kName, 16, {9, 'a'}).bytes(), kName,
                         RecordType::kTxt)
                .outcome,
            Outcome::kMalformed);
  EXPECT_EQ(read_message(DnsPacket(kName, 12).record(kName, 12, {0xc0, 0xff}).bytes(), kName,
                         RecordType::kPtr)
                .outcome,
            Outcome::kMalformed);
}

TEST(Message, EveryTruncationAndEveryRandomByteEndsInAnAnswer) {
  const std::vector<std::uint8_t> whole = DnsPacket("mx.example.org", 1)
                                              .record("mx.example.org", 5, wire_name(kName))
                                              .record(kName, 1, {192, 0, 2, 1})
                                              .bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::vector<std::uint8_t> part(whole.begin(), whole.begin() + static_cast<long>(length));
    EXPECT_EQ(read_message(part, "mx.example.org", RecordType::kA).outcome, Outcome::kMalformed)
        << length;
  }
  std::mt19937 random(1);  // NOLINT(bugprone-random-generator-seed): the same each time
  std::size_t unreadable = 0;
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::uint8_t> bytes = whole;
    for (int k = 0; k < 3; ++k)
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    for (const RecordType type :
         {RecordType::kA, RecordType::kMx, RecordType::kTxt, RecordType::kPtr}) {
      if (!read_message(bytes, "mx.example.org", type).answered()) ++unreadable;
    }
  }
  EXPECT_GT(unreadable, 0U);
}

}  // namespace
}  // namespace mxray::dns
