// SPDX-License-Identifier: Apache-2.0
// Does anything of the inside leave in an anonymous page, and does the rest stay readable?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <regex>
#include <sstream>

#include "format_samples.h"
#include "report/anonymize.h"
#include "report_samples.h"

namespace mxray {
namespace {

using testing::HasSubstr;
using testing::Not;

Pseudonyms names() {
  return {{{{*parse_address("2001:db8:1::"), 48}},
           {*parse_address("10.4.1.4"), *parse_address("198.51.100.7")}},
          {*parse_address("203.0.113.25"), *parse_address("10.4.1.4")}};
}

std::string named(const char* text) {
  Pseudonyms all = names();
  return anonymized(text, all);
}
std::string quoted(std::string_view text) { return names().quoted(text); }
std::string own(std::string_view text, const std::vector<std::string>& quotations = {}) {
  return names().own(text, quotations);
}

TEST(AnonymizedPage, NamesInsideAddressesAsMxrayWritesThem) {
  EXPECT_EQ(named("10.4.1.4:60661 to 203.0.113.25:25"), "client-1:60661 to 203.0.113.25:25");
  EXPECT_EQ(named("(10.4.1.4), [fd00::1]:25, fd00::1."), "(client-1), [host-1]:25, host-1.");
  EXPECT_EQ(named("::ffff:10.4.1.4 FD00:0:0::1: refused"), "client-1 host-1: refused");
  EXPECT_EQ(named("&quot;10.4.1.4&quot;&#39;192.168.1.5&#39;"),
            "&quot;client-1&quot;&#39;host-1&#39;");
  EXPECT_EQ(named("2001:db8:1:2::9, not 2001:db8:2::9"), "host-1, not 2001:db8:2::9");
}

TEST(AnonymizedPage, GivesOneAddressOneName) {
  EXPECT_EQ(named("198.51.100.7 10.4.1.4 192.168.1.5 198.51.100.7 192.168.1.6"),
            "client-1 client-2 host-1 client-1 host-2");
}

TEST(AnonymizedPage, NamesNetworksAsSuch) {
  EXPECT_EQ(named("-s 192.168.1.0/24 -d 192.168.1.0 and 203.0.113.0/24"),
            "-s network-1/24 -d host-1 and 203.0.113.0/24");
}

TEST(AnonymizedPage, LeavesOtherTextAlone) {
  for (const char* text : {"550 5.7.1 refused", "version 1.10.4.1.4", "at 14:44:52", "abcd::efgh",
                           "::", "10.4.1", "10.4.1.400", "a:hover", "203.0.113.25", ""}) {
    EXPECT_EQ(named(text), text);
  }
}

TEST(Inside, SeesTheAddressThatAnIpv6OneCarries) {
  const Inside inside({{*parse_address("203.0.113.0"), 24}}, {});
  for (const char* address :
       {"64:ff9b::a01:407", "64:ff9b::10.1.4.7", "2002:a01:407::", "::ffff:10.1.4.7", "::a01:407",
        "2001:0:c000:201::f5fe:fbf8", "2001:db8::200:5efe:a01:407", "2001:db8:64::a01:407",
        "64:ff9b:1::cb00:7101", "64:ff9b::cb00:7101", "fec0::1"}) {
    EXPECT_TRUE(inside.contains(*parse_address(address))) << address;
  }
  for (const char* address : {"64:ff9b::c000:201", "2002:c000:201::", "192.0.2.1", "2001:db8::25",
                              "2001:0:a01:407::3fff:fdfe"}) {
    EXPECT_FALSE(inside.contains(*parse_address(address))) << address;
  }
}

TEST(QuotedText, KeepsWhatStockRepliesAreMadeOf) {
  for (const char* text :
       {"500 error", "250 Ok", "551 User not local; please try <forward-path>",
        "550 5.7.25 no PTR record", "250-PIPELINING / 250-8BITMIME / 250 STARTTLS",
        "+OK POP3 ready", "RCPT TO:<...>", "-ERR no", "BDAT 100 LAST", "* OK IMAP4rev1 ready",
        "554 5.7.1 <...>: Relay access denied", "QUIT", "...",
        "421 too many connections from 203.0.113.25 (203.0.113.25:25)"}) {
    EXPECT_EQ(quoted(text), text);
  }
}

TEST(QuotedText, NamesEveryOtherWordAndAddress) {
  EXPECT_EQ(quoted("EHLO MAILSRV"), "EHLO word-1");
  EXPECT_EQ(quoted("550 user john unknown; JOHN, joan"), "550 user word-1 unknown; word-1, word-2");
  EXPECT_EQ(quoted("RCPT TO:<...@corp.example>"), "RCPT TO:<...@word-1>");
  EXPECT_EQ(quoted("250 mx.corp.example Hello [10.4.1.4]"), "250 word-1 Hello [client-1]");
  EXPECT_EQ(quoted("blocked [IPv6:fd00::1], 192.0.2.9, fe80::1%wan0"),
            "blocked [host-1], host-2, host-3");
  EXPECT_EQ(quoted("host-10-4-1-4 0a040104 010.004.001.004 167772161"),
            "word-1 word-2 word-3 word-4");
}

TEST(OwnText, LosesNamesAndInsideAddressesOnly) {
  EXPECT_EQ(own("from 7 hops away (server 203.0.113.25:25 is 15 away): TTL 57≠49, 54.1 ms < RTT"),
            "from 7 hops away (server 203.0.113.25:25 is 15 away): TTL 57≠49, 54.1 ms < RTT");
  EXPECT_EQ(own("-s 192.168.1.0/24 -o lan0 to 10.4.1.4:25, mx.corp.example"),
            "-s network-1/24 -o word-1 to client-1:25, word-2");
  EXPECT_EQ(own("the POP3 greeting of [2001:db8::25]:110"),
            "the POP3 greeting of [2001:db8::25]:110");
  EXPECT_EQ(own("2026-09-26T14:44:53.103Z since 2026-09-26T14:44:53Z."),
            "2026-09-26T14:44:53.103Z since 2026-09-26T14:44:53Z.");
  Pseudonyms all = names();
  all.call("lan0", "interface-1");
  EXPECT_EQ(all.own("seen on lan0, lan01"), "seen on interface-1, word-1");
}

TEST(OwnText, TakesWhatItQuotesAsQuoted) {
  EXPECT_EQ(own("refused: \"550 john\" by john"), "refused: \"550 word-1\" by john");
  EXPECT_EQ(
      own("it (HELO MAILSRV) said \"550 \"john\" unknown\".", {"MAILSRV", "550 \"john\" unknown"}),
      "it (HELO word-1) said \"550 \"word-2\" unknown\".");
  const std::string reply = "550 no such user in our directory \"john\" here, ask \"joan\" there";
  EXPECT_EQ(own(reply.substr(0, 50) + "...", {reply}),
            "550 no such user in our directory \"word-1\" here, ask...");
}

// Whatever stands between quotation marks in the analysis that writes sentences.
std::vector<std::string> sentences_of_the_analysis() {
  const std::regex literal(R"re("((?:[^"\\\n]|\\.)*)"(?:\s*"((?:[^"\\\n]|\\.)*)")*)re");
  const std::regex placeholder(R"(\{\{|\}\}|\{[^{}]*\})");
  std::vector<std::string> sentences;
  for (const auto& file : std::filesystem::directory_iterator(MXRAY_ANALYSIS_FOLDER)) {
    const std::string name = file.path().filename();
    if (!name.ends_with("_text.cpp") && name != "nat_rules.cpp" && name != "submission.cpp")
      continue;
    std::stringstream text;
    text << std::ifstream(file.path()).rdbuf();
    std::string source = std::regex_replace(text.str(), std::regex("#include.*|//.*"), "");
    source = std::regex_replace(source, std::regex(R"("\s*\n\s*")"), "");
    for (std::sregex_iterator match(source.begin(), source.end(), literal), end; match != end;
         ++match) {
      std::string sentence = std::regex_replace(match->str(1), std::regex(R"(\\")"), "\"");
      sentence = std::regex_replace(sentence, std::regex(R"(\\n)"), "\n");
      sentence = std::regex_replace(sentence, std::regex(R"(\.\{)"), ". {");
      sentences.push_back(std::regex_replace(sentence, placeholder, "mail"));
    }
  }
  return sentences;
}

TEST(OwnText, KeepsTheWordsOfTheAnalysis) {
  const std::vector<std::string> sentences = sentences_of_the_analysis();
  EXPECT_GT(sentences.size(), 100U);
  for (const std::string& sentence : sentences) EXPECT_EQ(own(sentence), sentence);
}

// The writings of an address that anybody has seen in host names, replies and logs.
std::vector<std::string> writings_of(const core::address& address) {
  const std::uint8_t* b = address.bytes;
  const std::string text = to_string(address);
  if (!is_ipv4(address)) {
    std::string full, nibbles, upper = text;
    for (int i = 0; i < 16; ++i)
      full += fmt::format("{}{:02x}", i > 0 && i % 2 == 0 ? ":" : "", b[i]);
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    std::string dashes = text;
    std::replace(dashes.begin(), dashes.end(), ':', '-');
    return {text, upper, full, text + "%wan0", "IPv6:" + text, reverse_name(address), dashes};
  }
  const unsigned w = b[12], x = b[13], y = b[14], z = b[15];
  const std::string dashed = fmt::format("{}-{}-{}-{}", w, x, y, z);
  const std::string hex = fmt::format("{:02x}{:02x}{:02x}{:02x}", w, x, y, z);
  const std::string groups = fmt::format("{:x}:{:x}", w << 8 | x, y << 8 | z);
  return {text,
          "ip" + text + ".example",
          "host" + text,
          text + "x",
          "host-" + dashed + ".corp",
          "ip-" + dashed,
          dashed,
          fmt::format("{}_{}_{}_{}", w, x, y, z),
          reverse_name(address),
          fmt::format("{}.{}.{}.{}.dyn.example", z, y, x, w),
          fmt::format("{:03}.{:03}.{:03}.{:03}", w, x, y, z),
          fmt::format("{:03}{:03}{:03}{:03}", w, x, y, z),
          "64:ff9b::" + groups,
          "64:ff9b::" + text,
          "2002:" + groups + "::",
          "::ffff:" + text,
          "::FFFF:" + groups,
          hex,
          "0x" + hex,
          "pc" + hex,
          fmt::format("{}", w << 24 | x << 16 | y << 8 | z)};
}

// `text` in every field that is text, of every kind of incident and of all around them.
ReportInput told_everywhere(const std::string& text, bool of_captures) {
  ReportInput input = samples::every_kind();
  input.scope = text;
  for (const Incident& incident : input.incidents) input.places[incident.id] = {text, text};
  input.status.store = {"degraded", text};
  const std::string interface = "vlan-" + text;  // else all would be called as it is
  input.status.kernel.attachments = {{interface, text, text, text}};
  if (of_captures) {
    input.captures = CaptureFacts{};
    input.captures->files = {text + ".pcap"};
    input.captures->problem = "/home/" + text + "/x: no end";
  }
  for (Incident& incident : input.incidents) {
    incident.interface = interface;
    incident.summary = "mail of " + text + " said \"" + text + "\" (HELO " + text + ")";
    incident.remedy = "Run `mxray check dns " + text + "`:\n  -d " + text + " -j ACCEPT\n" + text;
    for (const char* signal : {"ttl", "greeting_host", "unheard_of", text.c_str()}) {
      incident.evidence.push_back({signal, text + " on port 25", text, 1});
    }
    for (PacketRow& packet : incident.packets) packet.what = packet.options = packet.text = text;
    if (incident.forgery) {
      Forgery& forgery = *incident.forgery;
      forgery.forged_text = forgery.genuine_text = "550 " + text;
      forgery.forger_class = forgery.trigger_command = forgery.window_rule = text;
    }
    if (incident.waiting) incident.waiting->ident_outcome = text;
    if (incident.dialogue) {
      Dialogue& said = *incident.dialogue;
      said.helo = said.sender_domain = said.reason = text;
      said.reply_text = "550 5.7.1 no [" + text + "] here";
    }
  }
  return input;
}

std::string anonymous(ReportInput input) {
  input.anonymity.on = true;
  return render(input);
}

TEST(AnonymousReport, TellsAnInsideAddressInNoWriting) {
  std::mt19937 random(4711);  // NOLINT(cert-msc51-cpp): the same each time
  for (int round = 0; round < 5; ++round) {
    core::address address = *parse_address(round % 3 == 2   ? "fd12:3456::"
                                           : round % 3 == 1 ? "172.16.0.0"
                                                            : "10.0.0.0");
    for (int i = is_ipv4(address) ? 14 : 8; i < 16; ++i) {
      address.bytes[i] = static_cast<std::uint8_t>(128 + random() % 128);
    }
    for (const std::string& writing : writings_of(address)) {
      ReportInput input = told_everywhere(writing, round % 2 == 1);
      for (Incident& incident : input.incidents) {
        incident.client.address = address;
        incident.translation = Translation{Endpoint{address, 25}, Endpoint{address, 25}, 1};
      }
      const std::string page = anonymous(input);
      for (const std::string& other : writings_of(address)) {
        ASSERT_EQ(page.find(other), std::string::npos)
            << other << " of " << writing << ": "
            << page.substr(std::max<std::size_t>(page.find(other), 80) - 80, 160);
      }
    }
  }
}

// What tells a name, each alone: none may be hidden only because another one is.
TEST(AnonymousReport, TellsNoHostNameDomainOrMailbox) {
  for (const std::string name : {"MAILSRV", "acme.example", "john.doe@acme.example", "zmueller"}) {
    std::vector<Incident> incidents(5, samples::rejected());
    for (Incident& incident : incidents) incident.dialogue = Dialogue{};
    incidents[0].dialogue->helo = name;
    incidents[0].summary = "mail of 192.0.2.1 (HELO " + name + ") is refused";
    incidents[1].dialogue->reply_text = "250 Hello " + name + " \"" + name + "\" " + name;
    incidents[1].summary = "it said: \"" + *incidents[1].dialogue->reply_text + "\".";
    incidents[2].evidence = {{"greeting_host", name + " on port 25", "mx on port 587", 1}};
    incidents[2].summary = "another host: greeting host " + name + " on port 25 ≠ mx on port 587";
    incidents[3].dialogue->sender_domain = name;
    incidents[3].remedy = "the MX of " + name + " must name a host";
    incidents[4].packets = samples::forged_reply().packets;
    incidents[4].packets[1].text = "EHLO " + name;
    for (const Incident& incident : incidents) {
      ReportInput input = samples::report();
      input.incidents = {incident};
      EXPECT_THAT(render(input), HasSubstr(name));
      EXPECT_THAT(anonymous(input), Not(HasSubstr(name)));
    }
  }
}

TEST(AnonymousReport, TellsNoNumberThatIsMadeOfAddresses) {
  ReportInput input = samples::report();
  input.scope = "incident 0123456789ab only";
  input.places["0123456789ab"] = {"", "It sits behind hop 6 (210.53.126.2)."};
  const std::string page = anonymous(input);
  for (const char* id : {"0123456789ab", "ba9876543210", "00000000000f"}) {
    EXPECT_EQ(page.find(id), std::string::npos) << id;
  }
  EXPECT_THAT(page, HasSubstr("incident 2 only"));
  EXPECT_THAT(page, HasSubstr("<h4>Where</h4><p>It sits behind hop 6 (210.53.126.2).</p>"));
  EXPECT_THAT(page, HasSubstr("mxray incidents --since 2026-09-26T14:44:53.103763Z"));
}

TEST(AnonymousReport, TellsNoNameOfAnInterfaceOrFile) {
  ReportInput input = samples::report();
  input.incidents[0].remedy = "nft add rule x iifname \"eth0\" drop";
  input.captures = CaptureFacts{};
  input.captures->files = {"acme-berlin.pcap"};
  const std::string page = anonymous(input);
  for (const char* name : {"eth0", "ppp0", "acme"}) {
    EXPECT_EQ(page.find(name), std::string::npos) << name;
  }
  EXPECT_THAT(page, HasSubstr("iifname &quot;interface-1&quot; drop"));
  EXPECT_THAT(page, HasSubstr("mxray replay --explain file-1"));
}

TEST(AnonymousReport, KeepsWhatTheOtherSideNeeds) {
  const std::string page = anonymous(samples::report());
  for (const char* part : {"203.131.198.80:25", "&quot;500 error&quot;", "250 Ok",
                           "2026-09-26 14:44:53 UTC", "client-", "Withheld"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
  EXPECT_THAT(render(samples::report()), Not(HasSubstr("Withheld")));
}

TEST(AnonymousReport, TakesNetworksThatItIsToldForInside) {
  ReportInput input = samples::report();
  EXPECT_THAT(anonymous(input), HasSubstr("218.104.68.171"));
  input.anonymity.inside = {*parse_network("218.104.68.0/24")};
  EXPECT_THAT(anonymous(input), Not(HasSubstr("218.104.68.171")));
}

}  // namespace
}  // namespace mxray
