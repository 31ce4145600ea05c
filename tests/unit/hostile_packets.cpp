// SPDX-License-Identifier: Apache-2.0
#include "unit/hostile_packets.h"

#include "support/session.h"
#include "unit/mail_talk.h"

namespace mxray::test {
namespace {

constexpr std::string_view kNoPtr = "550 5.7.25 no PTR record";

// What stands in the places of one session; ordinary unless a test says otherwise.
struct Words {
  std::string_view greeting = "mx.example.net ESMTP";
  std::string_view helo = "mail.example.org";
  std::string_view offers = "PIPELINING";
  std::string_view command = "NOOP";
  std::string_view sender_domain = "example.org";
  std::string_view recipient_domain = "example.net";
  std::string_view refusal = kNoPtr;
};

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

// Segments, not lines: Talk writes `\n` as CR LF, so texts keep what they are.
std::vector<TimedPacket> refused_mail(const Words& words) {
  return Talk()
      .server(joined({"220 ", words.greeting, "\n"}))
      .client(joined({"EHLO ", words.helo, "\n"}))
      .server(joined({"250-mx.example.net\n250-", words.offers, "\n250 SIZE\n"}))
      .client(joined({words.command, "\n"}))
      .server("250 2.0.0 Ok\n")
      .client(joined({"MAIL FROM:<a@", words.sender_domain, ">\n"}))
      .server("250 2.1.0 Ok\n")
      .client(joined({"RCPT TO:<b@", words.recipient_domain, ">\n"}))
      .server(joined({words.refusal, "\n"}))
      .bye()
      .packets();
}

std::vector<TimedPacket> packets_of(const Session& session) {
  std::vector<TimedPacket> packets;
  for (const Session::Step& step : session.steps()) packets.push_back(step.packet);
  return packets;
}

// S0, with other words.
std::vector<TimedPacket> forged(std::string_view forged_text, std::string_view genuine_text) {
  Session session;
  session.handshake()
      .server("220 mx.example.net ESMTP\r\n")
      .client("HELO livedoor.cn\r\n")
      .server("250 mx.example.net\r\n")
      .client("RCPT TO:<a@example.net>\r\n")
      .forged(Session::kServer, joined({"500 ", forged_text, "\r\n"}),
              {.ttl = 57, .ip_id = 64, .dont_fragment = false, .timestamps = false})
      .server(joined({"250 ", genuine_text, "\r\n"}))
      .client("QUIT\r\n")
      .finish();
  return packets_of(session);
}

std::vector<TimedPacket> reading(std::uint16_t port, std::string_view greeting,
                                 std::string_view command, std::string_view answer) {
  return Talk({.port = port})
      .wait(20)  // a slow greeting: an incident to show it in
      .server(joined({greeting, "\n"}))
      .client(joined({command, "\n"}))
      .server(joined({answer, "\n"}))
      .bye()
      .packets();
}

}  // namespace

std::vector<HostileText> hostile_texts() {
  const std::string mark(kMark);
  return {
      {"TerminalEscapes", mark + "\x1b[2J\x1b]0;owned\x07\x1b[31mred\x1bP+q\x1b\\"},
      {"EightBitControls", mark + "\x9b\x33\x31m\x90\x9d\x9c\x85 C1"},
      {"Utf8Controls", mark + "\xc2\x9b\x32J\xc2\x85\xe2\x80\xa8\xe2\x80\xa9 lines"},
      {"OtherControls", mark + std::string("\0\a\b\t\v\f\x7f x", 10)},
      {"InvalidUtf8", mark + "\xff\xfe\xc0\x80\xed\xa0\x80\xf5\x80\x80\x80\xe2\x82 x"},
      {"BidirectionalMarks", mark + "\xe2\x80\xae"
                                    "moc.knab\xe2\x80\xac\xe2\x81\xa6\xd8\x9c x"},
      {"Invisible", mark + "\xe2\x80\x8b\xef\xbb\xbf\xf3\xa0\x81\x81\xc2\xad x"},
      {"FourKibibytes", mark + std::string(4096, 'A')},
      {"LineBreaks", mark + "\r\n250 fine\n\r500 not\r\n\r\n"},
      {"LabelBomb", mark + "\"} 1\nmxray_incidents_total{kind=\"forged_reply\"} 999\n# EOF\n"},
      {"Json", mark + R"(","kind":"rejected"},{"\u0000\ud800\":[[[{{{)"},
      {"Html", mark + R"('"><script>alert(1)</script><img src=x onerror=alert(1)>&lt;&#60;)"},
      {"Url", mark + " https://evil.example/?a=b&c javascript:alert(1) <a href=//evil.example>"},
      {"FormatString", mark + " {} {0} {:>999999} %s%n%x ${PATH} $(id) `id`"},
      {"SpreadsheetFormula", mark + " =cmd|' /C calc'!A0 @SUM(1+1) +1 -1"},
  };
}

std::vector<Place> places() {
  return {
      {"Greeting", false, [](auto text) { return refused_mail({.greeting = text}); }},
      {"Helo", true, [](auto text) { return refused_mail({.helo = text}); }},
      {"Offers", false, [](auto text) { return refused_mail({.offers = text}); }},
      {"Command", false, [](auto text) { return refused_mail({.command = text}); }},
      {"AuthMechanism", false,
       [](auto text) {
         return refused_mail({.command = joined({"AUTH ", text})});
       }},
      {"SenderDomain", true, [](auto text) { return refused_mail({.sender_domain = text}); }},
      {"RecipientDomain", false,
       [](auto text) { return refused_mail({.recipient_domain = text}); }},
      {"Refusal", true,
       [](auto text) {
         return refused_mail({.refusal = joined({kNoPtr, " ", text})});
       }},
      {"RefusalCode", false, [](auto text) { return refused_mail({.refusal = text}); }},
      {"ForgedReply", true, [](auto text) { return forged(text, "Ok"); }},
      {"GenuineReply", true, [](auto text) { return forged("error", text); }},
      {"Pop3Greeting", false,
       [](auto text) {
         return reading(110, joined({"+OK ", text}), "USER a", "+OK");
       }},
      {"Pop3Refusal", false,
       [](auto text) {
         return reading(110, "+OK", "STAT", joined({"-ERR ", text}));
       }},
      {"ImapTag", false,
       [](auto text) {
         return reading(143, "* OK", joined({text, " NOOP"}), joined({text, " NO refused"}));
       }},
      {"ImapRefusal", false,
       [](auto text) {
         return reading(143, "* OK", "a1 NOOP", joined({"a1 NO ", text}));
       }},
  };
}

}  // namespace mxray::test
