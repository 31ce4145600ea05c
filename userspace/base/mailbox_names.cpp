// SPDX-License-Identifier: Apache-2.0
#include "base/mailbox_names.h"

#include <algorithm>
#include <cctype>

#include "base/address.h"

namespace mxray {
namespace {

using std::string_view;

constexpr string_view kCut = "...";
constexpr string_view kOpening = "\"'`([{<:;,=*";
constexpr string_view kClosing = "\"'`)]}>:;,.!?=";

// The word behind one of these may be the mailbox.
constexpr string_view kNaming =
    " account addressee address addresses alias customer email local-part login mail mailbox "
    "mailto owner person rcpt recip recipient recipients user userid username usr ";

// These may stand between.
constexpr string_view kFillers = " - : = called for id is name named named: of the ";

// In a reply's second place these make a name of its first word.
constexpr string_view kSaidOfNames =
    " does doesn't has invalid is isn't no not over rejected unavailable unknown was ";

// Ordinary words of replies. A mailbox may be called so, too: that tells nothing.
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

bool is_one_of(string_view list, string_view word) {
  if (word.size() > 20) return false;  // none is that long
  std::string spaced = " ";
  for (const char c : word) {
    spaced += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return list.find(spaced + ' ') != string_view::npos;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// Letters that may stand in a mailbox name; what is not here ends it. The
// backslash is the sanitizer's, for letters beyond ASCII (RFC 6531).
bool belongs_to_mailbox(char c) {
  return is_letter_or_digit(c) ||
         string_view("!#$%&'*+-/=?^_`{|}~.\\").find(c) != string_view::npos;
}

bool is_address(string_view word) {
  if (word.starts_with("IPv6:")) word.remove_prefix(5);
  return parse_address(word).has_value();
}

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

// `mx.example.org[192.0.2.1]`, `unknown[192.0.2.1]`, `192.0.2.1`.
bool is_place(string_view word) {
  const std::size_t bracket = word.find('[');
  if (bracket == string_view::npos) return is_host(word) || is_address(word);
  const string_view name = word.substr(0, bracket);
  string_view address = word.substr(bracket + 1);
  if (address.ends_with(']')) address.remove_suffix(1);
  return is_address(address) && (name.empty() || name == "unknown" || is_host(name));
}

bool is_url(string_view word) { return word.starts_with("http:") || word.starts_with("https:"); }

// One that is cut off may end in a name.
bool is_whole_url(string_view word, bool is_cut) {
  return is_url(word) && !(is_cut && word.find('?') != string_view::npos);
}

bool is_code(string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789.") == string_view::npos &&
         (word.size() < 5 || word.find('.') != string_view::npos);
}

// `...@example.org`: the name is gone already.
bool is_cut_mailbox(string_view word) {
  if (!word.starts_with(kCut) || word.size() == kCut.size()) return false;
  word.remove_prefix(kCut.size());
  return (word.starts_with('@') || word.starts_with("%40")) &&
         word.find_first_of(" :<>\"'`") == string_view::npos;
}

// Inspection boxes write X over what they do not let pass.
bool is_masked(string_view word) {
  return !word.empty() && word.find_first_not_of("Xx") == string_view::npos;
}

bool tells_nothing(string_view word) {
  return word.empty() || is_one_of(kOrdinary, word) || is_masked(word) || is_cut_mailbox(word);
}

// Takes the mailbox name that `text` ends in away; whether there was one. A
// quoted name may hold anything (RFC 5321, 4.1.2).
bool drop_mailbox(std::string& text) {
  const std::size_t last = text.find_last_not_of(' ');
  if (last == std::string::npos) return false;
  if (text[last] != '"' && !belongs_to_mailbox(text[last])) return false;
  text.resize(last + 1);
  if (text.ends_with('"')) {
    text.pop_back();
    const std::size_t quote = text.rfind('"');
    text.erase(quote == std::string::npos ? 0 : quote);
  }
  while (!text.empty() && belongs_to_mailbox(text.back())) text.pop_back();
  return true;
}

std::string without_names_before_at(string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_at = text[i] == '@' || text.substr(i).starts_with("%40");
    if (is_at && drop_mailbox(out)) out += kCut;
    if (text[i] == '@' || !is_at) {
      out += text[i];
    } else {
      out += "%40";
      i += 2;
    }
  }
  return out;
}

bool may_stand_in_brackets(string_view inner) {
  const bool is_one_word = inner.find(' ') == string_view::npos;
  return inner.empty() || inner == "forward-path" || inner == "CR" || inner == "LF" ||
         inner == "CRLF" || (is_one_word && is_url(inner)) || is_place(inner) ||
         is_cut_mailbox(inner);
}

std::string without_names_in_brackets(string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('<'), text.size());
    out += text.substr(0, open);
    if (open == text.size()) break;
    out += '<';
    text.remove_prefix(open + 1);
    // One that is not closed may be cut off.
    const std::size_t end = std::min(text.find_first_of("<>"), text.size());
    string_view inner = text.substr(0, end);
    const bool is_less_than = inner.starts_with(' ') && !text.substr(end).starts_with('>');
    out += is_less_than || may_stand_in_brackets(inner) ? inner : kCut;
    text.remove_prefix(end);
  }
  return out;
}

// The values of `user=` and the like.
std::string without_values(string_view word) {
  std::string out;
  while (!word.empty()) {
    const std::size_t end = std::min(word.find_first_of("?&;"), word.size() - 1) + 1;
    const string_view pair = word.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals != string_view::npos && is_one_of(kNaming, pair.substr(0, equals)) &&
        !is_cut_mailbox(pair.substr(equals + 1))) {
      out.append(pair.substr(0, equals + 1)).append(kCut);
      if (end < word.size()) out += pair.back();
    } else {
      out += pair;
    }
    word.remove_prefix(end);
  }
  return out;
}

