// SPDX-License-Identifier: Apache-2.0
// The forms, told apart by what follows the hop's number:
//   7  202.147.16.125  50.583 ms  50.207 ms *      Linux, BSD; an answer belongs
//   7  name (202.147.16.125)  50.583 ms !X            to the address before it
//   7    50 ms    50 ms    50 ms  name [202.147.16.125]    Windows; before it
//   7.|-- 202.147.16.125  0.0%  10  50.6  50.5  50.2  50.9  0.2      mtr
//   7  202.147.16.125, 202.147.16.126  50.2 ms  3/3      mxray
#include "path/traceroute_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/number.h"
#include "base/text.h"

namespace mxray {
namespace {

using Words = std::vector<std::string_view>;

constexpr double kLongestMs = 3'600'000;
constexpr std::string_view kSpace = " \t\r\v\f";

Words words_of(std::string_view line) {
  Words words;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
    if (line.empty()) return words;
    const std::size_t end = std::min(line.find_first_of(kSpace), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

bool is_number(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

/// `192.0.2.1`, `(192.0.2.1)`, `[192.0.2.1]`, `192.0.2.1,`, `fe80::1%eth0`.
std::optional<core::address> address_in(std::string_view word) {
  while (word.ends_with(',') || word.ends_with(':') || word.ends_with('.')) {
    if (word.ends_with("::")) break;
    word.remove_suffix(1);
  }
  if ((word.starts_with('(') && word.ends_with(')')) ||
      (word.starts_with('[') && word.ends_with(']'))) {
    word = word.substr(1, word.size() - 2);
  }
  return parse_address(word.substr(0, word.find('%')));
}

bool is_bracketed(std::string_view word) { return word.starts_with('(') || word.starts_with('['); }

/// Milliseconds; `<1`, of which Windows knows no more, is taken as a half.
std::optional<double> time_in(std::string_view word) {
  if (word.starts_with('<')) {
    const auto below = time_in(word.substr(1));
    return below ? std::optional(*below / 2) : std::nullopt;
  }
  const auto value = parse_number<double>(word);
  if (!value || !std::isfinite(*value) || *value < 0 || *value > kLongestMs) return std::nullopt;
  return value;
}

/// Reads the words of one line after the hop's number.
class LineReader {
 public:
  explicit LineReader(const Words& words, std::size_t first) : words_(words), at_(first) {}

  Result<std::optional<Hop>> read(int distance) {
    hop_.distance = distance;
    while (at_ < words_.size() && read_word()) ++at_;
    if (!understood_) return Error{problem()};
    const bool nobody = hop_.addresses.empty();
    if (nobody && hop_.answers > 0) return Error{problem()};
    sort_by_answers();
    return std::optional(std::move(hop_));
  }

  Result<std::optional<Hop>> read_mtr(int distance) {
    hop_.distance = distance;
    while (at_ < words_.size() && !words_[at_].ends_with('%')) {
      if (words_[at_] == "???") understood_ = true;
      if (const auto address = address_in(words_[at_])) meet(*address);
      ++at_;
    }
    if (!understood_) return Error{problem()};
    // Loss%  Snt  Last  Avg  Best: the order of `mtr --report`.
    if (at_ + 4 < words_.size() && !hop_.addresses.empty()) {
      hop_.rtt_ms = time_in(words_[at_ + 4]);
      const auto loss = time_in(words_[at_].substr(0, words_[at_].size() - 1));
      const auto sent = parse_number<int>(words_[at_ + 1]);
      if (loss && *loss <= 100 && sent && *sent >= 0) {
        hop_.probes = *sent;
        hop_.answers = static_cast<int>(std::lround(*sent * (1 - *loss / 100)));
      }
    }
    return std::optional(std::move(hop_));
  }

 private:
  void meet(const core::address& address) {
    understood_ = true;
    const auto known = std::find(hop_.addresses.begin(), hop_.addresses.end(), address);
    current_ = static_cast<std::size_t>(known - hop_.addresses.begin());
    if (known != hop_.addresses.end()) return;
    if (hop_.addresses.size() == kMostHopAddresses) return;
    hop_.addresses.push_back(address);
    answers_.push_back(0);
  }

  void answered(double rtt_ms) {
    hop_.rtt_ms = std::min(hop_.rtt_ms.value_or(rtt_ms), rtt_ms);
    ++hop_.probes;
    ++hop_.answers;
    if (current_ < answers_.size()) ++answers_[current_];
  }

  // False: the rest of the line is a remark.
  bool read_word() {
    const std::string_view word = words_[at_];
    const std::string_view next = at_ + 1 < words_.size() ? words_[at_ + 1] : std::string_view();
    if (word == "*") {
      understood_ = true;
      ++hop_.probes;
      return true;
    }
    if (const auto address = address_in(word)) {
      meet(*address);
      return true;
    }
    if (next == "ms" && time_in(word)) {
      answered(*time_in(word));
      ++at_;
      return true;
    }
    if (word.ends_with("ms") && time_in(word.substr(0, word.size() - 2))) {
      answered(*time_in(word.substr(0, word.size() - 2)));
      return true;
    }
    if (word.starts_with('!')) return true;  // !H, !X: what the router refused
    if (read_counts(word)) return true;
    if (word.starts_with('[') || word.starts_with('<'))
      return skip_bracket();                        // [AS4837], <MPLS:..>
    return is_bracketed(next) && address_in(next);  // a name with its address
  }

  // `2/3` of mxray: answers and probes.
  bool read_counts(std::string_view word) {
    const std::size_t slash = word.find('/');
    if (slash == std::string_view::npos) return false;
    const auto answers = parse_number<int>(word.substr(0, slash));
    const auto probes = parse_number<int>(word.substr(slash + 1));
    if (!answers || !probes || *answers < 0 || *probes < *answers) return false;
    hop_.answers = *answers;
    hop_.probes = *probes;
    std::fill(answers_.begin(), answers_.end(), 0);  // its addresses are in order already
    return true;
  }

  bool skip_bracket() {
    const char end = words_[at_].front() == '[' ? ']' : '>';
    while (at_ < words_.size() && !words_[at_].ends_with(end)) ++at_;
    return at_ < words_.size();
  }

  void sort_by_answers() {
    std::vector<std::size_t> order(hop_.addresses.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [this](std::size_t a, std::size_t b) { return answers_[a] > answers_[b]; });
    std::vector<core::address> sorted;
    for (const std::size_t i : order) sorted.push_back(hop_.addresses[i]);
    hop_.addresses = std::move(sorted);
  }

  [[nodiscard]] std::string problem() const {
    const std::size_t named = std::min(first_, words_.size() - 1);
    return fmt::format(
        "hop {} has no address that can be read near '{}'; trace with -n, which "
        "shows addresses",
        hop_.distance, sanitize(words_[named], 40));
  }

  const Words& words_;
  std::size_t at_;
  std::size_t first_ = at_;
  Hop hop_;
  std::vector<int> answers_;                            // by address
  std::size_t current_ = static_cast<std::size_t>(-1);  // none yet
  bool understood_ = false;
};

bool has_time(const Words& words, std::size_t from) {
  for (std::size_t i = from; i < words.size(); ++i) {
    if (words[i] == "ms" && i > from && time_in(words[i - 1])) return true;
    if (words[i].ends_with("ms") && time_in(words[i].substr(0, words[i].size() - 2))) return true;
  }
  return false;
}

/// Whether the words after a number can only be a hop's.
bool looks_like_hop(const Words& words) {
  if (words.size() < 2 || words[1] == "ms") return false;
  return words[1] == "*" || address_in(words[1]) || has_time(words, 1) ||
         (words.size() > 2 && is_bracketed(words[2]) && address_in(words[2]));
}

}  // namespace

std::optional<Endpoint> server_in_header(std::string_view line) {
  for (const std::string_view phrase : {"route to ", "route6 to "}) {
    const std::size_t at = line.find(phrase);
    if (at == std::string_view::npos) continue;
    const Words words = words_of(line.substr(at + phrase.size()));
    for (std::size_t i = 0; i < std::min<std::size_t>(words.size(), 2); ++i) {
      if (const auto address = address_in(words[i])) return Endpoint{*address, 0};
      const std::size_t colon = words[i].rfind(':');
      if (colon == std::string_view::npos) continue;
      const auto address = address_in(words[i].substr(0, colon));
      const auto port = parse_number<std::uint16_t>(words[i].substr(colon + 1));
      if (address && port) return Endpoint{*address, *port};
    }
  }
  return std::nullopt;
}

Result<std::optional<Hop>> read_hop_line(std::string_view line) {
  const std::optional<Hop> nothing;
  const Words words = words_of(line);
  if (words.empty()) return nothing;
  const std::size_t digits = std::min(words[0].find_first_not_of("0123456789"), words[0].size());
  const std::string_view rest = words[0].substr(digits);
  const bool has_loss = std::any_of(words.begin() + 1, words.end(),
                                    [](std::string_view word) { return word.ends_with('%'); });
  const bool mtr = digits > 0 && (rest == ".|--" || rest == ".") && has_loss;
  if (!mtr && !is_number(words[0])) {
    const bool goes_on = kSpace.find(line.front()) != std::string_view::npos &&
                         has_time(words, 0) &&
                         (address_in(words[0]) ||
                          (words.size() > 1 && is_bracketed(words[1]) && address_in(words[1])));
    return goes_on ? LineReader(words, 0).read(0) : nothing;
  }
  if (!mtr && !looks_like_hop(words)) return nothing;
  const auto distance = parse_number<int>(words[0].substr(0, digits));
  if (!distance || *distance < 1 || *distance > kMostHops) {
    return Error{fmt::format("there is no hop {}, for a TTL goes from 1 to {}",
                             sanitize(words[0].substr(0, digits), 20), kMostHops)};
  }
  return mtr ? LineReader(words, 1).read_mtr(*distance) : LineReader(words, 1).read(*distance);
}

void add_answers(Hop& hop, const Hop& more) {
  for (const core::address& address : more.addresses) {
    const bool known =
        std::find(hop.addresses.begin(), hop.addresses.end(), address) != hop.addresses.end();
    if (!known && hop.addresses.size() < kMostHopAddresses) hop.addresses.push_back(address);
  }
  if (more.rtt_ms) hop.rtt_ms = std::min(hop.rtt_ms.value_or(*more.rtt_ms), *more.rtt_ms);
  hop.probes += more.probes;
  hop.answers += more.answers;
}

}  // namespace mxray
