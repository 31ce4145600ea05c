// SPDX-License-Identifier: Apache-2.0
// What are the values of the closed sets called, in JSON, labels and tables?
//
// The names are contracts: scripts, stored incidents and dashboards hold them.
#include <algorithm>
#include <array>

#include "analysis/incident.h"
#include "analysis/snapshot.h"

namespace mxray {
namespace {

constexpr std::array<std::string_view, kKindCount> kKinds = {
    "forged_reply",    "forged_reset",  "ident_stall",
    "slow_greeting",   "smtp_proxy",    "unauthenticated_submission",
    "hairpin_failure", "source_masked", "rejected"};
constexpr std::array<std::string_view, kConfidenceCount> kConfidences = {"possible", "probable",
                                                                         "certain"};
constexpr std::array<std::string_view, core::PROTOCOL_COUNT> kProtocols = {
    "none", "smtp", "pop3", "imap", "other", "ident"};
constexpr std::array<std::string_view, kFlowStateCount> kFlowStates = {"waiting", "dialogue",
                                                                       "encrypted", "closed"};
constexpr std::array<std::string_view, kIdentOutcomeCount> kIdentOutcomes = {
    "dropped", "reset", "unreachable", "answered"};
constexpr std::array<std::string_view, kRefuserCount> kRefusers = {"ours", "others", "unknown"};
constexpr std::array<std::string_view, core::VERB_COUNT> kVerbs = {
    "",       "HELO",           "EHLO",  "MAIL FROM",    "RCPT TO", "DATA",     "BDAT",
    "RSET",   "NOOP",           "QUIT",  "VRFY",         "AUTH",    "STARTTLS", "USER",
    "PASS",   "APOP",           "CAPA",  "STAT",         "LIST",    "RETR",     "TOP",
    "DELE",   "UIDL",           "LOGIN", "AUTHENTICATE", "SELECT",  "FETCH",    "IDLE",
    "LOGOUT", "another command"};

// A missing initializer would leave an empty name at the end.
static_assert(!kKinds.back().empty() && !kConfidences.back().empty() &&
              !kProtocols.back().empty() && !kFlowStates.back().empty() &&
              !kIdentOutcomes.back().empty() && !kRefusers.back().empty() &&
              !kVerbs.back().empty());

// Values may come from a record, so an index past the end must not be fatal.
template <std::size_t count>
std::string_view name_at(const std::array<std::string_view, count>& names, std::size_t index) {
  return index < count ? names[index] : std::string_view("unknown");
}

template <typename Value, std::size_t count>
std::optional<Value> value_named(const std::array<std::string_view, count>& names,
                                 std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Value>(found - names.begin());
}

}  // namespace

std::string_view name_of(Kind kind) { return name_at(kKinds, static_cast<std::size_t>(kind)); }

std::optional<Kind> kind_from_name(std::string_view name) {
  return value_named<Kind>(kKinds, name);
}

std::string_view name_of(Confidence confidence) {
  return name_at(kConfidences, static_cast<std::size_t>(confidence));
}

std::optional<Confidence> confidence_from_name(std::string_view name) {
  return value_named<Confidence>(kConfidences, name);
}

std::string_view name_of(core::protocol protocol) { return name_at(kProtocols, protocol); }

std::optional<core::protocol> protocol_from_name(std::string_view name) {
  return value_named<core::protocol>(kProtocols, name);
}

std::string_view name_of(core::verb verb) { return name_at(kVerbs, verb); }

std::string_view name_of(FlowState state) {
  return name_at(kFlowStates, static_cast<std::size_t>(state));
}

std::string_view name_of(IdentOutcome outcome) {
  return name_at(kIdentOutcomes, static_cast<std::size_t>(outcome));
}

std::string_view name_of(Refuser refuser) {
  return name_at(kRefusers, static_cast<std::size_t>(refuser));
}

}  // namespace mxray
