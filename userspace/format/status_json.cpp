// SPDX-License-Identifier: Apache-2.0
#include "format/status_json.h"

#include <fmt/format.h>

#include <array>

#include "format/incident_json.h"
#include "format/json_reader.h"
#include "format/json_writer.h"

namespace mxray {
namespace {

using json::Object;
using json::Reader;

// One walk over the totals serves writing and reading, so the two cannot drift
// apart: `visit(group, name, number)` for each, the name being empty where the
// group itself is the number. A group is `incidents` or `refusals.smtp`.
struct Place {
  const char* group;
  std::string_view member;  // of the group's inner object; empty: none
};

template <typename Totals_, typename Visit>
void walk(Totals_& totals, Visit visit) {
  for (std::size_t kind = 0; kind < kKindCount; ++kind) {
    for (std::size_t i = 0; i < kConfidenceCount; ++i) {
      visit(Place{"incidents", name_of(static_cast<Kind>(kind))},
            name_of(static_cast<Confidence>(i)), totals.incidents[kind][i]);
    }
  }
  for (std::size_t i = 0; i < kIdentOutcomeCount; ++i) {
    visit(Place{"ident_outcomes", {}}, name_of(static_cast<IdentOutcome>(i)),
          totals.ident_outcomes[i]);
  }
  static constexpr std::array<std::string_view, 2> kRefusals = {"4xx", "5xx"};
  // From 1: PROTOCOL_NONE is no flow's protocol.
  for (std::size_t p = 1; p < core::PROTOCOL_COUNT; ++p) {
    const std::string_view protocol = name_of(static_cast<core::protocol>(p));
    for (std::size_t i = 0; i < kRefusals.size(); ++i) {
      visit(Place{"refusals", protocol}, kRefusals[i], totals.refusals[p][i]);
    }
    visit(Place{"flows_opened", {}}, protocol, totals.flows_opened[p]);
    visit(Place{"syn_acks_repeated", {}}, protocol, totals.syn_acks_repeated[p]);
    for (std::size_t i = 0; i < kFlowStateCount; ++i) {
      visit(Place{"flows", protocol}, name_of(static_cast<FlowState>(i)), totals.flows[p][i]);
    }
  }
  visit(Place{"resets", {}}, "by_client", totals.resets[0]);
  visit(Place{"resets", {}}, "by_server", totals.resets[1]);
  visit(Place{nullptr, {}}, "incident_amendments", totals.incident_amendments);
  visit(Place{nullptr, {}}, "records", totals.records);
  visit(Place{nullptr, {}}, "records_unreadable", totals.records_unreadable);
  visit(Place{nullptr, {}}, "flows_forgotten", totals.flows_forgotten);
}

Object to_object(const Totals& totals) {
  Object out = Object::object();
  walk(totals, [&out](const Place& place, std::string_view name, std::uint64_t number) {
    Object* target = place.group == nullptr ? &out : &out[place.group];
    if (!place.member.empty()) target = &(*target)[std::string(place.member)];
    (*target)[std::string(name)] = number;
  });
  return out;
}

Totals read_totals(const Reader& in) {
  Totals totals;
  walk(totals, [&in](const Place& place, std::string_view name, std::uint64_t& number) {
    Reader target = place.group == nullptr ? in : in.object(place.group);
    if (!place.member.empty()) target = target.object(std::string(place.member).c_str());
    std::optional<std::uint64_t> value;
    target.read(std::string(name).c_str(), value);
    number = value.value_or(0);
  });
  return totals;
}

KernelStats read_kernel(const Reader& in) {
  KernelStats kernel;
  for (const Reader& item : in.objects("attachments")) {
    Attachment& attachment = kernel.attachments.emplace_back();
    item.read("interface", attachment.interface);
    item.read("direction", attachment.direction);
    item.read("hook", attachment.hook);
    item.read("reason", attachment.reason);
  }
  const Reader counters = in.object("counters");
  for (std::size_t i = 0; i < kernel.counters.size(); ++i) {
    std::optional<std::uint64_t> value;
    counters.read(std::string(counter_name(static_cast<core::counter>(i))).c_str(), value);
    kernel.counters[i] = value.value_or(0);
  }
  for (const Reader& item : in.objects("maps")) {
    MapFill& map = kernel.maps.emplace_back();
    item.read("name", map.name);
    item.read_integer("entries", map.entries);
    item.read_integer("capacity", map.capacity);
  }
  return kernel;
}

void add_kernel(Object& out, const KernelStats& kernel) {
  out["attachments"] = Object::array();
  for (const Attachment& attachment : kernel.attachments) {
    out["attachments"].push_back({{"interface", attachment.interface},
                                  {"direction", attachment.direction},
                                  {"hook", attachment.hook},
                                  {"reason", attachment.reason}});
  }
  out["counters"] = Object::object();
  for (std::size_t i = 0; i < kernel.counters.size(); ++i) {
    out["counters"][std::string(counter_name(static_cast<core::counter>(i)))] = kernel.counters[i];
  }
  out["maps"] = Object::array();
  for (const MapFill& map : kernel.maps) {
    out["maps"].push_back(
        {{"name", map.name}, {"entries", map.entries}, {"capacity", map.capacity}});
  }
}

}  // namespace

std::vector<std::string> sentences(const ReloadProblems& problems) {
  std::vector<std::string> list;
  const auto add = [&list](std::string_view file, const std::string& problem) {
    if (!problem.empty())
      list.push_back(fmt::format("the {} on disk is not in force: {}", file, problem));
  };
  add("configuration", problems.config);
  add("web configuration", problems.web_config);
  return list;
}

std::uint64_t records_lost(const KernelStats& kernel, const Totals& totals) {
  return kernel.counters[core::COUNT_LOST_INCIDENT_RECORD] +
         kernel.counters[core::COUNT_LOST_DIALOGUE_RECORD] - kernel.lost_before +
         totals.records_unreadable;
}

std::string to_json_line(const DaemonStatus& status) {
  Object out;
  out["schema_version"] = kSchemaVersion;
  out["version"] = status.version;
  out["uptime_seconds"] = json::rounded(status.uptime_seconds, 3);
  out["interfaces"] = status.interfaces;
  out["records_lost"] = status.records_lost;
  out["store"] = {{"state", status.store.state}, {"detail", status.store.detail}};
  out["reload_problems"] = {{"config", status.reload_problems.config},
                            {"web_config", status.reload_problems.web_config}};
  out["privileges"] = status.privileges;
  out["pin_dir"] = status.pin_dir;
  add_kernel(out, status.kernel);
  out["totals"] = to_object(status.totals);
  return json::line(out);
}

Result<DaemonStatus> status_from_json(std::string_view text) {
  const Reader in(text, "status");
  DaemonStatus status;
  in.read("version", status.version);
  in.read("uptime_seconds", status.uptime_seconds);
  status.interfaces = in.strings("interfaces");
  in.read_integer("records_lost", status.records_lost);
  const Reader store = in.object("store");
  store.read("state", status.store.state);
  store.read("detail", status.store.detail);
  if (in.has("reload_problems")) {  // a daemon of before does not tell
    const Reader problems = in.object("reload_problems");
    problems.read("config", status.reload_problems.config);
    problems.read("web_config", status.reload_problems.web_config);
  }
  if (in.has("privileges")) in.read("privileges", status.privileges);
  if (in.has("pin_dir")) in.read("pin_dir", status.pin_dir);
  status.kernel = read_kernel(in);
  status.totals = read_totals(in.object("totals"));
  if (in.problem()) return Error{*in.problem()};
  return status;
}

}  // namespace mxray
