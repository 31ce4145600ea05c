// SPDX-License-Identifier: Apache-2.0
#include "analysis/reply_reasons.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "analysis/reply_lines.h"
#include "analysis/reply_reasons_table.h"
#include "base/number.h"
#include "base/text.h"

namespace mxray {
namespace {

constexpr std::array<std::string_view, kReasonCount> kReasons = {
    "reverse_dns",  "helo",       "sender_verify", "auth_required", "too_many_attempts",
    "user_unknown", "greylisted", "blocklisted",   "policy",        "other"};
constexpr std::string_view kGap = "..";
// Each rule looks at each word, and the text may be anybody's. No server of
// reply_texts.tsv needs a tenth of it.
constexpr std::size_t kMostRead = 4096;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

// What may stand inside a host name, an address or a URL.
bool is_token_character(char c) {
  return is_alphanumeric(c) || std::string_view(".-_@/:&=%~+?'\\").find(c) != std::string::npos;
}

// A host name, an address, a URL: one word, for a rule about `ptr` does not mean
// the host ptr.example.org.
bool is_name(std::string_view token) {
  if (token.find('@') != std::string_view::npos) return true;
  for (std::size_t dot = token.find('.', 1); dot != std::string_view::npos;
       dot = token.find('.', dot + 1)) {
    if (dot + 1 < token.size() && is_alphanumeric(token[dot - 1]) &&
        is_alphanumeric(token[dot + 1])) {
      return true;
    }
  }
  return token.find("://") != std::string_view::npos;
}

void add_words(std::string_view token, std::vector<std::string>& words) {
  while (!token.empty() && !is_alphanumeric(token.front()) && token.front() != '@') {
    token.remove_prefix(1);
  }
  while (!token.empty() && !is_alphanumeric(token.back())) token.remove_suffix(1);
  if (token.empty()) return;
  if (is_name(token)) {
    words.push_back(lower(token));
    return;
  }
  std::string word;
  for (const char c : token) {
    if (is_alphanumeric(c) || c == '\'') {
      word += lower(c);
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
}

// What stands in angle brackets is an address or a name, whatever it spells.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  const std::size_t last_close = text.rfind('>');
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '<' && last_close != std::string_view::npos && i < last_close) {
      words.emplace_back("<>");
      i = text.find('>', i) + 1;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_token_character(text[end])) ++end;
    add_words(text.substr(i, end - i), words);
    i = std::max(end, i + 1);
  }
  return words;
}

// `*` at the beginning or the end of a pattern stands for anything.
bool fits_word(std::string_view pattern, std::string_view word) {
  const bool open_front = pattern.starts_with('*'), open_back = pattern.ends_with('*');
  if (open_front) pattern.remove_prefix(1);
  if (open_back && !pattern.empty()) pattern.remove_suffix(1);
  if (open_front && open_back) return word.find(pattern) != std::string_view::npos;
  if (open_front) return word.ends_with(pattern);
  if (open_back) return word.starts_with(pattern);
  return word == pattern;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    if (end != 0 && !text.empty()) parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool fits_code(const std::array<char, 3>& pattern, int code) {
  const std::string digits = fmt::format("{:03}", code);
  return std::equal(pattern.begin(), pattern.end(), digits.begin(),
                    [](char want, char digit) { return want == 'x' || want == digit; });
}

bool fits_enhanced(const std::optional<std::array<int, 3>>& pattern,
                   const std::optional<EnhancedCode>& code) {
  if (!pattern) return true;
  if (!code) return false;
  const std::array<int, 3> numbers = {code->kind, code->subject, code->detail};
  return std::equal(pattern->begin(), pattern->end(), numbers.begin(),
                    [](int want, int number) { return want < 0 || want == number; });
}

Result<std::array<char, 3>> parse_code(std::string_view text) {
  std::array<char, 3> code = {'x', 'x', 'x'};
  if (text == "*") return code;
  const bool is_pattern = text.size() == 3 && std::all_of(text.begin(), text.end(), [](char c) {
                            return c == 'x' || (c >= '0' && c <= '9');
                          });
  if (!is_pattern) {
    return Error{
        fmt::format("'{}' is no reply code; write e.g. 550, 5xx or * for any", sanitize(text, 32))};
  }
  std::copy(text.begin(), text.end(), code.begin());
  return code;
}

Result<std::optional<std::array<int, 3>>> parse_enhanced(std::string_view text) {
  if (text == "*") return std::optional<std::array<int, 3>>();
  const auto parts = split(text, '.');
  std::array<int, 3> numbers{};
  bool valid = parts.size() == numbers.size();
  for (std::size_t i = 0; valid && i < numbers.size(); ++i) {
    const auto number = parts[i] == "x" ? std::optional<int>(-1) : parse_number<int>(parts[i]);
    valid = number.has_value() && *number >= -1 && *number <= 999;
    numbers.at(i) = number.value_or(0);
  }
  if (!valid) {
    return Error{fmt::format("'{}' is no enhanced code; write e.g. 5.7.25, x.7.x or * for any",
                             sanitize(text, 32))};
  }
  return std::optional(numbers);
}

}  // namespace

ReasonTable::ReasonTable(std::vector<Rule> rules)
    : rules_(std::make_shared<const std::vector<Rule>>(std::move(rules))) {}

std::string_view name_of(Reason reason) {
  const auto index = static_cast<std::size_t>(reason);
  return index < kReasons.size() ? kReasons.at(index) : std::string_view("unknown");
}

std::optional<Reason> reason_from_name(std::string_view name) {
  const auto found = std::find(kReasons.begin(), kReasons.end(), name);
  if (found == kReasons.end()) return std::nullopt;
  return static_cast<Reason>(found - kReasons.begin());
}

Result<ReasonTable::Rule> ReasonTable::parse_rule(std::string_view line) {
  const auto fields = split(line, ' ');
  if (fields.size() < 4) {
    return Error{
        "a rule has four parts: reason, code, enhanced code and text, each of the last three * "
        "for any"};
  }
  Rule rule;
  const auto reason = reason_from_name(fields[0]);
  if (!reason) {
    return Error{fmt::format("'{}' is no reason; write one of {}", sanitize(fields[0], 32),
                             fmt::join(kReasons, ", "))};
  }
  rule.reason = *reason;
  const auto code = parse_code(fields[1]);
  if (!code) return code.error();
  rule.code = *code;
  const auto enhanced = parse_enhanced(fields[2]);
  if (!enhanced) return enhanced.error();
  rule.enhanced = *enhanced;
  if (fields.size() == 4 && fields[3] == "*") return rule;
  rule.phrases.emplace_back();
  for (std::size_t i = 3; i < fields.size(); ++i) {
    if (fields[i] == kGap) {
      rule.phrases.emplace_back();
      continue;
    }
    std::vector<std::string> alternatives;
    for (const std::string_view word : split(fields[i], '|')) {
      if (word.find_first_not_of('*') == std::string_view::npos) {
        return Error{"a word of a text cannot be * alone; write .. for any words between"};
      }
      alternatives.push_back(lower(word));
    }
    if (alternatives.empty()) return Error{"a | stands between two words, not alone"};
    rule.phrases.back().push_back(std::move(alternatives));
  }
  for (const Phrase& phrase : rule.phrases) {
    if (phrase.empty()) return Error{"words must stand on both sides of .."};
  }
  return rule;
}

Result<ReasonTable> ReasonTable::parse(std::string_view lines, std::string_view name) {
  std::vector<Rule> rules;
  int number = 0;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    std::string line(lines.substr(0, end));
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    ++number;
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\t' || c == '\r'; }, ' ');
    if (const std::size_t comment = (" " + line).find(" #"); comment != std::string::npos) {
      line.erase(comment);
    }
    if (line.find_first_not_of(' ') == std::string::npos) continue;
    auto rule = parse_rule(line);
    if (!rule) return Error{fmt::format("{}:{}: {}", name, number, rule.error().message)};
    rules.push_back(*std::move(rule));
  }
  if (rules.empty()) {
    return Error{fmt::format("{}: there is no rule in it; see docs/rejections.md", name)};
  }
  return ReasonTable(std::move(rules));
}

