// SPDX-License-Identifier: Apache-2.0
// In how many ways may a third party speak into a session?
#include <utility>

#include "support/variant_list.h"

namespace mxray::test {
namespace {

using enum Session::Side;

// S0's forger: 7 hops away, its own stack's header.
constexpr Handwriting kForger = {
    .ttl = 57, .ip_id = 64, .dont_fragment = false, .window = 0, .timestamps = false};
constexpr char kForged500[] = "500 error\r\n";
constexpr unsigned kData = kAck | kPush;
constexpr double kRoundTripMs = 100.78;  // SYN to SYN-ACK

class Variants : public VariantList {
 public:
  using VariantList::VariantList;

  std::vector<Variant> all() {
    lone_replies();
    raced_replies();
    split_replies();
    disguised_replies();
    other_connections();
    late_monitors();
    resets_in_the_servers_name();
    other_resets();
    return take();
  }

 private:
  /// Up to the client's RCPT, which is answered next.
  [[nodiscard]] Session until_rcpt(SessionOptions options = {}) const {
    Session smtp = session(options);
    smtp.handshake().server("220 5a-p07-b3.data-hotel.net ESMTP\r\n");
    smtp.client("HELO livedoor.cn\r\n").server("250 5a-p07-b3.data-hotel.net\r\n");
    smtp.client("MAIL FROM:<sales@livedoor.cn>\r\n").server("250 Ok\r\n");
    return smtp.client("RCPT TO:<jimgreen@neptune.livedoor.com>\r\n");
  }

  static ExpectedForgery of_s0(std::optional<bool> accepted) {
    return {.at_once = true,
            .text = "500 error",
            .code = 500,
            .forger_class = "simple",
            .forger_hops = 7,
            .accepted = accepted,
            .rtt_ms = kRoundTripMs};
  }

  /// The offset of bytes that the genuine host has sent already.
  static std::uint32_t back(std::uint32_t bytes) { return 0U - bytes; }

  void lone_replies() {
    Session text = until_rcpt();
    text.forged(kServer, kForged551, kForger).decisive().server("250 Ok\r\n");
    text.client_takes(39).client("QUIT\r\n", kData | kFin);
    ExpectedForgery expected = of_s0(true);
    expected.text = "551 User not local; please try <forward-path>";
    expected.code = 551;
    add("Text551", text, expected);

    // As most hosts do, before the genuine reply comes.
    Session at_once = until_rcpt();
    at_once.forged(kServer, kForged500, kForger).decisive();
    at_once.client_takes(11).client("", kAck).server("250 Ok\r\n");
    at_once.client_takes(3).client("QUIT\r\n", kData | kFin);
    add("AcknowledgedAtOnce", at_once, of_s0(true));

    Session lone = until_rcpt();
    lone.forged(kServer, kForged500, kForger).decisive();
    lone.client_takes(11).client("QUIT\r\n", kData | kFin);
    add("NoGenuineReply", lone, of_s0(true));
  }

  void raced_replies() {
    Session late = until_rcpt();
    late.server("250 Ok\r\n").after(120);
    late.forged(kServer, "550 No\r\n", kForger, kData, back(8)).decisive();
    late.client("QUIT\r\n").server("221 Bye\r\n");
    ExpectedForgery lost = of_s0(false);
    lost.text = "550 No";
    lost.code = 550;
    add("LosesTheRace", late, lost);

    Session twice = until_rcpt();
    twice.forged(kServer, kForged500, kForger).decisive();
    twice.after(55).forged(kServer, "551 User not local\r\n", {57, 65, false, 0, false});
    twice.server("250 Ok\r\n").client_takes(12).client("QUIT\r\n", kData | kFin);
    ExpectedForgery two = of_s0(true);
    two.text = "5";  // either of the two may be told
    two.code = {};
    add("TwoDifferentForgedReplies", twice, two);
  }

  void split_replies() {
    Session genuine = until_rcpt();
    genuine.forged(kServer, kForged500, kForger).decisive().server("250 ").server("Ok\r\n");
    genuine.client_takes(3).client("QUIT\r\n", kData | kFin);
    add("GenuineInTwoSegments", genuine, of_s0(true));

    Session forged = until_rcpt();
    forged.forged(kServer, "500 er", kForger).punctual().decisive();
    forged.after(54.2).forged(kServer, "ror\r\n", {57, 65, false, 0, false}, kData, 6);
    forged.server("250 Ok\r\n").client_takes(3).client("QUIT\r\n", kData | kFin);
    ExpectedForgery expected = of_s0(true);
    expected.text = "500 ...";
    add("ForgedInTwoSegments", forged, expected);

    Session both = until_rcpt();
    both.forged(kServer, "500 er", kForger).punctual().decisive();
    both.after(54.2).forged(kServer, "ror\r\n", {57, 65, false, 0, false}, kData, 6);
    both.server("250 ").server("Ok\r\n").client_takes(3).client("QUIT\r\n", kData | kFin);
    add("BothInTwoSegments", both, expected);
  }

