// SPDX-License-Identifier: Apache-2.0
// What do genuine hosts, and the boxes that stand in for them, send that looks odd?
#include <utility>

#include "support/variant_list.h"

namespace mxray::test {
namespace {

using enum Session::Side;

constexpr unsigned kData = kAck | kPush;

class Hosts : public VariantList {
 public:
  using VariantList::VariantList;

  std::vector<Variant> all() {
    refusals();
    keep_alives();
    resets();
    ip_ids();
    lost_before_a_reset();
    front_ends();
    odd_but_legal();
    odd_headers();
    return take();
  }

 private:
  void refusals() {
    for (const auto& [name, line] :
         {std::pair{"Genuine551", "551 User not local; please try <forward-path>\r\n"},
          std::pair{"Genuine500", "500 error\r\n"}, std::pair{"Genuine550", "550 No\r\n"}}) {
      Session smtp = greeted();
      smtp.client("RCPT TO:<jim@neptune.livedoor.com>\r\n").server(line).finish();
      add(name, smtp);
    }
    Session pop3 = session({.port = 110});
    pop3.handshake().server("+OK POP3 ready\r\n").client("USER jim\r\n").server("+OK\r\n");
    pop3.client("PASS secret\r\n").server("-ERR no such user\r\n").finish();
    add("GenuinePop3Err", pop3);
    for (const char* line : {"a1 BAD unknown command\r\n", "a1 NO login failed\r\n"}) {
      Session imap = session({.port = 143});
      imap.handshake().server("* OK IMAP4rev1 ready\r\n").client("a1 LOGIN jim secret\r\n");
      imap.server(line).finish();
      add(line[3] == 'B' ? "GenuineImapBad" : "GenuineImapNo", imap);
    }
  }