ReasonTable ReasonTable::built_in() {
  static const ReasonTable table = [] {
    auto parsed = parse(built_in_reply_reasons(), "reply_reasons.txt");
    if (!parsed) throw std::logic_error(parsed.error().message);  // at start-up, and in every test
    return *std::move(parsed);
  }();
  return table;
}

bool ReasonTable::fits(const Phrase& phrase, const std::vector<std::string>& words,
                       std::size_t at) {
  if (words.size() - at < phrase.size()) return false;
  for (std::size_t i = 0; i < phrase.size(); ++i) {
    const auto& alternatives = phrase[i];
    const std::string& word = words[at + i];
    if (std::none_of(alternatives.begin(), alternatives.end(),
                     [&word](const std::string& one) { return fits_word(one, word); })) {
      return false;
    }
  }
  return true;
}

bool ReasonTable::fits(const Rule& rule, const std::vector<std::string>& words) {
  std::size_t at = 0;
  for (const Phrase& phrase : rule.phrases) {
    while (at < words.size() && !fits(phrase, words, at)) ++at;
    if (at >= words.size()) return false;
    at += phrase.size();
  }
  return true;
}

RefusalReason ReasonTable::reason_of(std::string_view text) const {
  const ReplyParts reply = parts_of_reply(text.substr(0, kMostRead));
  const std::vector<std::string> words = words_of(reply.words);
  const auto fits_codes = [&reply](const Rule& rule) {
    return fits_code(rule.code, reply.code) && fits_enhanced(rule.enhanced, reply.enhanced);
  };
  const auto found = std::find_if(rules_->begin(), rules_->end(), [&](const Rule& rule) {
    return fits_codes(rule) && fits(rule, words);
  });
  if (found == rules_->end()) return {};
  if (found->phrases.empty()) return {found->reason, Basis::kCode};
  // Does the enhanced code say the same, taken alone?
  const bool agrees = found->enhanced.has_value() ||
                      std::any_of(rules_->begin(), rules_->end(), [&](const Rule& rule) {
                        return rule.phrases.empty() && rule.enhanced &&
                               rule.reason == found->reason && fits_codes(rule);
                      });
  return {found->reason, agrees ? Basis::kCodeAndText : Basis::kText};
}

}  // namespace mxray