/// A word with the marks around it: `(`, `anna`, `),`.
struct Word {
  string_view before;
  string_view core;
  string_view after;
  bool spaced = false;  // a space follows
};

Word take_word(string_view& text) {
  const string_view whole = text.substr(0, text.find(' '));
  const bool spaced = whole.size() < text.size();
  text.remove_prefix(whole.size() + (spaced ? 1 : 0));
  const std::size_t begin = std::min(whole.find_first_not_of(kOpening), whole.size());
  const std::size_t last = whole.find_last_not_of(kClosing);
  const std::size_t end = last == string_view::npos || last < begin ? begin : last + 1;
  return {whole.substr(0, begin), whole.substr(begin, end - begin), whole.substr(end), spaced};
}

bool is_bang_path(string_view word) {
  for (std::size_t i = word.find('!'); i != string_view::npos; i = word.find('!', i + 1)) {
    if (i > 0 && i + 1 < word.size()) return true;
  }
  return false;
}

/// Goes through the words of a reply and knows of each whether it may be a name.
class WordJudge {
 public:
  explicit WordJudge(string_view text)
      : of_failure_(!text.starts_with('2') && !text.starts_with('3')) {}

  /// `is_last`: may have been cut off. `next_tells`: what follows may say that this
  /// is a name.
  bool may_be_name(const Word& word, bool is_last, bool next_tells) {
    if (word.core == "/" && word.before.empty()) {  // a line's end
      quote_ = 0;
      place_ = Place::kCode;
      if (!of_failure_) named_ = false;
      return false;
    }
    if (word.before.empty() && is_code_here(word.core)) return false;
    open_quote(word);
    const bool is_first =
        place_ != Place::kInside && (about_mailbox_ || (of_failure_ && next_tells));
    place_ = Place::kInside;
    const bool suspect = quote_ != 0 || is_last || is_first || word.after.starts_with(kCut) ||
                         is_bang_path(word.core);
    const bool is_name =
        (suspect && !tells_nothing(word.core) && !is_place(word.core) &&
         !is_whole_url(word.core, is_last) && !is_code(word.core)) ||
        (named_ && !tells_nothing(word.core) && !is_address(word.core) && !is_filler(word.core));
    named_ =
        is_one_of(kNaming, word.core) || (named_ && (word.core.empty() || is_filler(word.core)));
    close_quote(word);
    return is_name;
  }

 private:
  enum class Place { kCode, kEnhanced, kInside };

  static bool is_filler(string_view word) { return is_one_of(kFillers, word); }

  // `550`, `550-`, `550-5.1.1` or `5.1.1` where a line begins.
  bool is_code_here(string_view word) {
    if (place_ == Place::kInside) return false;
    if (place_ == Place::kCode && word.size() >= 3 && is_code(word.substr(0, 3))) {
      if (word.size() == 3 || word[3] == '-') {
        place_ = Place::kEnhanced;
        const string_view rest = word.substr(std::min<std::size_t>(4, word.size()));
        if (!rest.empty() && !is_code(rest)) {
          place_ = Place::kInside;
          return !(named_ || quote_ != 0) || tells_nothing(rest);
        }
        if (!rest.empty()) note_enhanced(rest);
        return true;
      }
    }
    if (!is_code(word) || word.find('.') == string_view::npos) return false;
    note_enhanced(word);
    return true;
  }

  void note_enhanced(string_view code) {
    about_mailbox_ =
        code.size() >= 5 && code[1] == '.' && (code[2] == '1' || code[2] == '2') && code[3] == '.';
  }

  void open_quote(const Word& word) {
    if (quote_ != 0) return;
    const std::size_t at = word.before.find_first_of("\"'`");
    if (at != string_view::npos) quote_ = word.before[at];
  }

  void close_quote(const Word& word) {
    const string_view ends = quote_ == '"' ? "\"" : "'`";
    if (quote_ != 0 && word.after.find_first_of(ends) != string_view::npos) quote_ = 0;
  }

  bool of_failure_;
  char quote_ = 0;
  bool named_ = false;
  bool about_mailbox_ = false;
  Place place_ = Place::kCode;
};

}  // namespace

std::string without_mailboxes(string_view text, bool cut_off) {
  const std::string bare = without_names_in_brackets(without_names_before_at(text));
  WordJudge judge(bare);
  std::string out;
  string_view rest = bare;
  while (!rest.empty()) {
    const Word word = take_word(rest);
    const bool is_last = cut_off && rest.empty();
    string_view ahead = rest;
    const string_view next = take_word(ahead).core;
    const bool next_tells =
        is_one_of(kSaidOfNames, next) || (cut_off && !rest.empty() && ahead.empty());
    out += word.before;
    out += judge.may_be_name(word, is_last, next_tells) ? std::string(kCut)
                                                        : without_values(word.core);
    const bool twice = out.ends_with(kCut) && word.after.starts_with(kCut);
    out += twice ? word.after.substr(kCut.size()) : word.after;
    if (word.spaced) out += ' ';
  }
  return out;
}

std::string ordinary_words(string_view text) {
  std::string out;
  while (!text.empty()) {
    const Word word = take_word(text);
    const bool stays = tells_nothing(word.core) || is_place(word.core) || is_code(word.core);
    const string_view core = stays ? word.core : kCut;
    if (!stays && word.before.empty() && out.ends_with(kCut)) continue;
    if (!out.empty()) out += ' ';
    out.append(word.before).append(core).append(stays ? word.after : string_view());
  }
  return out;
}

}  // namespace mxray
