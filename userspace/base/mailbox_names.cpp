// SPDX-License-Identifier: Apache-2.0
#include "base/mailbox_names.h"

#include <algorithm>
#include <cctype>

#include "base/mailbox_words.h"

namespace mxray {
namespace {

using namespace mailbox_words;
using std::string_view;

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

// Letters that may stand in a mailbox name; what is not here ends it. The
// backslash is the sanitizer's, for letters beyond ASCII (RFC 6531).
bool belongs_to_mailbox(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         string_view("!#$%&'*+-/=?^_`{|}~.\\").find(c) != string_view::npos;
}

bool is_url(string_view word) { return word.starts_with("http:") || word.starts_with("https:"); }

// One that is cut off may end in a name.
bool is_whole_url(string_view word, bool is_cut) {
  return is_url(word) && !(is_cut && word.find('?') != string_view::npos);
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
