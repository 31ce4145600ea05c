// SPDX-License-Identifier: Apache-2.0
// Which packets put a connection into the tables, and which only claim to be of one?
#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "engine_run.h"
#include "support/conversation.h"

namespace mxray::test {
namespace {

constexpr std::uint32_t kAnyNumber = std::numeric_limits<std::uint32_t>::max();

/// The core as a gateway runs it: what nobody proves is taken on so many times a second.
class Gateway {
 public:
  explicit Gateway(std::uint32_t unproven_a_second) {
    core::core_config config = make_core_config(default_ports(), 5, 0x5eC2e7);
    config.unproven_a_second = unproven_a_second;
    engine_.emplace(
        config,
        [this](std::span<const std::byte> record) {
          core::record_header header;
          std::memcpy(&header, record.data(), sizeof header);
          types_.push_back(header.type);
          if (header.type == core::RECORD_FLOW_OPENED) {
            std::memcpy(&opened_, record.data(), sizeof opened_);
          }
          if (header.type == core::RECORD_SIGNAL) {
            std::memcpy(&signal_, record.data(), sizeof signal_);
          }
        },
        1024);
  }

  Gateway& feed(const std::vector<TimedPacket>& packets) {
    for (const TimedPacket& packet : packets) {
      engine_->handle(packet.frame, static_cast<std::uint32_t>(packet.frame.size()),
                      LinkLayer::kEthernet, packet.time_ns, 1);
    }
    return *this;
  }
  [[nodiscard]] std::uint64_t count(core::counter counter) const {
    return engine_->stats().counters.at(counter);
  }
  [[nodiscard]] auto records(core::record_type type) const {
    return std::count(types_.begin(), types_.end(), type);
  }
  [[nodiscard]] std::uint64_t entries(std::string_view table) const {
    for (const MapFill& map : engine_->stats().maps) {
      if (map.name == table) return map.entries;
    }
    return kAnyNumber;
  }
  /// The latest.
  [[nodiscard]] const core::record_flow& opened() const { return opened_; }
  [[nodiscard]] const core::record_signal& signal() const { return signal_; }

