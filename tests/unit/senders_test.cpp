// SPDX-License-Identifier: Apache-2.0
// Are our sending addresses known as the world sees them?
#include <gmock/gmock.h>

#include <cstring>

#include "analysis/analyzer.h"
#include "base/core_settings.h"
#include "base/port_table.h"
#include "replay/engine.h"
#include "unit/mail_talk.h"

namespace mxray::test {
namespace {

using testing::SizeIs;

// Each list of packets is one interface, from 1.
std::vector<MailSender> senders_in(const std::vector<std::vector<TimedPacket>>& interfaces) {
  Analyzer analyzer({}, [](const Incident&) {});
  Engine engine(
      make_core_config(default_ports(), 5, 1),
      [&analyzer](std::span<const std::byte> record) { analyzer.consume(record); }, 1024);
  struct Seen {
    TimedPacket packet;
    std::uint32_t interface;
  };
  std::vector<Seen> all;
  for (std::uint32_t i = 0; i < interfaces.size(); ++i) {
    for (const TimedPacket& packet : interfaces[i]) all.push_back({packet, i + 1});
  }
  std::stable_sort(all.begin(), all.end(), [](const Seen& a, const Seen& b) {
    return a.packet.time_ns < b.packet.time_ns;
  });
  for (const Seen& seen : all) {
    const auto& frame = seen.packet.frame;
    engine.handle(frame, static_cast<std::uint32_t>(frame.size()), LinkLayer::kEthernet,
                  seen.packet.time_ns, seen.interface);
  }
  return analyzer.senders();
}

Talk sent(Ends ends) {
  return Talk(std::move(ends))
      .server("220 mx.example.net ESMTP\n")
      .client("EHLO mail.example.org\n")
      .server("250 mx.example.net\n")
      .client("MAIL FROM:<a@Example.org>\n")
      .server("250 Ok\n")
      .bye();
}

TEST(Senders, AreOurAddressesWithTheNamesTheyGive) {
  const auto senders = senders_in(
      {together({sent({}), sent({.client_port = 41'000, .isn = 9, .start_seconds = 60})})});
  ASSERT_THAT(senders, SizeIs(1));
  EXPECT_EQ(to_string(senders[0].address), "10.4.1.4");
  EXPECT_EQ(senders[0].helo, "mail.example.org");
  EXPECT_EQ(senders[0].sender_domain, "example.org");
  EXPECT_EQ(senders[0].sessions, 2U);
  EXPECT_GT(senders[0].last_seen_ns, 1'700'000'060'000'000'000U);
}

TEST(Senders, BehindNatAreKnownByTheAddressTheWorldSees) {
  Ends outside{.client = "198.51.100.7", .client_port = 61'000, .client_ttl = 62};
  outside.start_seconds = 0.0001;
  const auto senders = senders_in({sent({}).packets(), sent(outside).packets()});
  ASSERT_THAT(senders, SizeIs(1));
  EXPECT_EQ(to_string(senders[0].address), "198.51.100.7");
  EXPECT_EQ(senders[0].sessions, 1U);
}

TEST(Senders, AreNeitherStrangersNorUsers) {
  EXPECT_THAT(senders_in({sent({.client = "198.51.100.7", .server = "192.168.0.25"}).packets()}),
              SizeIs(0));
  EXPECT_THAT(senders_in({sent({.port = 587}).packets()}), SizeIs(0));
}

}  // namespace
}  // namespace mxray::test
