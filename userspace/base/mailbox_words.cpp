// SPDX-License-Identifier: Apache-2.0
#include "base/mailbox_words.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "base/address.h"

namespace mxray::mailbox_words {
namespace {

using std::string_view;

// Ordinary words of replies.
constexpr string_view kOrdinary =
    " # & * + +ok - -> -err 8bitmime a about accept accepted access account accounts action active "
    "address addressee addresses administrative administratively administrator again alias all "
    "allowed already an and any apop are argument as at attempts auth authenticate authenticated "
    "authenticating authentication authorization authorized bad badmailfrom banned be because been "
    "before being black block blacklist blacklisted blocked bounce bounced busy but by bye bytes "
    "callout can "
    "can't cannot capability check client closed closing code command commands completed connect "
    "connection connections contact content could couldn't cram-md5 currently data deferred "
    "delayed deleted delivered delivery deny denied did digest-md5 directory disabled discontinued "
    "dns "
    "do does doesn't domain domains don't dovecot due ehlo email empty enabled error errors esmtp "
    "exceed exceeded exceeds exist existent exists expired expn external fail failed failure "
    "fetch flags for format found from full get go goodbye greylisted greylisting gssapi had "
    "hangup has have hello helo help here host hostname hour id idle if illegal imap imap4 "
    "imap4rev1 in inactive inbox incorrect input insufficient invalid ip is isn't it known later "
    "limit limited list listed local local-part localhost located lock locked logged login "
    "logindisabled logout lookup mail mailbox mailboxes mailer-daemon malformed match maximum may "
    "message messages missing mode moved must mx my name named namespace need new no no-such-user "
    "non-existent non-local nonexistent noop not nothing null number octets of ok okay on one only "
    "open "
    "or originator other our out over pass password permanently permission permissions permitted "
    "person pipelining plain please policy pop3 possible postmaster prohibited proper ptr queued "
    "quit quota rate rcpt reach read-only read-write ready reason receive receiving recipient "
    "recipient's recipients record refused reject rejected relay relaying relayed remote removed "
    "reply requested required requires resolve resources restricted reverse route routing rset "
    "said same sasl sasl-ir scanning see send sender sender's senders sending sent server service "
    "session shutting signed size smtp so sorry spam starttls stat status still stopped storage "
    "such support suspended syntax system table temporarily temporary terminated terminating than "
    "thank that the there this timeout to too transaction transfer try unable unauthenticated "
    "unavailable undeliverable unhandled uidl uidplus unknown unreachable unrecognized unroutable "
    "unrouteable unsupported unverified up user user's username users utf8 valid verification "
    "verified verify virtual vrfy was we welcome with without wrong xclient xoauth2 yes you your ";

// An ending that no name has by chance; a country's has two letters.
constexpr string_view kTopDomains =
    " arpa biz com edu example gov info int internal invalid lan local mil net org test ";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool is_host(string_view word) {
  const std::size_t dot = word.rfind('.');
  if (dot == string_view::npos || dot == 0) return false;
  const string_view top = word.substr(dot + 1);
  const bool is_name = std::all_of(word.begin(), word.end(), [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
  });
  const bool is_top =
      top.size() == 2 ? !is_digit(top[0]) && !is_digit(top[1]) : is_one_of(kTopDomains, top);
  return is_name && is_top;
}

// Inspection boxes write X over what they do not let pass.
bool is_masked(string_view word) {
  return !word.empty() && word.find_first_not_of("Xx") == string_view::npos;
}

}  // namespace

bool is_one_of(string_view list, string_view word) {
  if (word.size() > 20) return false;  // none is that long
  std::string spaced = " ";
  for (const char c : word) {
    spaced += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return list.find(spaced + ' ') != string_view::npos;
}

bool is_address(string_view word) {
  if (word.starts_with("IPv6:")) word.remove_prefix(5);
  return parse_address(word).has_value();
}

bool is_place(string_view word) {
  const std::size_t bracket = word.find('[');
  if (bracket == string_view::npos) return is_host(word) || is_address(word);
  const string_view name = word.substr(0, bracket);
  string_view address = word.substr(bracket + 1);
  if (address.ends_with(']')) address.remove_suffix(1);
  return is_address(address) && (name.empty() || name == "unknown" || is_host(name));
}

bool is_code(string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789.") == string_view::npos &&
         (word.size() < 5 || word.find('.') != string_view::npos);
}

bool is_cut_mailbox(string_view word) {
  if (!word.starts_with(kCut) || word.size() == kCut.size()) return false;
  word.remove_prefix(kCut.size());
  return (word.starts_with('@') || word.starts_with("%40")) &&
         word.find_first_of(" :<>\"'`") == string_view::npos;
}

bool tells_nothing(string_view word) {
  return word.empty() || is_one_of(kOrdinary, word) || is_masked(word) || is_cut_mailbox(word);
}

}  // namespace mxray::mailbox_words