  void disguised_replies() {
    // Everything copied: only the time and the content remain, so the command and
    // the genuine reply have to be seen.
    Session mimic = until_rcpt().punctual();
    Handwriting copied = mimic.hand(kServer);
    ++copied.ip_id;
    mimic.forged(kServer, kForged500, copied).punctual();
    mimic.server("250 Ok\r\n").essential().decisive();
    mimic.client_takes(3).client("QUIT\r\n", kData | kFin);
    add("PerfectMimic", mimic,
        {.text = "500 error",
         .code = 500,
         .forger_class = "mimic",
         .forged_ttl = 49,
         .no_hops = true,
         .accepted = true,
         .rtt_ms = kRoundTripMs});

    // The TTL says 15 hops, the time that it is nearer: no distance is asked.
    Session stealth = until_rcpt();
    stealth.forged(kServer, kForged500, {49, 64, false, 0, false}).decisive();
    stealth.server("250 Ok\r\n").client_takes(3).client("QUIT\r\n", kData | kFin);
    ExpectedForgery hidden = of_s0(true);
    hidden.forged_ttl = 49;
    hidden.forger_class = {};
    hidden.forger_hops = {};
    add("StealthTtl", stealth, hidden);

    Session constant = until_rcpt();
    constant.forged(kServer, "500-error\r\n", {201, 55896, true, 767, false});
    constant.after(54.4);
    constant.forged(kServer, "500-policy\r\n", {83, 55741, true, 649, false}, kData, 11);
    constant.after(54.5);
    constant.forged(kServer, "500 end\r\n", {142, 55699, true, 708, false}, kData, 23).decisive();
    constant.server("250 Ok\r\n").client_takes(24).client("QUIT\r\n", kData | kFin);
    add("ConstantWindow", constant,
        {.at_once = true,
         .text = "500",
         .code = 500,
         .forger_class = "constant_window",
         .forged_ttl = {},
         .no_hops = true,
         .accepted = true,
         .rtt_ms = kRoundTripMs});

    if (ipv6()) return;  // which has no IP ID to reflect
    Session reflector = until_rcpt().essential();
    const auto copied_id = static_cast<std::uint16_t>(reflector.client_ip_id() + 1);
    reflector.forged(kServer, kForged500, {49, copied_id, true, 0x8218, false}).decisive();
    reflector.server("250 Ok\r\n").client_takes(3).client("QUIT\r\n", kData | kFin);
    add("Reflector", reflector,
        {.at_once = true,
         .text = "500 error",
         .code = 500,
         .forger_class = "reflector",
         .forged_ttl = 49,
         .no_hops = true,
         .accepted = true,
         .rtt_ms = kRoundTripMs});
  }

  void other_connections() {
    Session cookies = until_rcpt({.timestamps = false});
    cookies.forged(kServer, kForged500, kForger).decisive().server("250 Ok\r\n");
    cookies.client_takes(3).client("QUIT\r\n", kData | kFin);
    add("SynCookieWithoutTimestamps", cookies, of_s0(true));

    Session pop3 = session({.port = 110});
    pop3.handshake().server("+OK POP3 ready\r\n").client("USER jim\r\n").server("+OK\r\n");
    pop3.client("PASS secret\r\n");
    pop3.forged(kServer, "-ERR no such user\r\n", kForger).decisive().server("+OK 2 messages\r\n");
    pop3.client_takes(3).client("QUIT\r\n", kData | kFin);
    ExpectedForgery expected = of_s0(true);
    expected.code = {};
    expected.text = "-ERR no such user";
    add("Pop3", pop3, expected);

    for (const auto& [name, line] : {std::pair{"ImapBad", "a1 BAD unknown command\r\n"},
                                     std::pair{"ImapNo", "a1 NO login failed\r\n"}}) {
      Session imap = session({.port = 143});
      imap.handshake().server("* OK IMAP4rev1 ready\r\n").client("a1 LOGIN jim secret\r\n");
      imap.forged(kServer, line, kForger).decisive().server("a1 OK done\r\n");
      imap.client_takes(6).client("a2 LOGOUT\r\n", kData | kFin);
      expected.text = std::string(line).substr(3, std::string(line).size() - 5);
      add(name, imap, expected);
    }
  }

