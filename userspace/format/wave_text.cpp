// SPDX-License-Identifier: Apache-2.0
#include "format/wave_text.h"
#include "format/period.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "analysis/hops.h"
#include "base/time.h"
#include "format/table.h"

namespace mxray {
namespace {

constexpr std::size_t kSharesShown = 4;
constexpr std::size_t kLongestShare = 60;
constexpr std::size_t kLabelWidth = 12;

struct Dimension {
  const Tally& tally;
  const char* name;    // of one value: `network`
  const char* plural;  // `networks`
  const char* hit;     // how a forgery relates to a value: `follow`
};

// What its tally tells of a dimension.
enum class Spread { kUnknown, kOneValue, kManyValues, kBetween };

Spread spread_of(const Tally& tally) {
  const std::size_t known = tally.known();
  if (known < kFewestForgeriesToJudge) return Spread::kUnknown;
  const std::size_t most = tally.shares.front().count;
  if (10 * most >= 9 * known) return Spread::kOneValue;
  return 2 * most <= known ? Spread::kManyValues : Spread::kBetween;
}

// `14 of 15 follow RCPT TO`, `all 15 ...`.
std::string main_share(const Dimension& dimension) {
  const Share& most = dimension.tally.shares.front();
  const std::size_t known = dimension.tally.known();
  const std::string count = most.count == known ? fmt::format("all {}", known)
                                                : fmt::format("{} of {}", most.count, known);
  const std::string unknown = dimension.tally.unknown == 0
                                  ? std::string()
                                  : fmt::format(", {} unknown", dimension.tally.unknown);
  return fmt::format("{} {} {}{}", count, dimension.hit, most.value, unknown);
}

std::string clause(const Dimension& dimension, Spread spread) {
  switch (spread) {
    case Spread::kOneValue:
    case Spread::kBetween: return fmt::format("the {} ({})", dimension.name, main_share(dimension));
    case Spread::kManyValues:
      return fmt::format("one {} ({} {})", dimension.name, dimension.tally.shares.size(),
                         dimension.plural);
    case Spread::kUnknown: break;
  }
  return fmt::format("the {} (known of {})", dimension.name, dimension.tally.known());
}

// `a`, `a or b`, `a, b or c`
std::string joined(const std::vector<std::string>& items, const char* last_joint) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? last_joint : ", ";
    text += items[i];
  }
  return text;
}

// What is to be said of the dimensions of one spread, if there are any.
void add_part(std::string& text, const char* lead, const char* last_joint,
              const std::vector<Dimension>& dimensions, Spread spread) {
  std::vector<std::string> clauses;
  for (const Dimension& dimension : dimensions) {
    if (spread_of(dimension.tally) == spread) clauses.push_back(clause(dimension, spread));
  }
  if (clauses.empty()) return;
  text += (text.empty() ? "" : "; ") + std::string(lead) + joined(clauses, last_joint);
}

std::string shortened(const std::string& text) {
  return text.size() <= kLongestShare ? text : text.substr(0, kLongestShare - 3) + "...";
}

// `12 RCPT TO`, `3 DATA`, `2 unknown`
std::vector<std::string> items_of(const Tally& tally, const char* quote = "") {
  std::vector<std::string> items;
  // "and 1 more" would be no shorter than the one.
  const std::size_t shown =
      tally.shares.size() <= kSharesShown + 1 ? tally.shares.size() : kSharesShown;
  for (std::size_t i = 0; i < shown; ++i) {
    const Share& share = tally.shares[i];
    items.push_back(fmt::format("{} {}{}{}", share.count, quote, shortened(share.value), quote));
  }
  if (shown < tally.shares.size()) {
    items.push_back(fmt::format("and {} more", tally.shares.size() - shown));
  }
  if (tally.unknown > 0) items.push_back(fmt::format("{} unknown", tally.unknown));
  return items;
}

std::string range(int a, int b) {
  return a == b ? std::to_string(a) : fmt::format("{} to {}", std::min(a, b), std::max(a, b));
}