 private:
  std::optional<Engine> engine_;
  std::vector<std::uint8_t> types_;
  core::record_flow opened_{};
  core::record_signal signal_{};
};

std::vector<TimedPacket> first_packets(const Conversation& conversation, std::size_t count) {
  return {conversation.packets().begin(),
          conversation.packets().begin() + static_cast<std::ptrdiff_t>(count)};
}

// The server answers everybody's SYN, in whosever name it came.
TEST(Unproven, SynAndItsAnswerTakeNoPlaceOfAConnection) {
  Gateway gateway(kAnyNumber);
  gateway.feed(first_packets(Conversation(25).handshake(), 2));
  EXPECT_EQ(gateway.entries("client_sides") + gateway.entries("server_sides"), 0U);
  EXPECT_EQ(gateway.entries("client_evidence") + gateway.entries("server_evidence"), 0U);
  EXPECT_EQ(gateway.entries("ident_pairs") + gateway.entries("mail_hosts"), 0U);
  EXPECT_EQ(gateway.entries("half_open"), 1U);
  EXPECT_EQ(gateway.records(core::RECORD_FLOW_OPENED), 0);
}

TEST(Unproven, TheClientsAnswerProvesTheHandshake) {
  Gateway gateway(0);
  gateway.feed(Conversation(25).handshake().packets());
  EXPECT_EQ(gateway.entries("client_sides"), 1U);
  EXPECT_EQ(gateway.entries("server_sides"), 1U);
  EXPECT_EQ(gateway.entries("half_open"), 0U);
  ASSERT_EQ(gateway.records(core::RECORD_FLOW_OPENED), 1);
  const core::handshake& handshake = gateway.opened().handshake;
  EXPECT_EQ(handshake.midstream, 0U);
  EXPECT_EQ(handshake.client_isn, 1'000'000U);
  EXPECT_EQ(handshake.server_isn, 2'000'000U);
  EXPECT_EQ(handshake.syn_ack_time_ns - handshake.syn_time_ns, gateway.opened().rtt_ns);
  EXPECT_GT(handshake.established_time_ns, handshake.syn_ack_time_ns);
}

TEST(Unproven, AnAnswerWithAWrongNumberProvesNothing) {
  Gateway gateway(0);
  auto packets = first_packets(Conversation(25).handshake(), 2);
  Conversation blind(25);  // who sent the SYN in another's name has not seen the SYN-ACK
  blind.isn(1'000'001, 3'000'001).client_ack().client("HELO x\r\n");
  packets.insert(packets.end(), blind.packets().begin(), blind.packets().end());
  gateway.feed(packets);
  EXPECT_EQ(gateway.entries("client_sides"), 0U);
  EXPECT_EQ(gateway.count(core::COUNT_UNPROVEN_SUPPRESSED), 1U);
}

TEST(Unproven, TheServersDataProvesTheHandshakeIfTheClientsAnswerWasNotSeen) {
  Gateway gateway(0);
  Conversation session(25);
  session.handshake().server("220 mx ESMTP\r\n");
  auto packets = session.packets();
  packets.erase(packets.begin() + 2);
  gateway.feed(packets);
  EXPECT_EQ(gateway.records(core::RECORD_FLOW_OPENED), 1);
  EXPECT_EQ(gateway.records(core::RECORD_GREETING), 1);
  EXPECT_EQ(gateway.opened().handshake.midstream, 0U);
}

// Whoever sends it: the client's side is open then, or the server's, and nothing is proven.
TEST(Unproven, SomebodysDataBeforeTheProofDoesNotCostTheHandshake) {
  for (const bool of_server : {false, true}) {
    Gateway gateway(kAnyNumber);
    Conversation session(25), forged(25);
    auto packets = session.handshake().server("220 mx ESMTP\r\n").packets();
    forged.isn(1'500'000, 2'500'000).at(packets[1].time_ns + 1000);
    of_server ? forged.server("554 no\r\n") : forged.client("HELO x\r\n");
    packets.insert(packets.begin() + 2, {packets[1].time_ns + 1000, forged.packets()[0].frame});
    gateway.feed(packets);
    EXPECT_EQ(gateway.opened().handshake.midstream, 0U) << of_server;
    EXPECT_EQ(gateway.opened().handshake.server_isn, 2'000'000U) << of_server;
    EXPECT_EQ(gateway.entries("half_open"), 0U) << of_server;
  }
}

TEST(Unproven, OfTwoSynAcksTheOneThatTheClientTakesIsFollowed) {
  Gateway gateway(0);
  Conversation first(25), second(25);
  first.handshake();
  second.isn(1'000'000, 5'000'000).handshake().server("220 mx ESMTP\r\n").client("EHLO a\r\n");
  auto packets = second.server("250 mx\r\n").packets();
  packets.insert(packets.begin() + 1, first.packets()[1]);
  gateway.feed(packets);
  EXPECT_EQ(gateway.entries("client_sides"), 1U);
  EXPECT_EQ(gateway.entries("server_sides"), 1U);
}

TEST(Unproven, RepeatedSynAcksAreToldAtOnceAndWithTheConnectionThatStandsAfterThem) {
  Gateway gateway(0);
  Conversation session(25);
  session.handshake();
  auto packets = session.packets();
  packets.insert(packets.begin() + 2, {packets[1].time_ns + 5000, packets[1].frame});
  gateway.feed(packets);
  EXPECT_EQ(gateway.records(core::RECORD_SYN_ACK_REPEATED), 1);
  EXPECT_EQ(gateway.opened().handshake.syn_ack_count, 2U);
  EXPECT_EQ(gateway.opened().handshake.last_syn_ack_time_ns, packets[1].time_ns + 5000);
}

TEST(Unproven, DataThatOneSideMadeUpOpensSoManyFlowsASecond) {
  Gateway gateway(3);
  for (std::uint16_t i = 0; i < 100; ++i) {
    Conversation one(25, static_cast<std::uint16_t>(2000 + i));
    gateway.feed(one.at(1'000'000'000 + i).client("MAIL FROM:<a@b>\r\n").packets());
  }
  EXPECT_EQ(gateway.entries("client_sides"), 3U);
  EXPECT_EQ(gateway.records(core::RECORD_FLOW_OPENED), 3);
  EXPECT_EQ(gateway.count(core::COUNT_UNPROVEN_SUPPRESSED), 97U);
  gateway.feed(Conversation(25, 9999).at(2'500'000'000).client("QUIT\r\n").packets());
  EXPECT_EQ(gateway.entries("client_sides"), 4U);
}

TEST(Unproven, ConnectionUnderWayIsTakenOnOnceBothSidesSpeak) {
  Gateway gateway(0);
  Conversation session(25);
  session.client("EHLO a\r\n").server("250 mx\r\n").client("MAIL FROM:<a@b>\r\n");
  gateway.feed(session.packets());
  EXPECT_EQ(gateway.entries("server_sides"), 1U);
  EXPECT_EQ(gateway.entries("client_sides"), 1U);
  EXPECT_EQ(gateway.records(core::RECORD_FLOW_OPENED), 1);
  EXPECT_EQ(gateway.opened().handshake.midstream, 1U);
}

TEST(Unproven, ConnectionInWhichOneSideOnlyListensIsTakenOnToo) {
  Gateway gateway(0);
  Conversation download(110);
  download.server("line\r\n").client_ack().server("line\r\n");
  gateway.feed(download.packets());
  EXPECT_EQ(gateway.entries("server_sides"), 1U);
}

TEST(Unproven, ResetIsNoProof) {
  Gateway gateway(0);
  Conversation made_up(25);
  made_up.client("EHLO a\r\n").server_reset().client("EHLO a\r\n").server_reset();
  gateway.feed(made_up.packets());
  EXPECT_EQ(gateway.entries("client_sides") + gateway.entries("server_sides"), 0U);
  EXPECT_EQ(gateway.records(core::RECORD_SIGNAL), 0);
}

// Whoever lives at the made-up address answers the SYN-ACK with a RST.
TEST(Unproven, ResetsWithinHandshakesAreReportedInSmallNumbers) {
  Gateway gateway(3);
  for (std::uint16_t i = 0; i < 100; ++i) {
    Conversation one(25, static_cast<std::uint16_t>(2000 + i));
    auto packets = first_packets(one.at(1'000'000'000 + i).handshake(), 2);
    Conversation reset(25, static_cast<std::uint16_t>(2000 + i));
    reset.isn(1'000'001, 2'000'001).at(one.now_ns()).client_reset();
    packets.push_back(reset.packets().back());
    gateway.feed(packets);
  }
  EXPECT_EQ(gateway.records(core::RECORD_SIGNAL), 3);
  EXPECT_EQ(gateway.entries("client_sides"), 3U);
  EXPECT_EQ(gateway.count(core::COUNT_UNPROVEN_SUPPRESSED), 97U);
}

TEST(Unproven, PortUsedAgainReplacesTheOldConnectionAtOnce) {
  Gateway gateway(0);
  Conversation old(25);
  old.handshake().server("220 mx\r\n").client_fin().server_fin();
  gateway.feed(old.packets());
  Conversation later(25);
  later.isn(7'000'000, 8'000'000).at(old.now_ns() + 60'000'000'000).handshake();
  gateway.feed(later.packets());
  EXPECT_EQ(gateway.records(core::RECORD_FLOW_OPENED), 2);
  EXPECT_EQ(gateway.entries("client_sides"), 1U);
  EXPECT_EQ(gateway.opened().handshake.client_isn, 7'000'000U);
  EXPECT_EQ(gateway.entries("half_open"), 0U);
}

TEST(Unproven, HandshakeThatNobodyProvesDoesNotReplaceALiveConnection) {
  Gateway gateway(0);
  Conversation old(25), later(25);
  old.handshake().server("220 mx\r\n");
  gateway.feed(old.packets());
  later.isn(7'000'000, 8'000'000).at(old.now_ns() + 60'000'000'000).handshake();
  gateway.feed(first_packets(later, 2));
  EXPECT_EQ(gateway.records(core::RECORD_FLOW_OPENED), 1);
  EXPECT_EQ(gateway.count(core::COUNT_UNPROVEN_SUPPRESSED), 1U);
}

/// SYN, a RST that is not the server's, its SYN-ACK, and what `prove` adds.
template <class Prove>
std::vector<TimedPacket> refused_and_answered(const Prove& prove) {
  Conversation session(25), refusal(25);
  session.handshake();
  const std::uint64_t time_ns = session.packets()[0].time_ns + 100;
  refusal.isn(1'000'001, 0).at(time_ns).server_reset();
  auto packets = prove(session).packets();
  packets.insert(packets.begin() + 1, {time_ns, refusal.packets()[0].frame});
  return packets;
}

// Also when it is told only once somebody proves the handshake.
TEST(Unproven, ForgedResetBeforeTheSynAckIsToldAsOneInTheServersName) {
  const auto is_told = [](const std::vector<TimedPacket>& packets) {
    Gateway gateway(0);
    gateway.feed(packets);
    ASSERT_EQ(gateway.records(core::RECORD_SIGNAL), 1);
    EXPECT_EQ(gateway.records(core::RECORD_FLOW_OPENED), 1);
    EXPECT_EQ(gateway.signal().from_server, 1U);
    EXPECT_EQ(gateway.signal().current.tcp_flags, kSyn | kAck);
    EXPECT_TRUE(gateway.signal().other.tcp_flags & kReset);
  };
  is_told(refused_and_answered([](Conversation& session) { return session; }));
  auto without_ack =
      refused_and_answered([](Conversation& session) { return session.client("EHLO a\r\n"); });
  without_ack.erase(without_ack.begin() + 3);
  is_told(without_ack);
}

// Two in the second in which one may be taken on: the handshake waits for its RST.
TEST(Unproven, ResetThatProvesAHandshakeWithAResetInItIsLookedAtAfterThatAndCountedOnce) {
  Gateway gateway(1);
  Conversation made_up(25, 2000), reset(25);
  gateway.feed(made_up.at(1'700'000'000'000'000'000).client("EHLO a\r\n").packets());
  auto packets = refused_and_answered([](Conversation& session) { return session; });
  packets.pop_back();  // the client's ACK
  reset.isn(1'000'001, 2'000'001).at(packets[0].time_ns + 2'000'000'000).client_reset();
  packets.push_back(reset.packets()[0]);
  gateway.feed(packets);
  EXPECT_EQ(gateway.records(core::RECORD_SIGNAL), 2);
  EXPECT_EQ(gateway.signal().from_server, 0U) << "the latest";
  EXPECT_EQ(gateway.count(core::COUNT_RESET), 2U);
}

// A SYN in the client's name makes no refusal of a RST that fits the live connection.
TEST(Unproven, ResetOfALiveConnectionIsReportedWhateverSynCameBefore) {
  Gateway gateway(0);
  Conversation session(25), syn(25);
  session.handshake().server("220 mx\r\n");
  gateway.feed(session.packets());
  syn.isn(7'000'000, 0).at(session.now_ns() + 1000).handshake();
  gateway.feed(first_packets(syn, 1));
  session.wait(1'000'000).server_reset([](Packet& packet) { packet.ack(7'000'001); });
  gateway.feed({session.packets().back()});
  EXPECT_EQ(gateway.records(core::RECORD_SIGNAL), 1);
  EXPECT_EQ(gateway.records(core::RECORD_REFUSED), 0);
}

TEST(Unproven, SynAckAfterAForgedResetIsReportedWithoutProof) {
  Gateway gateway(1);
  auto packets = first_packets(Conversation(25).handshake(), 2);
  Conversation refusal(25);
  refusal.isn(1'000'001, 0).at(packets[0].time_ns + 100).server_reset();
  packets.insert(packets.begin() + 1, {packets[0].time_ns + 100, refusal.packets()[0].frame});
  gateway.feed(packets);
  EXPECT_EQ(gateway.records(core::RECORD_SIGNAL), 1);
}

}  // namespace
}  // namespace mxray::test