  void late_monitors() {
    Session after_handshake = session();
    after_handshake.handshake().monitor_starts_here();
    after_handshake.server("220 5a-p07-b3.data-hotel.net ESMTP\r\n");
    after_handshake.client("HELO livedoor.cn\r\n").server("250 5a-p07-b3.data-hotel.net\r\n");
    after_handshake.client("MAIL FROM:<sales@livedoor.cn>\r\n").server("250 Ok\r\n");
    after_handshake.client("RCPT TO:<jimgreen@neptune.livedoor.com>\r\n");
    after_handshake.forged(kServer, kForged500, kForger).decisive().server("250 Ok\r\n");
    after_handshake.client_takes(3).client("QUIT\r\n", kData | kFin);
    ExpectedForgery expected = of_s0(true);
    expected.rtt_ms = {};
    add("MonitorStartsBeforeTheGreeting", after_handshake, expected);

    // Nothing to compare the forged packet with before the genuine reply.
    Session before_rcpt = session();
    before_rcpt.handshake().server("220 5a-p07-b3.data-hotel.net ESMTP\r\n");
    before_rcpt.monitor_starts_here();
    before_rcpt.client("RCPT TO:<jimgreen@neptune.livedoor.com>\r\n").essential();
    before_rcpt.forged(kServer, kForged500, kForger).server("250 Ok\r\n").essential().decisive();
    before_rcpt.client_takes(3).client("QUIT\r\n", kData | kFin);
    expected.baseline_ttl = {};
    add("MonitorStartsBeforeTheRcpt", before_rcpt, expected);

    // What the server is known for is then the forger's, and its own replies differ.
    Session taken_for_the_server = session();
    taken_for_the_server.handshake().server("220 5a-p07-b3.data-hotel.net ESMTP\r\n");
    taken_for_the_server.monitor_starts_here();
    taken_for_the_server.client("RCPT TO:<jimgreen@neptune.livedoor.com>\r\n").essential();
    taken_for_the_server.forged(kServer, kForged500, {57, 64, false, 4096, true}).punctual();
    taken_for_the_server.server("250 Ok\r\n").punctual().decisive();
    taken_for_the_server.client("QUIT\r\n").server("221 Bye\r\n");
    ExpectedForgery first = of_s0({});
    first.rtt_ms = {};
    first.at_once = false;
    first.baseline_ttl = {};
    add("MonitorTakesTheForgerForTheServer", taken_for_the_server, first);
  }

  static ExpectedForgery reset_by_s0() {
    return {.reset = true, .forger_class = "simple", .forger_hops = 7};
  }

  void resets_in_the_servers_name() {
    Session triplet = until_rcpt();
    for (const std::uint32_t offset : {0U, 1460U, 4380U}) {
      triplet.after(54 + offset / 10'000.0).forged(kServer, "", kForger, kReset, offset);
    }
    triplet.server("250 Ok\r\n").essential().client("DATA\r\n").server("354 go\r\n");
    add("ResetTriplet", triplet, reset_by_s0());

    Session identical = until_rcpt();
    for (int i = 0; i < 3; ++i) {
      identical.after(54 + i / 10.0).forged(kServer, "", kForger, kReset | kAck);
    }
    identical.server("250 Ok\r\n").essential().client("DATA\r\n").server("354 go\r\n");
    add("IdenticalResetTriplet", identical, reset_by_s0());

    Session single = until_rcpt();
    single.forged(kServer, "", kForger, kReset).server("250 Ok\r\n").essential();
    single.client("DATA\r\n").server("354 go\r\n");
    add("ResetThenData", single, reset_by_s0());
  }

  void other_resets() {
    Session of_client = until_rcpt();
    of_client.server("250 Ok\r\n").wait(40);
    of_client.forged(kClient, "", {120, 64, false, 0, false}, kReset);
    of_client.wait(60).client("DATA\r\n").essential().server("354 go\r\n");
    add("ResetInTheClientsName", of_client,
        {.reset = true,
         .forger_class = "simple",
         .baseline_ttl = 127,
         .forged_ttl = 120,
         .forger_hops = 8});

    // As national firewalls do: the reply, then a RST behind it.
    Session both = until_rcpt();
    // In this order: a RST that came first would be told as one.
    both.forged(kServer, kForged500, kForger).decisive().punctual();
    both.after(54.3).forged(kServer, "", {57, 65, false, 0, false}, kReset | kAck, 11).punctual();
    both.client_takes(11);
    add("DataThenReset", both, of_s0({}));
    both.server("250 Ok\r\n");
    add("DataThenResetThenGenuine", both, of_s0({}));
  }
};

}  // namespace

std::vector<Variant> repeated_forgeries(bool reset, int connections) {
  std::vector<Variant> variants;
  for (int i = 0; i < connections; ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    Session smtp({.client_port = static_cast<std::uint16_t>(60661 + i),
                  .client_isn = 0x2E68FF24 + 0x10000 * number,
                  .server_isn = 0x1527A9A1 + 0x20000 * number,
                  .start_seconds = 60.0 * i});
    smtp.handshake().server("220 mx ready\r\n").client("HELO livedoor.cn\r\n").server("250 mx\r\n");
    smtp.client("RCPT TO:<jimgreen@neptune.livedoor.com>\r\n");
    smtp.forged(kServer, reset ? "" : kForged500, kForger, reset ? unsigned{kReset} : kData);
    smtp.server("250 Ok\r\n").client("DATA\r\n").server("354 go\r\n");
    variants.push_back({"Connection" + std::to_string(i),
                        smtp.steps(),
                        smtp.endpoint(kClient),
                        smtp.endpoint(kServer),
                        {.reset = reset}});
  }
  return variants;
}

std::vector<Variant> forged_variants(Wrapping wrapping, bool ipv6) {
  return Variants(wrapping, ipv6).all();
}

}  // namespace mxray::test
