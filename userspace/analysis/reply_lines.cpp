// SPDX-License-Identifier: Apache-2.0
#include "analysis/reply_lines.h"

#include <algorithm>

#include "base/number.h"

namespace mxray {
namespace {

constexpr std::string_view kLineEnd = " / ";  // as the sanitizer writes it

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The code that the line begins with; 0 if it begins with none.
int code_of(std::string_view line) {
  if (line.size() < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) ||
      !is_digit(line[2])) {
    return 0;
  }
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return 0;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

// A number of one to three digits, taken off the front of `text`.
std::optional<int> take_number(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto length = static_cast<std::size_t>(end - text.begin());
  if (length == 0 || length > 3) return std::nullopt;
  const auto number = parse_number<int>(text.substr(0, length));
  text.remove_prefix(length);
  return number;
}

bool take_dot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

// Taken off the front of `text`; an address such as 5.7.1.9 is none.
std::optional<EnhancedCode> take_enhanced(std::string_view& text) {
  std::string_view rest = text;
  const auto kind = take_number(rest);
  if (!kind || (*kind != 2 && *kind != 4 && *kind != 5) || !take_dot(rest)) return std::nullopt;
  const auto subject = take_number(rest);
  if (!subject || !take_dot(rest)) return std::nullopt;
  const auto detail = take_number(rest);
  if (!detail || (!rest.empty() && (is_digit(rest[0]) || rest[0] == '-'))) return std::nullopt;
  if (rest.size() > 1 && rest[0] == '.' && is_digit(rest[1])) return std::nullopt;
  text = rest;
  return EnhancedCode{*kind, *subject, *detail};
}

// qmail and its children write it at the end: `(#5.7.1)`.
std::optional<EnhancedCode> enhanced_in_brackets(std::string_view text) {
  constexpr std::string_view kOpen = "(#";
  const std::size_t open = text.rfind(kOpen);
  if (open == std::string_view::npos) return std::nullopt;
  text.remove_prefix(open + kOpen.size());
  return take_enhanced(text);
}

void trim_front(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
}

}  // namespace

std::vector<ReplyLines> split_replies(std::string_view bytes) {
  std::vector<ReplyLines> replies;
  std::size_t begin = 0;
  while (begin < bytes.size()) {
    const std::size_t feed = bytes.find('\n', begin);
    const std::size_t end = feed == std::string_view::npos ? bytes.size() : feed + 1;
    const std::string_view line = bytes.substr(begin, end - begin);
    const std::string_view bare = line.substr(0, line.find_last_not_of("\r\n") + 1);
    const int code = code_of(bare);
    const bool last_line = bare.size() <= 3 || bare[3] != '-';
    const bool goes_on = !replies.empty() &&
                         (code == 0 || (!replies.back().complete && replies.back().code == code));
    if (goes_on) {
      ReplyLines& reply = replies.back();
      const std::size_t first = static_cast<std::size_t>(reply.bytes.data() - bytes.data());
      reply.bytes = bytes.substr(first, end - first);
      if (code != 0) reply.complete = last_line;
    } else if (code != 0) {
      replies.push_back({.code = code, .bytes = line, .complete = last_line});
    }
    begin = end;
  }
  for (ReplyLines& reply : replies)
    reply.ended = reply.bytes.find_last_of("\r\n") + 1 == reply.bytes.size();
  return replies;
}

ReplyParts parts_of_reply(std::string_view text) {
  ReplyParts parts;
  parts.code = code_of(text);
  while (!text.empty()) {
    const std::size_t end = text.find(kLineEnd);
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + kLineEnd.size());
    if (parts.code != 0 && code_of(line) == parts.code) {
      line.remove_prefix(std::min<std::size_t>(line.size(), 4));
      trim_front(line);
      const auto enhanced = take_enhanced(line);
      if (enhanced && !parts.enhanced) parts.enhanced = enhanced;
      trim_front(line);
    }
    if (!parts.words.empty()) parts.words += ' ';
    parts.words += line;
  }
  if (!parts.enhanced) parts.enhanced = enhanced_in_brackets(parts.words);
  return parts;
}

}  // namespace mxray
