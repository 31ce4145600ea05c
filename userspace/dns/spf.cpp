// SPDX-License-Identifier: Apache-2.0
#include "dns/spf.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "dns/name.h"
#include "dns/spf_record.h"

namespace mxray::dns {
namespace {

constexpr int kMostLookups = 10;
constexpr int kMostVoidLookups = 2;
constexpr std::size_t kMostExchangers = 10;

SpfResult result_of(char qualifier) {
  switch (qualifier) {
    case '-': return SpfResult::kFail;
    case '~': return SpfResult::kSoftFail;
    case '?': return SpfResult::kNeutral;
    default: return SpfResult::kPass;
  }
}

bool same_network(const core::address& a, const core::address& b, int prefix4, int prefix6) {
  if (is_ipv4(a) != is_ipv4(b)) return false;
  const int bits = is_ipv4(a) ? 96 + prefix4 : prefix6;
  for (int bit = 0; bit < bits; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const unsigned mask = 0x80U >> static_cast<unsigned>(bit % 8);
    if (((a.bytes[byte] ^ b.bytes[byte]) & mask) != 0) return false;
  }
  return true;
}

// What one term says of the address.
struct Match {
  enum class Kind { kYes, kNo, kUnknown, kTempError, kPermError };
  Kind kind = Kind::kNo;
  std::string reason;
};

class Evaluation {
 public:
  Evaluation(const Lookup& lookup, const core::address& address)
      : lookup_(lookup), address_(address) {}

  SpfVerdict check(const std::string& domain);

 private:
  using Kind = Match::Kind;

  Match match(const SpfTerm& term, const std::string& domain);
  Match match_addresses(const std::string& host, const SpfTerm& term);
  Match match_exchangers(const std::string& domain, const SpfTerm& term);
  Match match_include(const SpfTerm& term);
  SpfVerdict redirected(const SpfRecord& record, SpfVerdict verdict);
  // A problem with asking once more, if there is one.
  std::optional<Match> count_lookup(const SpfTerm& term);
  std::optional<Match> count_void(const Answer& answer, const SpfTerm& term);

