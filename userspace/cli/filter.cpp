// SPDX-License-Identifier: Apache-2.0
#include "cli/filter.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "cli/arguments.h"
#include "cli/value_sets.h"

namespace mxray::cli {
namespace {

constexpr const char* kWantedGroup =
    "Filters; each may be repeated, then one of its values must fit";
constexpr const char* kUnwantedGroup = "Filters that leave out; each may be repeated";

struct FieldFacts {
  const char* option;
  const char* placeholder;
  const char* noun;  // in a complaint: `is no kind of incident`
  const char* what;  // in the help: `only this kind`
};

FieldFacts facts_of(Field field) {
  switch (field) {
    case Field::kKind: return {"kind", "KIND", "kind of incident", "kind of incident"};
    case Field::kConfidence: return {"confidence", "CONFIDENCE", "confidence", "confidence"};
    case Field::kReason: return {"reason", "REASON", "reason", "reason of a refusal"};
    case Field::kState: return {"state", "STATE", "state of a connection", "state"};
    case Field::kProtocol: return {"protocol", "PROTOCOL", "protocol", "protocol"};
    case Field::kInterface: return {"interface", "IF", "interface", "interface"};
    case Field::kServer: return {"server", "ADDRESS[/BITS]", "", "mail server, or network of them"};
    case Field::kClient:
      return {"client", "ADDRESS[/BITS]", "", "client, before or after NAT, or network"};
    case Field::kHost: return {"host", "ADDRESS[/BITS]", "", "client or server, or network"};
  }
  return {};
}

bool is_address(Field field) {
  return field == Field::kServer || field == Field::kClient || field == Field::kHost;
}

// A CLI11 validator: an empty string means that the argument is good.
std::string check_value(Field field, const std::string& text) {
  const FieldFacts facts = facts_of(field);
  if (is_address(field)) return check_network(text);
  const std::vector<std::string> values = values_of(facts.placeholder);
  if (values.empty()) return text.empty() ? "the name of an interface is not empty" : "";
  if (std::find(values.begin(), values.end(), text) != values.end()) return {};
  return fmt::format("'{}' is no {}; there are {}", text, facts.noun, listed(values));
}

void add_value(Choice& choice, Field field, const std::string& text) {
  if (is_address(field)) {
    choice.networks.push_back(*parse_network(text));  // checked already
  } else {
    choice.names.push_back(text);
  }
}

/// What a field of an incident or a flow says.
struct Values {
  std::vector<std::string_view> names;
  std::vector<core::address> addresses;

  void add(const std::optional<Endpoint>& endpoint) {
    if (endpoint) addresses.push_back(endpoint->address);
  }
};

Values values_in(const Incident& incident, Field field) {
  Values values;
  switch (field) {
    case Field::kKind: values.names = {name_of(incident.kind)}; break;
    case Field::kConfidence: values.names = {name_of(incident.confidence)}; break;
    case Field::kReason:
      if (incident.dialogue && incident.dialogue->reason) {
        values.names = {*incident.dialogue->reason};
      }
      break;
    case Field::kState: break;
    case Field::kProtocol: values.names = {name_of(incident.protocol)}; break;
    case Field::kInterface: values.names = {incident.interface}; break;
    case Field::kServer: values.add(incident.server); break;
    case Field::kHost:
      values.add(incident.server);
      if (incident.translation) {
        values.add(incident.translation->original);
        values.add(incident.translation->translated);
      }
      [[fallthrough]];
    case Field::kClient:
      values.add(incident.client);
      values.add(incident.inside_client);
      break;
  }
  return values;
}

Values values_in(const FlowView& flow, Field field) {
  Values values;
  switch (field) {
    case Field::kKind:
    case Field::kConfidence: break;
    case Field::kReason:
      for (const Refusal& refusal : flow.refusals) values.names.emplace_back(refusal.reason);
      break;
    case Field::kState: values.names = {name_of(flow.state)}; break;
    case Field::kProtocol: values.names = {name_of(flow.protocol)}; break;
    case Field::kInterface: values.names = {flow.interface}; break;
    case Field::kHost:
      values.add(flow.client);
      values.add(flow.inside_client);
      [[fallthrough]];
    case Field::kServer:
      values.add(flow.server);
      values.add(flow.published_server);
      break;
    case Field::kClient:
      values.add(flow.client);
      values.add(flow.inside_client);
      break;
  }
  return values;
}

bool is_met(const Choice& choice, const Values& values) {
  const auto named = [&](std::string_view name) {
    return std::find(choice.names.begin(), choice.names.end(), name) != choice.names.end();
  };
  const auto inside = [&](const core::address& address) {
    return std::any_of(choice.networks.begin(), choice.networks.end(),
                       [&](const Network& network) { return contains(network, address); });
  };
  return std::any_of(values.names.begin(), values.names.end(), named) ||
         std::any_of(values.addresses.begin(), values.addresses.end(), inside);
}

template <typename Item>
bool passes(const Item& item, const std::map<Field, Choice>& wanted,
            const std::map<Field, Choice>& unwanted) {
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const auto& entry) {
                       return is_met(entry.second, values_in(item, entry.first));
                     }) &&
         std::none_of(unwanted.begin(), unwanted.end(), [&](const auto& entry) {
           return is_met(entry.second, values_in(item, entry.first));
         });
}

}  // namespace

std::vector<CLI::Option*> Filter::add_options(CLI::App& app, const std::vector<Field>& fields) {
  std::vector<CLI::Option*> added;
  const auto add = [&](Field field, std::map<Field, Choice>& choices, const std::string& prefix,
                       const char* group, const char* verb) {
    const FieldFacts facts = facts_of(field);
    added.push_back(
        app.add_option_function<std::vector<std::string>>(
               fmt::format("--{}{}", prefix, facts.option),
               [&choices, field](const std::vector<std::string>& texts) {
                 for (const std::string& text : texts) add_value(choices[field], field, text);
               },
               fmt::format("{} this {}", verb, facts.what))
            ->type_name(facts.placeholder)
            ->allow_extra_args(false)
            ->group(group)
            ->check(CLI::Validator(
                [field](const std::string& text) { return check_value(field, text); }, "")));
  };
  for (const Field field : fields) add(field, wanted_, "", kWantedGroup, "only");
  for (const Field field : fields) add(field, unwanted_, "not-", kUnwantedGroup, "not");
  return added;
}

bool Filter::wants(const Incident& incident) const { return passes(incident, wanted_, unwanted_); }
bool Filter::wants(const FlowView& flow) const { return passes(flow, wanted_, unwanted_); }

std::string Filter::describe() const {
  std::string text;
  const auto add = [&text](const std::map<Field, Choice>& choices, const char* first) {
    bool begun = false;
    for (const auto& [field, choice] : choices) {
      std::vector<std::string> values = choice.names;
      for (const Network& network : choice.networks) {
        values.push_back(is_single_host(network) ? to_string(network.address) : to_string(network));
      }
      text += fmt::format("{}{}{} {}", text.empty() ? "" : "; ", begun ? "" : first,
                          facts_of(field).option, listed(values));
      begun = true;
    }
  };
  add(wanted_, "only ");
  add(unwanted_, "without ");
  return text;
}

Choice Filter::wanted(Field field) const {
  const auto found = wanted_.find(field);
  return found == wanted_.end() ? Choice() : found->second;
}

}  // namespace mxray::cli
