// SPDX-License-Identifier: Apache-2.0
// Which DNS look-ups make a record?
#include <gmock/gmock.h>

#include "base/address.h"
#include "engine_run.h"
#include "support/conversation.h"
#include "support/lookup_trace.h"

namespace mxray::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::string_view kName = "10.2.0.192.in-addr.arpa";

class Lookups : public testing::Test {
 public:
  // 203.0.113.25 has taken a connection.
  void SetUp() override { run_.feed(session_.handshake().packets()); }

  struct Message {
    DnsMessage what = DnsMessage::kQuestion;
    std::string_view name = kName;
    std::uint16_t type = kPtr;
    const char* host = "203.0.113.25";
    std::uint16_t port = 33333;
  };
  // `seconds` after the connection stood.
  Lookups& at(double seconds, const Message& message) {
    const bool asks = message.what == DnsMessage::kQuestion;
    Packet packet;
    packet.ethernet({2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 3});
    packet.ipv4(asks ? message.host : "10.0.0.53", asks ? "10.0.0.53" : message.host)
        .udp(asks ? message.port : 53, asks ? 53 : message.port)
        .payload(dns_message(message.what, message.name, message.type));
    run_.feed({{session_.now_ns() + static_cast<std::uint64_t>(seconds * 1e9), packet.build()}});
    return *this;
  }
  static Message answer() { return {.what = DnsMessage::kAnswer}; }

 protected:
  Conversation session_{25};
  EngineRun run_;
};

TEST_F(Lookups, AnsweredAtOnceMakeNoRecord) {
  at(0.1, {}).at(0.2, answer()).at(5, {}).at(5.1, answer());
  EXPECT_THAT(run_.lookups(), IsEmpty());
}

TEST_F(Lookups, AskedAgainMakeOneRecordEach) {
  at(0.1, {}).at(5.1, {}).at(10.1, {.port = 44444});
  ASSERT_THAT(run_.lookups(), SizeIs(2));
  const core::record_lookup record = run_.lookups()[1];
  EXPECT_EQ(record.queries, 3U);
  EXPECT_EQ(record.event, core::LOOKUP_REPEATED);
  EXPECT_EQ(record.question_type, kPtr);
  EXPECT_EQ(record.first_time_ns, session_.now_ns() + kSecond / 10);
}

TEST_F(Lookups, AnsweredLateMakeARecordThatSaysHow) {
  at(0.1, {}).at(3, answer());
  ASSERT_THAT(run_.lookups(), SizeIs(1));
  EXPECT_EQ(run_.lookups()[0].event, core::LOOKUP_ANSWERED);
  EXPECT_EQ(run_.lookups()[0].response_code, 3U);  // NXDOMAIN
}

TEST_F(Lookups, ReportedAsUnansweredAreToldToHaveTheirAnswer) {
  at(0.1, {}).at(0.9, {}).at(0.95, answer());
  ASSERT_THAT(run_.lookups(), SizeIs(2));
  EXPECT_EQ(run_.lookups()[0].event, core::LOOKUP_REPEATED);
  EXPECT_EQ(run_.lookups()[1].event, core::LOOKUP_ANSWERED);
}

TEST_F(Lookups, BetweenTwoResolversPortsAreToldApartByTheHeader) {
  Message late = answer();
  late.port = 53;
  at(0.1, {.port = 53}).at(3, late);
  ASSERT_THAT(run_.lookups(), SizeIs(1));
  EXPECT_EQ(run_.lookups()[0].event, core::LOOKUP_ANSWERED);
  EXPECT_EQ(mxray::to_string(run_.lookups()[0].header.flow.client), "203.0.113.25");
}

TEST_F(Lookups, OfTwoServersAtOnceAreNoRepetition) {
  at(0.1, {}).at(0.101, {.port = 44444});
  EXPECT_THAT(run_.lookups(), IsEmpty());
}

TEST_F(Lookups, OfAnotherTypeOrNameAreOtherQuestions) {
  at(0.1, {}).at(5, {.type = kAddress}).at(6, {.name = "11.2.0.192.in-addr.arpa"});
  EXPECT_THAT(run_.lookups(), IsEmpty());
}

TEST_F(Lookups, InOtherLettersAreTheSameQuestion) {
  at(0.1, {}).at(5, {.name = "10.2.0.192.IN-addr.ARPA"});
  EXPECT_THAT(run_.lookups(), SizeIs(1));
}

TEST_F(Lookups, OfHostsWithoutMailAreNobodysBusiness) {
  at(0.1, {.host = "192.0.2.10"}).at(5, {.host = "192.0.2.10"});
  EXPECT_THAT(run_.lookups(), IsEmpty());
}

TEST_F(Lookups, LongAfterTheLastConnectionAreNobodysBusiness) {
  at(130, {}).at(135, {});
  EXPECT_THAT(run_.lookups(), IsEmpty());
}

TEST_F(Lookups, AreBoundedForOneQuestion) {
  for (int i = 0; i < 100; ++i) at(0.1 + i, {});
  EXPECT_THAT(run_.lookups(), SizeIs(8));
}

TEST_F(Lookups, AskedSeldomAreReportedForEver) {
  for (int i = 0; i < 20; ++i) at(0.1 + 5 * i, {});
  EXPECT_THAT(run_.lookups(), SizeIs(19));
}

TEST_F(Lookups, FloodsOfGarbageOnPort53MakeNoRecord) {
  for (std::size_t length = 0; length < 140; ++length) {
    Packet packet;
    packet.ethernet({2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 3})
        .ipv4("203.0.113.25", "10.0.0.53")
        .udp(53, 53)
        .payload(std::string(length, '\xc0'));
    run_.feed({{session_.now_ns() + length * kSecond, packet.build()}});
  }
  EXPECT_THAT(run_.lookups(), IsEmpty());
}

}  // namespace
}  // namespace mxray::test
