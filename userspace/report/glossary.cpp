// SPDX-License-Identifier: Apache-2.0
// What do the signals and terms mean to somebody who sees them for the first time?
#include <algorithm>
#include <array>

#include "report/sections.h"
#include "report/tables.h"

namespace mxray {
namespace {

struct Entry {
  const char* term;
  const char* meaning;
  bool quotes = false;  // what it saw or expected is text from the network
};

// docs/detection.md has the reasons and the measured rates.
constexpr std::array kSignals = {
    Entry{"addresses", "the same user or site came from several addresses"},
    Entry{"again", "it happened repeatedly"},
    Entry{"alive_after_reset", "who is said to have hung up went on with the connection"},
    Entry{"answered_by_gateway", "the gateway's own service answered in the server's place"},
    Entry{"auth_lost", "the server's offer of a login is missing where it was before"},
    Entry{"client_accepted", "the receiver took the forged bytes for the sender's"},
    Entry{"client_at_server", "the client's address as the server sees it", true},
    Entry{"command_overwritten", "a command reached the server with its letters replaced", true},
    Entry{"constant_window",
          "TTL and TCP window move together, which only some injecting devices do"},
    Entry{"content_conflict",
          "two packets claim the same bytes of the stream with other content; "
          "a repetition repeats its bytes"},
    Entry{"distinct_clients", "several clients stand behind one address"},
    Entry{"dont_fragment", "the IP flag DF differs: another operating system wrote the packet"},
    Entry{"first_refused", "when the first mail was refused"},
    Entry{"foreign_name", "the client calls itself by the name of a stranger's host", true},
    Entry{"forged_reply", "a reply was forged on the same connection", true},
    Entry{"forged_reset", "a reset was forged on the same connection"},
    Entry{"forger_hops", "why the forger's distance cannot be told"},
    Entry{"greeting_delay", "time until the server's first line"},
    Entry{"greeting_host", "the name in the server's greeting", true},
    Entry{"greeting_overwritten", "a firewall replaced the letters of the server's greeting", true},
    Entry{"hops", "routers on the way, by the TTL"},
    Entry{"ident_explains_wait", "share of the wait that ident took"},
    Entry{"ident_late", "the ident query was answered late"},
    Entry{"ident_repeated", "the server repeated its ident query because nothing answered"},
    Entry{"ident_unanswered", "the server's ident query got neither an answer nor a refusal"},
    Entry{"ip_id", "the IP packet number; it only explains"},
    Entry{"ip_id_copied", "the packet carries the IP packet number of the one it answers"},
    Entry{"ip_id_repeated", "the packet carries the IP packet number of the one before"},
    Entry{"last_refused", "when the latest mail was refused"},
    Entry{"local_sender_unauthenticated", "mail in the name of a local user came without a login",
          true},
    Entry{"mails_refused", "how many mails were refused"},
    Entry{"many_senders", "one client sends for many domains, as a proxy does"},
    Entry{"no_syn_ack", "the connection was asked for and never granted"},
    Entry{"no_timestamps",
          "both ends agreed on TCP timestamps (RFC 7323) and this packet has none"},
    Entry{"not_forwarded", "the gateway sent the connection nowhere"},
    Entry{"offer_overwritten", "a firewall replaced the letters of the server's offers", true},
    Entry{"own_name", "the client calls itself by a name of ours", true},
    Entry{"published_elsewhere", "the gateway leads other clients to the server"},
    Entry{"reflected_header", "the header is copied from the packet that it answers"},
    Entry{"refused", "the server refused"},
    Entry{"refused_by_gateway", "the gateway itself refused the connection"},
    Entry{"refused_too_many", "the server refused because the client came too often", true},
    Entry{"relay", "the client hands in mail of other domains, too", true},
    Entry{"repeated", "it happened on several connections"},
    Entry{"reply_code", "the server's reply code, and the command that it answers"},
    Entry{"reply_text", "the server's reply", true},
    Entry{"reserved_bits", "bits of the TCP header are set that must be zero (RFC 9293)"},
    Entry{"reset_ahead", "resets guess at how far the sender has come"},
    Entry{"reset_burst", "several resets where one would do"},
    Entry{"reset_sequence", "the reset is not at the sender's next byte"},
    Entry{"reset_ttl", "the reset has a TTL that the sender never had"},
    Entry{"returned_inside",
          "the gateway sent the connection back inside with the client's own "
          "address"},
    Entry{"round_trip", "time of a packet there and back"},
    Entry{"same_segment", "client and server are in one network, so answers pass the gateway by"},
    Entry{"same_sequence_numbers", "both sides of the gateway show the same connection"},
    Entry{"server_answers_others", "other clients reach the server at the same time"},
    Entry{"server_lookup", "what the server asked the DNS before it greeted"},
    Entry{"starttls_lost", "the server's offer to encrypt is missing where it was before"},
    Entry{"syn_ack_options", "TCP options of the connection's first answer"},
    Entry{"too_early", "it answers what cannot have reached the other end yet"},
    Entry{"ttl", "it passed another number of routers than the sender's other packets"},
    Entry{"ttl_handshake", "TTL of the connection's first answer; it only explains"},
    Entry{"window", "the TCP window; it only explains"},
    Entry{"window_zero", "it carries data and wants no answer (window 0)"},
    Entry{"withdrawn", "the finding was taken back"},
    Entry{"works_since", "since when it works again"},
};

constexpr std::array kTerms = {
    Entry{"certain, probable, possible",
          "a score of 6 or more, of 4, of 3. The score is the sum of the weights; a weight is the "
          "decimal logarithm of how much likelier a signal is in a forged packet than in a genuine "
          "one."},
    Entry{"TTL, hop",
          "every router on the way (a hop) takes one off a packet's TTL. Senders start "
          "at 64, 128 or 255, so the TTL tells how many routers a packet has passed."},
    Entry{"round trip (RTT)",
          "the time from a packet to the answer of the other end, measured on "
          "the connection's own handshake."},
    Entry{"ident",
          "a question of the server to the client's address, on TCP port 113 (RFC 1413), "
          "before it greets."},
    Entry{"forger",
          "what sent packets in another's name. simple: with a TCP/IP stack of its own, so its TTL "
          "tells how far away it is; constant_window: draws its TTL at random; reflector, mimic: "
          "copy the header of another packet. The last three hide how far away they are."},
    Entry{"gateway", "the machine on which mxray watched; distances count from it."},
};

}  // namespace

bool may_quote(std::string_view signal) {
  const auto* entry = std::find_if(kSignals.begin(), kSignals.end(),
                                   [signal](const Entry& known) { return known.term == signal; });
  return entry == kSignals.end() || entry->quotes;
}

Html glossary(const std::set<std::string>& used) {
  std::vector<Fact> facts;
  for (const Entry& entry : kTerms) facts.push_back({entry.term, entry.meaning});
  for (const Entry& entry : kSignals) {
    if (used.contains(entry.term)) facts.push_back({entry.term, entry.meaning});
  }
  return fact_list(facts, "facts glossary");
}

}  // namespace mxray
