// SPDX-License-Identifier: Apache-2.0
#include "format/ident_json.h"

#include "format/incident_json.h"
#include "format/json_reader.h"
#include "format/json_writer.h"

namespace mxray {
namespace {

IdentOutcome outcome_at(std::size_t index) { return static_cast<IdentOutcome>(index); }

std::optional<IdentOutcome> outcome_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kIdentOutcomeCount; ++i) {
    if (name_of(outcome_at(i)) == name) return outcome_at(i);
  }
  return std::nullopt;
}

void read_address(const json::Reader& in, const char* name, core::address& target) {
  std::string text;
  in.read(name, text);
  if (const auto address = parse_address(text)) {
    target = *address;
  } else {
    in.complain(name, "is no address");
  }
}

}  // namespace

std::string to_json_line(const IdentView& view) {
  json::Object out;
  out["schema_version"] = kSchemaVersion;
  out["asking_server"] = to_string(view.server);
  out["asked_address"] = to_string(view.asked);
  for (std::size_t i = 0; i < kIdentOutcomeCount; ++i) {
    out["outcomes"][std::string(name_of(outcome_at(i)))] = view.outcomes.at(i);
  }
  out["last_outcome"] = name_of(view.last_outcome);
  out["last_seen"] = json::time(view.last_ns);
  out["longest_seconds"] = json::rounded(view.longest_seconds, 6);
  return json::line(out);
}

Result<IdentView> ident_from_json(std::string_view text) {
  const json::Reader in(text, "ident");
  IdentView view;
  read_address(in, "asking_server", view.server);
  read_address(in, "asked_address", view.asked);
  const json::Reader outcomes = in.object("outcomes");
  for (std::size_t i = 0; i < kIdentOutcomeCount; ++i) {
    outcomes.read_integer(std::string(name_of(outcome_at(i))).c_str(), view.outcomes.at(i));
  }
  in.read_name("last_outcome", view.last_outcome, outcome_from_name);
  in.read_time("last_seen", view.last_ns);
  in.read("longest_seconds", view.longest_seconds);
  if (in.problem()) return Error{*in.problem()};
  return view;
}

std::string to_json_line(const IdentCheck& check) {
  json::Object out;
  out["schema_version"] = kSchemaVersion;
  out["ident_address"] = to_string(check.address);
  out["interface"] = check.interface;
  out["from"] = check.from ? json::Object(to_string(*check.from)) : json::Object(nullptr);
  out["outcome"] = json::optional(check.outcome);
  out["seconds"] = json::seconds(check.seconds);
  out["problem"] = check.problem.empty() ? json::Object(nullptr) : json::Object(check.problem);
  return json::line(out);
}

}  // namespace mxray