std::string counted(std::size_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string headline(const Wave& wave, Zone zone) {
  std::string kinds;
  if (wave.replies > 0) kinds = counted(wave.replies, "reply", "replies");
  if (wave.resets > 0) {
    kinds += (kinds.empty() ? "" : ", ") + counted(wave.resets, "reset", "resets");
  }
  return fmt::format("{}  forged: {}; {} certain",
                     period_in_words(wave.start_ns, wave.end_ns, zone), kinds, wave.certain);
}

std::string labelled(const char* label, std::string lines) {
  return lines.replace(0, kLabelWidth, fmt::format("  {:<{}}", label, kLabelWidth - 2));
}

std::string field(const char* label, const std::string& text, std::size_t width) {
  if (text.empty()) return {};
  return labelled(label, wrap(text, width, kLabelWidth));
}

// Broken between items only: a count at the end of a line would belong to nothing.
std::string field(const char* label, const std::vector<std::string>& items, std::size_t width) {
  if (items.empty()) return {};
  std::string lines;
  std::string line;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string item = items[i] + (i + 1 < items.size() ? "," : "");
    const std::size_t needed = kLabelWidth + display_width(line) + 1 + display_width(item);
    if (!line.empty() && width > 0 && needed > width) {
      lines += wrap(line, 0, kLabelWidth);
      line.clear();
    }
    line += (line.empty() ? "" : " ") + item;
  }
  return labelled(label, lines + wrap(line, 0, kLabelWidth));
}

}  // namespace

std::string forger_in_words(const ForgerSignature& forger) {
  std::string text = forger.forger_class.value_or("unknown class") + ", window " +
                     forger.window_rule.value_or("unknown");
  if (forger.least_ttl && forger.most_ttl) {
    const auto hops = [](int ttl) { return hops_of(static_cast<std::uint8_t>(ttl)); };
    const int nearest = hops(*forger.most_ttl);
    const int farthest = hops(*forger.least_ttl);
    text += fmt::format(", TTL {} ({} hop{} away)", range(*forger.least_ttl, *forger.most_ttl),
                        range(nearest, farthest), nearest == 1 && farthest == 1 ? "" : "s");
  }
  return text;
}

std::string finding(const Wave& wave) {
  if (wave.count() < kFewestForgeriesToJudge) {
    return fmt::format("Too few to tell what it depends on: {}.",
                       counted(wave.count(), "forgery", "forgeries"));
  }
  const std::vector<Dimension> dimensions = {
      {wave.commands, "command", "commands", "follow"},
      {wave.networks, "destination network", "of them", "on connections to"},
      {wave.clients, "client", "of them", "on connections from"},
  };
  std::string text;
  add_part(text, "may depend on ", " or ", dimensions, Spread::kOneValue);
  const bool concentrated = !text.empty();
  add_part(text, "not bound to ", " or ", dimensions, Spread::kManyValues);
  add_part(text, "unclear: ", " and ", dimensions, Spread::kBetween);
  add_part(text, "too little is known of ", " and ", dimensions, Spread::kUnknown);
  text.front() = static_cast<char>(text.front() - 'a' + 'A');
  text += ".";
  if (concentrated) text += " Nothing is known of flows that were not hit.";
  return text;
}

std::string describe(const Wave& wave, int width, Zone zone) {
  const auto columns = static_cast<std::size_t>(std::max(width, 0));
  return headline(wave, zone) + "\n" + field("forger", forger_in_words(wave.forger), columns) +
         field("command", items_of(wave.commands), columns) +
         field("text", items_of(wave.texts, "\""), columns) +
         field("network", items_of(wave.networks), columns) +
         field("server", items_of(wave.servers), columns) +
         field("client", items_of(wave.clients), columns) +
         field("protocol", items_of(wave.protocols), columns) +
         field("clearest", wave.clearest, columns) + field("finding", finding(wave), columns);
}

}  // namespace mxray