  void keep_alives() {
    for (const auto& [name, byte] : {std::pair{"KeepAliveZeroByte", std::string_view("\0", 1)},
                                     std::pair{"KeepAliveOtherByte", std::string_view("x")}}) {
      Session smtp = greeted();
      smtp.wait(60'000).resend(kServer, 1, byte).packet(kClient, "", kAck);
      smtp.wait(60'000).resend(kServer, 1, byte).packet(kClient, "", kAck);
      smtp.wait(60'000).resend(kClient, 1, byte).wait(101).packet(kServer, "", kAck);
      smtp.finish();
      add(name, smtp);
    }
  }

  void resets() {
    for (const unsigned flags : {unsigned{kReset}, unsigned{kReset | kAck}}) {
      Session same_ttl = greeted();
      same_ttl.client("QUIT\r\n").server("221 Bye\r\n").server("", flags);
      add(flags == kReset ? "ServerReset" : "ServerResetWithAck", same_ttl);
    }
    // RFC 7323, 3.2 allows a RST without timestamps and with: so far without.
    Session timed = greeted();
    timed.hand(kServer).timestamps_on_reset = true;
    timed.client("QUIT\r\n").server("221 Bye\r\n").server("", kReset | kAck);
    add("ServerResetWithTimestamps", timed);

    // As a kernel does that has forgotten the connection.
    Session forgotten = greeted();
    forgotten.client("QUIT\r\n").server("221 Bye\r\n");
    forgotten.hand(kServer).window = 0;
    forgotten.hand(kServer).ip_id = 0xFFFF;
    forgotten.hand(kServer).dont_fragment = false;
    forgotten.server("", kReset);
    add("ServerResetOfAForgottenConnection", forgotten);

    Session of_client = greeted();
    of_client.client("", kReset | kAck);
    add("ClientReset", of_client);

    Session balancer = session();
    balancer.hand(kServer).ttl = 123;
    balancer.handshake().server("220 mx ready\r\n").client("QUIT\r\n").server("221 Bye\r\n");
    balancer.hand(kServer) = {.ttl = 59, .ip_id = 0, .window = 0};
    balancer.client("", kFin | kAck).wait(101).server("", kReset);
    add("LoadBalancerReset", balancer);

    // The same, and it cuts an idle connection: nobody has said goodbye.
    Session idle = session();
    idle.hand(kServer).ttl = 123;
    idle.handshake().server("220 mx ready\r\n").wait(300'000);
    idle.hand(kServer) = {.ttl = 59, .ip_id = 0, .window = 0};
    idle.server("", kReset | kAck);
    add("LoadBalancerCutsIdleConnection", idle);
  }

  // What a forger's header has, by chance or by design of genuine stacks.
  void ip_ids() {
    Session zero = session();  // as RFC 6864 allows beside DF
    for (int i = 0; i < 4; ++i) {
      zero.hand(kClient).ip_id = zero.hand(kServer).ip_id = 0xFFFF;
      if (i == 0) zero.handshake().server("220 mx ready\r\n");
      talk(zero, 1);
    }
    zero.hand(kServer).ip_id = 0xFFFF;
    zero.client("QUIT\r\n").server("221 Bye\r\n").server("", kReset | kAck);
    add("IpIdsNearZero", zero);

    // Two hosts that have just booted count alike.
    Session alike = session();
    alike.hand(kClient) = alike.hand(kServer) = {.ttl = 64, .ip_id = 0, .window = 8192};
    alike.handshake().server("220 mx ready\r\n");
    talk(alike, 3);
    alike.client("QUIT\r\n").server("221 Bye\r\n").server("", kReset | kAck);
    add("IpIdsAndWindowsAlike", alike);
  }

  void lost_before_a_reset() {
    for (const std::uint8_t ttl : {std::uint8_t{49}, std::uint8_t{239}}) {
      Session lost = greeted();
      lost.client("NOOP\r\n").server("250 2.0.0 Ok\r\n").forget_last();
      lost.client("NOOP\r\n").client("NOOP\r\n").client("QUIT\r\n");
      lost.hand(kServer).ttl = ttl;
      lost.server("", kReset).server("", kReset).server("", kReset);
      add(ttl == 49 ? "ResetsBehindLostData" : "LoadBalancerResetsBehindLostData", lost);

      // The RST comes before the client acknowledges what the monitor missed.
      Session ahead = greeted();
      ahead.client("NOOP\r\n").server("250 2.0.0 Ok\r\n").forget_last();
      ahead.hand(kServer).ttl = ttl;
      ahead.server("", kReset | kAck);
      add(ttl == 49 ? "ResetAheadOfLostData" : "LoadBalancerResetAheadOfLostData", ahead);
    }
  }

  void front_ends() {
    // SYN-ACK, data and RST of three boxes.
    Session balanced = session();
    balanced.hand(kServer).ttl = 43;
    balanced.handshake();
    balanced.hand(kServer).ttl = 229;
    balanced.server("220 mx ready\r\n");
    talk(balanced, 2);
    balanced.finish();
    add("SynAckOfALoadBalancer", balanced);

    // It answers near the client: every reply of the server is later.
    Session near = session();
    near.packet(kClient, "", kSyn).wait(3);
    near.hand(kServer).ttl = 62;
    near.packet(kServer, "", kSyn | kAck).packet(kClient, "", kAck);
    near.hand(kServer).ttl = 49;
    near.wait(105).server("220 mx ready\r\n");
    talk(near, 2);
    near.finish();
    add("SynProxy", near);

    // It is slow with the handshake: every reply of the server is too early.
    Session slow = session();
    slow.hand(kServer).ttl = 111;
    slow.handshake();
    slow.hand(kServer).ttl = 112;
    slow.wait(30).packet(kServer, "220 mx ready\r\n", kData);
    for (int i = 0; i < 3; ++i) {
      slow.client("NOOP\r\n").after(30).server("250 2.0.0 Ok\r\n");
    }
    slow.hand(kServer).ttl = 239;
    slow.client("QUIT\r\n", kData | kFin).after(30).server("", kReset | kAck);
    add("SlowSynProxy", slow);
  }

  void odd_but_legal() {
    Session wrap = greeted({.client_isn = 0xFFFFFFE0, .server_isn = 0xFFFFFFC0});
    talk(wrap, 6);
    wrap.finish();
    add("SequenceNumbersWrap", wrap);

    Session at_once = greeted();
    at_once.client("MAIL FROM:<a@livedoor.cn>\r\nRCPT TO:<b@livedoor.com>\r\nDATA\r\n");
    at_once.server("250 2.1.0 Ok\r\n").server("250 2.1.5 Ok\r\n").server("354 go\r\n").finish();
    add("PipelinedInOneSegment", at_once);

    // Sent every 30 ms; each reply acknowledges what had arrived by then.
    Session paced = greeted();
    paced.client("MAIL FROM:<a@livedoor.cn>\r\n").wait(30).client("RCPT TO:<b@livedoor.com>\r\n");
    paced.wait(30).client("DATA\r\n").wait(45.1).unacknowledged(32).server("250 2.1.0 Ok\r\n");
    paced.wait(30).unacknowledged(6).server("250 2.1.5 Ok\r\n").wait(30).server("354 go\r\n");
    paced.finish();
    add("PipelinedOneByOne", paced);

    Session idle = session({.port = 143});
    idle.handshake()
        .server("* OK IMAP4rev1 ready\r\n")
        .client("a1 IDLE\r\n")
        .server("+ idling\r\n");
    for (const char* line : {"* 4 EXISTS\r\n", "* 5 EXISTS\r\n", "* 3 EXPUNGE\r\n"}) {
      idle.wait(45'000).packet(kServer, line, kData).packet(kClient, "", kAck);
    }
    idle.client("DONE\r\n").server("a1 OK IDLE done\r\n").finish();
    add("ServerTalksFirst", idle);

    Session fast_open = session();
    fast_open.packet(kClient, "EHLO livedoor.cn\r\n", kSyn).wait(100.8);
    fast_open.packet(kServer, "", kSyn | kAck).packet(kServer, "220 mx ready\r\n", kData);
    fast_open.packet(kServer, "250 mx\r\n", kData).packet(kClient, "", kAck);
    talk(fast_open, 2);
    fast_open.finish();
    add("FastOpen", fast_open);

    // Acknowledgements and one-byte segments too short for Ethernet.
    Session padded = session({.port = 143, .timestamps = false});
    padded.handshake().server("* OK\r\n").packet(kClient, "", kAck);
    padded.client("a\r\n").server("+\r\n").packet(kClient, "", kAck);
    padded.packet(kServer, "", kAck).client("b\r\n").server("+\r\n").packet(kServer, "", kAck);
    padded.client("c\r\n").packet(kServer, "", kAck).server("c OK\r\n").finish();
    add("GarbageBehindShortFrames", padded);
    pad_with_garbage(last());
  }

  // Up to Ethernet's 60 bytes, another garbage each time.
  void pad_with_garbage(Variant& variant) const {
    if (wrapping() == Wrapping::kNoLinkHeader) return;
    std::uint8_t garbage = 'A';
    for (Session::Step& step : variant.steps) {
      while (step.packet.frame.size() < 60) step.packet.frame.push_back(garbage++);
    }
  }

  void odd_headers() {
    Session acknowledgement = greeted();
    acknowledgement.client("NOOP\r\n");
    acknowledgement.hand(kServer).window = 0;
    acknowledgement.after(101).packet(kServer, "", kAck);
    acknowledgement.hand(kServer).window = 0x16A0;
    acknowledgement.wait(200).packet(kServer, "", kAck).server("250 2.0.0 Ok\r\n").finish();
    add("ZeroWindowAcknowledgement", acknowledgement);

    Session full = greeted();
    full.client("NOOP\r\n");
    full.hand(kServer).window = 0;
    full.server("250 2.0.0 Ok\r\n");
    full.hand(kServer).window = 0x16A0;
    full.wait(200).packet(kServer, "", kAck);
    talk(full, 1);
    full.finish();
    add("ZeroWindowWithData", full);

    for (const bool stays : {false, true}) {
      Session flip = greeted();
      talk(flip, 1);
      flip.hand(kServer).dont_fragment = false;
      talk(flip, stays ? 4 : 1);
      flip.hand(kServer).dont_fragment = !stays;
      talk(flip, 1);
      flip.finish();
      add(stays ? "DontFragmentFlipsForGood" : "DontFragmentFlipsOnce", flip);
    }
  }
};

}  // namespace

std::vector<Variant> genuine_hosts(Wrapping wrapping, bool ipv6) {
  return Hosts(wrapping, ipv6).all();
}

}  // namespace mxray::test
