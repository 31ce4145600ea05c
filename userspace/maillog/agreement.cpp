// SPDX-License-Identifier: Apache-2.0
#include "maillog/agreement.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "maillog/scan.h"

namespace mxray::maillog {
namespace {

constexpr std::size_t kTellingWords = 3;  // fewer could be in any reply

bool is_enhanced(std::string_view word) {
  return word.size() >= 5 && (word[0] == '4' || word[0] == '5') && word[1] == '.' &&
         word.find_first_not_of("0123456789.") == std::string_view::npos &&
         std::count(word.begin(), word.end(), '.') == 2;
}

/// `text` as words of letters and digits, without the codes that begin each line.
std::vector<std::string> words_of(std::string_view text, int code) {
  const std::string number = std::to_string(code);
  std::vector<std::string> words;
  while (!text.empty()) {
    std::string_view piece = up_to(text, " _/\t");
    text.remove_prefix(std::min(piece.size() + 1, text.size()));
    if (piece == number) continue;
    if (code != 0 && piece.size() > 3 && piece.starts_with(number) && piece[3] == '-') {
      piece.remove_prefix(4);
    }
    if (is_enhanced(piece)) continue;
    std::string word;
    for (const char c : piece) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
        word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      } else if (!word.empty()) {
        words.push_back(std::exchange(word, {}));
      }
    }
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

/// Whether `part` stands in `whole` from `at` on; the last word may be cut.
bool stands_at(const std::vector<std::string>& part, const std::vector<std::string>& whole,
               std::size_t at) {
  if (at + part.size() > whole.size()) return false;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const bool last = i + 1 == part.size();
    const std::string& other = whole[at + i];
    if (last ? !other.starts_with(part[i]) : other != part[i]) return false;
  }
  return true;
}

bool same_words(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto& part = a.size() <= b.size() ? a : b;
  const auto& whole = a.size() <= b.size() ? b : a;
  if (stands_at(part, whole, 0)) return true;
  if (part.size() < kTellingWords) return false;
  for (std::size_t at = 1; at + part.size() <= whole.size(); ++at) {
    if (stands_at(part, whole, at)) return true;
  }
  return false;
}

}  // namespace

Agreement agreement(const Reply& logged, bool permanent, int seen_code,
                    std::string_view seen_text) {
  const int code = logged.code.value_or(0);
  if (code != 0 && seen_code != 0 && code != seen_code) return Agreement::kNone;
  const int either = code != 0 ? code : seen_code;
  const auto logged_words = words_of(logged.text, either);
  const auto seen_words = words_of(seen_text, either);
  if (!logged_words.empty() && !seen_words.empty()) {
    return same_words(logged_words, seen_words) ? Agreement::kText : Agreement::kNone;
  }
  if (code != 0 && seen_code != 0) return Agreement::kCode;
  // Text that the other side lacks is no agreement.
  if (!logged_words.empty() || seen_code == 0) return Agreement::kNone;
  return (seen_code >= 500) == permanent ? Agreement::kClass : Agreement::kNone;
}

std::optional<bool> same_domain(const std::optional<std::string>& a,
                                const std::optional<std::string>& b) {
  if (!a || !b || a->empty() || b->empty()) return std::nullopt;
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::equal(a->begin(), a->end(), b->begin(), b->end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace mxray::maillog
