// SPDX-License-Identifier: Apache-2.0
// Who waits for which ident query, and what became of each?
#include <gmock/gmock.h>

#include <algorithm>

#include "analysis/ident_outcomes.h"
#include "support/conversation.h"
#include "verdict_run.h"

namespace mxray::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kStart = 1'700'000'000 * kSecond;
constexpr const char* kServer4 = "203.0.113.25";
constexpr const char* kClient4 = "192.0.2.10";  // of several clients: a NAT address
constexpr const char* kServer6 = "2001:db8:25::25";
constexpr const char* kClient6 = "2001:db8::10";

std::uint64_t after(double seconds) { return kStart + static_cast<std::uint64_t>(seconds * 1e9); }

/// What passes one interface, written down in any order.
class Traffic {
 public:
  explicit Traffic(bool ipv6) : ipv6_(ipv6) {}

  /// A connection that begins at `from` and is greeted at `greeted` seconds.
  Traffic& mail(std::uint16_t port, std::uint16_t client_port, double from, double greeted) {
    Conversation session(port, client_port);
    if (ipv6_) session.ipv6();
    session.isn(client_port * 1000U, client_port * 2000U).at(after(from)).handshake();
    session.wait(after(greeted) - session.now_ns()).server("220 ready\r\n");
    add(session.client_fin().server_fin().packets());
    return *this;
  }
  /// SYNs to port 113 at these seconds.
  Traffic& ident(std::uint16_t from_port, const std::vector<double>& at) {
    for (const double seconds : at) packets_.push_back({after(seconds), query(from_port).build()});
    return *this;
  }
  Traffic& refused(std::uint16_t from_port, double at, unsigned flags) {
    packets_.push_back(
        {after(at),
         to_server().tcp(113, from_port).seq(1).ack(from_port + 1U).flags(flags).build()});
    return *this;
  }
  Traffic& unreachable(std::uint16_t from_port, double at) {
    Packet question;
    (ipv6_ ? question.ipv6(kServer6, kClient6) : question.ipv4(kServer4, kClient4))
        .tcp(from_port, 113)
        .seq(from_port)
        .flags(kSyn);
    packets_.push_back({after(at), to_server().unreachable(1, question.build()).build()});
    return *this;
  }

  [[nodiscard]] ReplayResult verdict() {
    std::stable_sort(packets_.begin(), packets_.end(),
                     [](const auto& a, const auto& b) { return a.time_ns < b.time_ns; });
    return verdict_on({packets_});
  }

 private:
  void add(const std::vector<TimedPacket>& packets) {
    packets_.insert(packets_.end(), packets.begin(), packets.end());
  }
  [[nodiscard]] Packet to_server() const {
    Packet packet;
    packet.ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2});
    return ipv6_ ? packet.ipv6(kClient6, kServer6) : packet.ipv4(kClient4, kServer4);
  }
  [[nodiscard]] Packet query(std::uint16_t from_port) const {
    Packet packet;
    packet.ethernet({2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1});
    (ipv6_ ? packet.ipv6(kServer6, kClient6) : packet.ipv4(kServer4, kClient4))
        .tcp(from_port, 113)
        .seq(from_port)
        .flags(kSyn)
        .option_mss(1460);
    return packet;
  }

  bool ipv6_;
  std::vector<TimedPacket> packets_;
};

class Ident : public testing::TestWithParam<bool> {
 protected:
  Traffic traffic_{GetParam()};

  static std::uint64_t count(const ReplayResult& result, IdentOutcome outcome) {
    return result.totals.ident_outcomes.at(static_cast<std::size_t>(outcome));
  }
  static const Incident* of_client(const ReplayResult& result, std::uint16_t port) {
    const auto found =
        std::find_if(result.incidents.begin(), result.incidents.end(),
                     [&](const Incident& incident) { return incident.client.port == port; });
    return found == result.incidents.end() ? nullptr : &*found;
  }
};

TEST_P(Ident, ThatIsAnsweredRaisesNothing) {
  const auto result =
      traffic_.mail(25, 40001, 0, 0.5).ident(5001, {0.1}).refused(5001, 0.2, kSyn | kAck).verdict();
  EXPECT_THAT(result.incidents, IsEmpty());
  EXPECT_EQ(count(result, IdentOutcome::kAnswered), 1U);
}

