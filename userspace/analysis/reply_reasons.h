// SPDX-License-Identifier: Apache-2.0
// Why does a server refuse? A table of replies, which grows without code.
//
// reply_reasons.txt explains its lines. It is compiled in; mxrayd can be told to
// use another file.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mxray {

enum class Reason : std::uint8_t {
  kReverseDns,
  kHelo,
  kSenderVerify,
  kAuthRequired,
  kTooManyAttempts,
  kUserUnknown,
  kGreylisted,
  kBlocklisted,
  kPolicy,
  kOther,
};
inline constexpr std::size_t kReasonCount = 10;

/// `reverse_dns`, `helo`, `sender_verify`, `auth_required`, `too_many_attempts`,
/// `user_unknown`, `greylisted`, `blocklisted`, `policy`, `other`.
std::string_view name_of(Reason reason);
std::optional<Reason> reason_from_name(std::string_view name);

/// What a reason was read from.
enum class Basis : std::uint8_t {
  kNothing,      // no rule knows the reply
  kCode,         // its codes; the text is in words that no rule knows
  kText,         // its text; the codes say nothing of it, or something else
  kCodeAndText,  // both
};

struct RefusalReason {
  Reason reason = Reason::kOther;
  Basis basis = Basis::kNothing;
};

class ReasonTable {
 public:
  /// The lines of a table. The error names `name`, the line and what to write.
  static Result<ReasonTable> parse(std::string_view lines, std::string_view name);
  /// The table that is compiled in.
  static ReasonTable built_in();

  /// `text` as Refusal holds it, with its code; its first 4096 bytes are read. The
  /// first rule that fits counts.
  [[nodiscard]] RefusalReason reason_of(std::string_view text) const;

  [[nodiscard]] std::size_t size() const { return rules_->size(); }

 private:
  /// Words that stand one after the other; each may be one of several.
  using Phrase = std::vector<std::vector<std::string>>;
  struct Rule {
    Reason reason = Reason::kOther;
    std::array<char, 3> code{};                  // a digit, or `x` for any
    std::optional<std::array<int, 3>> enhanced;  // -1: any number; nullopt: any or none
    std::vector<Phrase> phrases;                 // in this order; none: any text
  };
  static Result<Rule> parse_rule(std::string_view line);
  static bool fits(const Phrase& phrase, const std::vector<std::string>& words, std::size_t at);
  static bool fits(const Rule& rule, const std::vector<std::string>& words);

  explicit ReasonTable(std::vector<Rule> rules);

  std::shared_ptr<const std::vector<Rule>> rules_;  // copies share them
};

}  // namespace mxray
