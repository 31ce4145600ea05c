// SPDX-License-Identifier: Apache-2.0
// What do the path, the monitor and the passing of time make of genuine packets that
// looks odd?
#include "support/variant_list.h"

namespace mxray::test {
namespace {

using enum Session::Side;

class Paths : public VariantList {
 public:
  using VariantList::VariantList;

  std::vector<Variant> all() {
    routes();
    captured_twice();
    retransmissions();
    port_reuse();
    unseen_port_reuse();
    unseen_port_reuse_on_another_box();
    rewritten();
    return take();
  }

 private:
  void routes() {
    for (const int distance : {1, 2, 3}) {
      for (const bool shorter : {false, true}) {
        Session smtp = greeted();
        for (const int step : {0, distance, 1, 0, -distance, 0, distance, distance}) {
          smtp.hand(kServer).ttl = static_cast<std::uint8_t>(49 + step);
          smtp.client("NOOP\r\n");
          if (shorter && step == distance) smtp.after(55);
          smtp.server("250 2.0.0 Ok\r\n");
        }
        smtp.finish();
        add((shorter ? "ShorterRouteFlap" : "RouteFlap") + std::to_string(distance), smtp);
      }
    }
    Session several = greeted();
    for (std::uint8_t i = 0; i < 12; ++i) {
      several.hand(kServer).ttl = static_cast<std::uint8_t>(48 + i % 3);
      talk(several, 1);
    }
    several.finish();
    add("SeveralPathsAtOnce", several);
  }

  void captured_twice() {
    for (const auto copies : {Session::Copies::kSame, Session::Copies::kNextHop}) {
      Session smtp = session();
      smtp.captured(copies).handshake().server("220 mx ready\r\n");
      talk(smtp, 3);
      smtp.client("RCPT TO:<jim@neptune.livedoor.com>\r\n").server("550 No\r\n").finish();
      add(copies == Session::Copies::kSame ? "EveryPacketTwice" : "EveryPacketOnTwoHops", smtp);
      smtp = session();
      smtp.captured(copies).handshake().server("220 mx ready\r\n").client("QUIT\r\n");
      smtp.server("221 Bye\r\n").server("", kReset | kAck);
      add(copies == Session::Copies::kSame ? "EveryPacketAndResetTwice"
                                           : "EveryPacketAndResetOnTwoHops",
          smtp);
    }
  }

  void retransmissions() {
    Session again = greeted();
    again.client("NOOP\r\n").server("250 2.0.0 Ok\r\n").wait(300);
    again.resend(kServer, 14, "250 2.0.0 Ok\r\n").finish();
    add("Retransmission", again);

    Session recut = session();
    recut.handshake().server("220 mx ready\r\n").client("EHLO pc\r\n");
    recut.server("250-mx\r\n250-8BITMIME\r\n250 PIPELINING\r\n").wait(300);
    recut.resend(kServer, 38, "250-mx\r\n250-8");
    recut.resend(kServer, 25, "BITMIME\r\n250 PIPE").resend(kServer, 8, "LINING\r\n");
    talk(recut, 1);
    recut.finish();
    add("RetransmissionCutAnew", recut);

    Session joined = session();
    joined.handshake().server("220 mx ready\r\n").client("EHLO pc\r\n");
    joined.server("250-mx\r\n").server("250-8BITMIME\r\n").server("250 PIPELINING\r\n").wait(300);
    joined.resend(kServer, 38, "250-mx\r\n250-8BITMIME\r\n250 PIPELINING\r\n");
    talk(joined, 1);
    joined.finish();
    add("RetransmissionJoined", joined);

    // The reply and the lost one before it, in one segment.
    Session grown = greeted();
    grown.client("NOOP\r\n").server("250 one\r\n").client("NOOP\r\n").after(105);
    grown.server("250 two\r\n").wait(300).resend(kServer, 18, "250 one\r\n250 two\r\n").finish();
    add("RetransmissionGrown", grown);
  }