TEST_P(Ident, ThatIsUnreachableRaisesNothing) {
  const auto result =
      traffic_.mail(25, 40001, 0, 0.5).ident(5001, {0.1}).unreachable(5001, 0.2).verdict();
  EXPECT_THAT(result.incidents, IsEmpty());
  EXPECT_EQ(count(result, IdentOutcome::kUnreachable), 1U);
}

TEST_P(Ident, ThatIsRefusedRaisesNothing) {
  const auto result = traffic_.mail(25, 40001, 0, 0.5)
                          .ident(5001, {0.1})
                          .refused(5001, 0.2, kReset | kAck)
                          .verdict();
  EXPECT_THAT(result.incidents, IsEmpty());
  EXPECT_EQ(count(result, IdentOutcome::kReset), 1U);
}

TEST_P(Ident, OfTheSecondOfTwoClientsBehindOneAddressIsNotLaidToTheFirst) {
  const auto result = traffic_.mail(143, 40001, 0, 12)
                          .mail(25, 40002, 2, 11)
                          .ident(5001, {2.1, 5.1, 8.1})
                          .verdict();
  ASSERT_THAT(result.incidents, SizeIs(2));
  EXPECT_EQ(of_client(result, 40001)->kind, Kind::kSlowGreeting);
  EXPECT_EQ(of_client(result, 40001)->waiting->ident_queries, 0);
  EXPECT_EQ(of_client(result, 40002)->kind, Kind::kIdentStall);
  EXPECT_EQ(of_client(result, 40002)->waiting->ident_queries, 3);
}

TEST_P(Ident, OfTheFirstOfTwoClientsBehindOneAddressIsNotLaidToTheSecond) {
  const auto result =
      traffic_.mail(25, 40002, 0, 9).ident(5001, {0.1, 3.1, 6.1}).mail(143, 40001, 2, 14).verdict();
  ASSERT_THAT(result.incidents, SizeIs(2));
  EXPECT_EQ(of_client(result, 40001)->kind, Kind::kSlowGreeting);
  EXPECT_EQ(of_client(result, 40002)->kind, Kind::kIdentStall);
}

TEST_P(Ident, OfEachOfTwoClientsBehindOneAddressIsTheirOwn) {
  const auto result = traffic_.mail(25, 40001, 0, 9)
                          .ident(5001, {0.1, 3.1, 6.1})
                          .mail(25, 40002, 1, 20)
                          .ident(5002, {1.1, 4.1, 10.1, 16.1})
                          .verdict();
  ASSERT_THAT(result.incidents, SizeIs(2));
  EXPECT_EQ(of_client(result, 40001)->kind, Kind::kIdentStall);
  EXPECT_EQ(of_client(result, 40001)->waiting->ident_queries, 3);
  EXPECT_EQ(of_client(result, 40002)->kind, Kind::kIdentStall);
  EXPECT_EQ(of_client(result, 40002)->waiting->ident_queries, 4);
}

INSTANTIATE_TEST_SUITE_P(Ip, Ident, testing::Bool(),
                         [](const auto& family) { return family.param ? "Ipv6" : "Ipv4"; });

IdentQuery query_of(const char* server, const char* asked, IdentOutcome outcome,
                    std::uint64_t first_ns, std::uint64_t last_ns) {
  IdentQuery query;
  query.key.client = parse_address(server).value();
  query.key.server = parse_address(asked).value();
  query.outcome = outcome;
  query.first_ns = first_ns;
  query.last_ns = last_ns;
  return query;
}

TEST(IdentOutcomes, AreCountedByServerAndAskedAddress) {
  IdentOutcomes outcomes;
  outcomes.note(query_of(kServer4, kClient4, IdentOutcome::kDropped, 10 * kSecond, 17 * kSecond));
  outcomes.note(query_of(kServer4, kClient4, IdentOutcome::kReset, 30 * kSecond, 30 * kSecond));
  outcomes.note(query_of(kServer6, kClient6, IdentOutcome::kDropped, 40 * kSecond, 41 * kSecond));
  const auto views = outcomes.views();
  ASSERT_THAT(views, SizeIs(2));
  EXPECT_EQ(to_string(views[0].server), kServer6);  // the latest first
  EXPECT_EQ(to_string(views[1].asked), kClient4);
  EXPECT_THAT(views[1].outcomes, testing::ElementsAre(1, 1, 0, 0));
  EXPECT_EQ(views[1].last_outcome, IdentOutcome::kReset);
  EXPECT_EQ(views[1].last_ns, 30 * kSecond);
  EXPECT_DOUBLE_EQ(views[1].longest_seconds, 7);
}

}  // namespace
}  // namespace mxray::test