  const Lookup& lookup_;
  core::address address_;
  int lookups_ = 0;
  int void_lookups_ = 0;
};

std::optional<Match> Evaluation::count_lookup(const SpfTerm& term) {
  if (++lookups_ <= kMostLookups) return std::nullopt;
  return Match{Kind::kPermError,
               fmt::format("at '{}' it needs more than {} look-ups", term.text, kMostLookups)};
}

std::optional<Match> Evaluation::count_void(const Answer& answer, const SpfTerm& term) {
  if (!answer.answered()) return Match{Kind::kTempError, answer.failure};
  if (answer.has_records() || ++void_lookups_ <= kMostVoidLookups) return std::nullopt;
  return Match{Kind::kPermError, fmt::format("'{}' is the third term that asks for what is not "
                                             "there, and {} are allowed",
                                             term.text, kMostVoidLookups)};
}

Match Evaluation::match_addresses(const std::string& host, const SpfTerm& term) {
  const Answer answer = lookup_(host, address_type(address_));
  if (auto problem = count_void(answer, term)) return *std::move(problem);
  const bool found =
      std::any_of(answer.addresses.begin(), answer.addresses.end(), [&](const core::address& one) {
        return same_network(one, address_, term.prefix4, term.prefix6);
      });
  return {found ? Kind::kYes : Kind::kNo, ""};
}

Match Evaluation::match_exchangers(const std::string& domain, const SpfTerm& term) {
  const Answer answer = lookup_(domain, RecordType::kMx);
  if (auto problem = count_void(answer, term)) return *std::move(problem);
  if (answer.exchangers.size() > kMostExchangers) {
    return {Kind::kPermError,
            fmt::format("'{}' has more than {} MX records", term.text, kMostExchangers)};
  }
  for (const MailExchanger& exchanger : answer.exchangers) {
    if (!is_qualified_host_name(exchanger.host)) continue;  // null MX, address: no addresses
    const Answer addresses = lookup_(exchanger.host, address_type(address_));
    if (!addresses.answered()) return {Kind::kTempError, addresses.failure};
    for (const core::address& one : addresses.addresses) {
      if (same_network(one, address_, term.prefix4, term.prefix6)) return {Kind::kYes, ""};
    }
  }
  return {};
}

Match Evaluation::match_include(const SpfTerm& term) {
  const SpfVerdict inner = check(term.domain);
  switch (inner.result) {
    case SpfResult::kPass: return {Kind::kYes, ""};
    case SpfResult::kNotEvaluated: return {Kind::kUnknown, inner.reason};
    case SpfResult::kTempError: return {Kind::kTempError, inner.reason};
    case SpfResult::kNone:
      return {Kind::kPermError, fmt::format("'{}' names a domain without SPF record", term.text)};
    case SpfResult::kPermError:
      return {Kind::kPermError, fmt::format("in '{}': {}", term.text, inner.reason)};
    default: return {};
  }
}

Match Evaluation::match(const SpfTerm& term, const std::string& domain) {
  const std::string target = term.domain.empty() ? domain : term.domain;
  if (term.mechanism == SpfMechanism::kAll) return {Kind::kYes, ""};
  if (term.mechanism == SpfMechanism::kIp4 || term.mechanism == SpfMechanism::kIp6) {
    const bool covered = same_network(term.network, address_, term.prefix4, term.prefix6);
    return {covered ? Kind::kYes : Kind::kNo, ""};
  }
  if (auto problem = count_lookup(term)) return *std::move(problem);
  if (term.mechanism == SpfMechanism::kPtr || has_macros(term.domain)) {
    return {Kind::kUnknown, fmt::format("'{}'", term.text)};
  }
  switch (term.mechanism) {
    case SpfMechanism::kInclude: return match_include(term);
    case SpfMechanism::kA: return match_addresses(target, term);
    case SpfMechanism::kMx: return match_exchangers(target, term);
    default: break;
  }
  // exists: any A record, whatever the family of the address (5.7).
  const Answer answer = lookup_(target, RecordType::kA);
  if (auto problem = count_void(answer, term)) return *std::move(problem);
  return {answer.has_records() ? Kind::kYes : Kind::kNo, ""};
}

// No term matched: `redirect` decides, and without one nobody does.
SpfVerdict Evaluation::redirected(const SpfRecord& record, SpfVerdict verdict) {
  if (!record.redirect) {
    verdict.result = SpfResult::kNeutral;
    verdict.reason = "no term names the address, and there is no 'all'";
    return verdict;
  }
  SpfTerm term;
  term.text = "redirect=" + *record.redirect;
  if (const auto problem = count_lookup(term)) {
    verdict.result = SpfResult::kPermError;
    verdict.reason = problem->reason;
    return verdict;
  }
  if (has_macros(*record.redirect)) {
    verdict.result = SpfResult::kNotEvaluated;
    verdict.reason = fmt::format("'{}'", term.text);
    return verdict;
  }
  const SpfVerdict target = check(*record.redirect);
  verdict.result = target.result == SpfResult::kNone ? SpfResult::kPermError : target.result;
  verdict.reason = target.result == SpfResult::kNone
                       ? fmt::format("'{}' names a domain without SPF record", term.text)
                       : fmt::format("{}: {}", term.text, target.reason);
  return verdict;
}

SpfVerdict Evaluation::check(const std::string& domain) {
  SpfVerdict verdict;
  const Answer answer = lookup_(domain, RecordType::kTxt);
  if (!answer.answered()) {
    verdict.result = SpfResult::kTempError;
    verdict.reason = answer.failure;
    return verdict;
  }
  for (const std::string& text : answer.texts) {
    if (!is_spf(text)) continue;
    ++verdict.record_count;
    verdict.record = text;
  }
  if (verdict.record_count == 0) return verdict;
  if (verdict.record_count > 1) {
    verdict.record.clear();
    verdict.result = SpfResult::kPermError;
    verdict.reason =
        fmt::format("{} has {} SPF records, and one is allowed", domain, verdict.record_count);
    return verdict;
  }
  const auto record = parse_spf(verdict.record);
  if (!record) {
    verdict.result = SpfResult::kPermError;
    verdict.reason = record.error().message;
    return verdict;
  }

  std::vector<std::pair<SpfResult, std::string>> unknown;  // what terms would say if they matched
  const auto decide = [&]() {
    for (const SpfTerm& term : record->terms) {
      const Match found = match(term, domain);
      switch (found.kind) {
        case Kind::kNo: break;
        case Kind::kUnknown: unknown.emplace_back(result_of(term.qualifier), found.reason); break;
        case Kind::kYes:
          verdict.result = result_of(term.qualifier);
          verdict.reason = fmt::format("'{}'", term.text);
          return verdict;
        case Kind::kTempError:
        case Kind::kPermError:
          verdict.result =
              found.kind == Kind::kTempError ? SpfResult::kTempError : SpfResult::kPermError;
          verdict.reason = found.reason;
          return verdict;
      }
    }
    return redirected(*record, verdict);
  };
  verdict = decide();
  if (verdict.result == SpfResult::kTempError || verdict.result == SpfResult::kPermError) {
    return verdict;
  }
  for (const auto& [result, reason] : unknown) {
    if (result == verdict.result) continue;  // it decides nothing
    verdict.result = SpfResult::kNotEvaluated;
    verdict.reason = reason;
    break;
  }
  return verdict;
}

}  // namespace

std::string_view name_of(SpfResult result) {
  switch (result) {
    case SpfResult::kNone: return "none";
    case SpfResult::kNeutral: return "neutral";
    case SpfResult::kPass: return "pass";
    case SpfResult::kFail: return "fail";
    case SpfResult::kSoftFail: return "softfail";
    case SpfResult::kTempError: return "temperror";
    case SpfResult::kPermError: return "permerror";
    case SpfResult::kNotEvaluated: return "not_evaluated";
  }
  return "?";
}

SpfVerdict evaluate_spf(const Lookup& lookup, const std::string& domain,
                        const core::address& address) {
  return Evaluation(lookup, address).check(domain);
}

}  // namespace mxray::dns