  void port_reuse() {
    for (const bool same_numbers : {true, false}) {
      for (const bool closed : {true, false}) {
        Session first = greeted();
        first.client("RCPT TO:<jim@neptune.livedoor.com>\r\n").server("250 2.1.5 Ok\r\n");
        if (closed) first.finish();
        Session second = session({.client_isn = same_numbers ? 0x2E68FF24 : 0x2E690000U,
                                  .server_isn = same_numbers ? 0x1527A9A1 : 0x1527A9C0U,
                                  .start_seconds = 90});
        // Both hosts have sent other packets meanwhile.
        second.hand(kClient).ip_id = 41000;
        second.hand(kServer).ip_id = 52000;
        second.handshake().server("220 other.data-hotel.net at your service\r\n");
        second.client("HELO other.livedoor.cn\r\n").server("250 pleased to meet you\r\n");
        second.client("RCPT TO:<tom@neptune.livedoor.com>\r\n").server("450 later\r\n").finish();
        add(std::string("PortReused") + (same_numbers ? "WithTheSameNumbers" : "") +
                (closed ? "" : "AfterSilence"),
            first);
        for (const auto& step : second.steps()) last().steps.push_back(step);
      }
    }
  }

  // The new connection's handshake is missed, and what follows is captured twice:
  // other bytes where the old one had been, each with an IP ID seen before.
  void unseen_port_reuse() {
    Session first = greeted();
    first.client("RCPT TO:<jim@neptune.livedoor.com>\r\n").server("250 2.1.5 Ok\r\n").finish();
    Session second = session({.start_seconds = 90});
    second.hand(kClient).ip_id = 41000;
    second.hand(kServer).ip_id = 52000;
    second.handshake().monitor_starts_here().captured(Session::Copies::kSame);
    second.server("220 other.data-hotel.net at your service\r\n");
    second.client("HELO other.livedoor.cn\r\n").server("250 pleased to meet you\r\n").finish();
    add("PortReusedUnseenAndEveryPacketTwice", first);
    for (const auto& step : second.steps()) last().steps.push_back(step);
  }

  // The new connection's handshake is missed, and a balancer has given it to another
  // box: nothing fits what is known of the server, but the numbers are far away.
  void unseen_port_reuse_on_another_box() {
    Session first = greeted();
    first.client("RCPT TO:<jim@neptune.livedoor.com>\r\n").server("250 2.1.5 Ok\r\n").finish();
    Session second = session({.client_isn = 0x9E68FF24,
                              .server_isn = 0x8527A9A1,
                              .timestamps = false,
                              .start_seconds = 90});
    second.hand(kServer) = {.ttl = 121, .ip_id = 512, .dont_fragment = false, .window = 0x2000};
    second.handshake().monitor_starts_here().server("220 mx2 ready\r\n");
    second.client("EHLO pc\r\n").server("250 mx2\r\n");
    talk(second, 2);
    second.finish();
    add("PortReusedUnseenOnAnotherBox", first);
    for (const auto& step : second.steps()) last().steps.push_back(step);
  }

  // A gateway that rewrites addresses in what is said, captured on both its sides as
  // one interface: each reply of the server twice, one hop on with other bytes.
  void rewritten() {
    Session smtp = greeted();
    for (int i = 0; i < 3; ++i) {
      smtp.client("NOOP\r\n").server("250 Hello 198.51.100.1\r\n").punctual();
      --smtp.hand(kServer).ip_id;
      --smtp.hand(kServer).ttl;
      smtp.wait(0.2).resend(kServer, 24, "250 Hello 10.4.1.4    \r\n").punctual();
      ++smtp.hand(kServer).ttl;
    }
    smtp.finish();
    add("RewrittenOnTheWay", smtp);
  }
};

}  // namespace

std::vector<Variant> genuine_paths(Wrapping wrapping, bool ipv6) {
  return Paths(wrapping, ipv6).all();
}

}  // namespace mxray::test
