// SPDX-License-Identifier: Apache-2.0
// Which mail connections are there now, and who waits for whom? Which were there, and
// which come, change and go?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <ostream>
#include <set>

#include "cli/command.h"
#include "cli/daemon_client.h"
#include "cli/filter.h"
#include "cli/flow_list.h"
#include "cli/follow.h"
#include "cli/moment.h"
#include "cli/output_form.h"
#include "cli/value_sets.h"
#include "format/flow_json.h"

namespace mxray::cli {
namespace {

// All connections are asked for each time, so less often than incidents are.
constexpr std::chrono::milliseconds kPollInterval(1000);

std::string footer() {
  return "States: " + listed(values_of("STATE")) +
         ".\n\n"
         "Without --since or --until: the connections of now and of the last minute. With\n"
         "them: those that were opened in that time, as long as the daemon keeps them. With\n"
         "--follow: a line for each connection of now, then one whenever one is opened,\n"
         "greeted, encrypted or closed. --reason is that of a reply that refused something.\n"
         "\n"
         "Examples:\n"
         "  mxray flows --state waiting\n"
         "  mxray flows --follow --server 192.0.2.25 --not-client 10.0.0.0/8\n"
         "  mxray flows --since 14:00 --until 14:30 --output line\n"
         "\n"
         "Exit codes: 0 ok, 2 usage, 3 no daemon, 4 no permission on its socket, 5 records\n"
         "were lost, so this may not be all.";
}

struct Options {
  OutputForm form;
  Filter filter;
  Period period;
  bool follow = false;
};

/// Where a line of the daemon goes to.
using Visitor = std::function<void(const FlowView& flow, std::string_view line)>;

// The answer, or what is wrong with a line of it.
Answer visit(Answer answer, const DaemonClient& daemon, const Visitor& visitor) {
  if (answer.exit != ExitCode::kOk) return answer;
  for (const std::string_view line : lines_of(answer.body)) {
    const auto flow = flow_from_json(line);
    if (!flow) return daemon.not_understood("flow", flow.error().message);
    visitor(*flow, line);
  }
  return answer;
}

std::string key_of(const FlowView& flow) {
  return fmt::format("{} {} {}", to_string(flow.client), to_string(flow.server), flow.opened_ns);
}

// What the daemon keeps of a time, page by page. The same connection may come twice:
// as one of now and as one that has ended.
Answer visit_past(const Options& options, const DaemonClient& daemon, const Output& output,
                  const Visitor& visitor) {
  const std::uint64_t now = wall_clock_ns();
  const Query period = {{"since_ns", std::to_string(options.period.since_ns(now, output.zone))},
                        {"until_ns", std::to_string(options.period.until_ns(now, output.zone))}};
  std::set<std::string> known;
  std::string after;
  Answer answer;
  do {
    Query query = period;
    if (!after.empty()) query.emplace_back("after", after);
    answer = visit(daemon.get("/v1/sessions", query), daemon,
                   [&](const FlowView& flow, std::string_view line) {
                     if (known.insert(key_of(flow)).second) visitor(flow, line);
                   });
    if (answer.exit != ExitCode::kOk || answer.next == after) break;
    after = answer.next;
  } while (!after.empty());
  return answer;
}

// What the daemon can leave out itself; the filter goes over the rest.
Query query_of(const Options& options) {
  Query query;
  for (const std::string& state : options.filter.wanted(Field::kState).names) {
    query.emplace_back("state", state);
  }
  return query;
}

ExitCode list(const Options& options, const DaemonClient& daemon, const Output& output) {
  const bool past = options.period.given();
  FlowList flows(options.form, output, past);
  const Visitor show = [&](const FlowView& flow, std::string_view line) {
    if (options.filter.wants(flow)) flows.add(flow, line);
  };
  const Answer answer = past ? visit_past(options, daemon, output, show)
                             : visit(daemon.get("/v1/flows", query_of(options)), daemon, show);
  if (answer.exit != ExitCode::kOk) return output.fail(answer.exit, answer.message);
  flows.finish();
  if (flows.count() == 0 && !options.form.is_json()) {
    output.err << (past ? "No mail connections then.\n" : "No mail connections now.\n");
  }
  return output.partial_or(answer.records_lost, ExitCode::kOk);
}

// A line for each connection that is new or in another state than a moment ago.
ExitCode follow(const Options& options, const DaemonClient& daemon, const Output& output) {
  const OutputForm form = options.form.as_lines();
  FlowList flows(form, output, true);
  std::map<std::string, FlowState> before;
  bool first = true;
  const auto take = [&](const Answer& answer) {
    std::map<std::string, FlowState> now;
    const Answer visited = visit(answer, daemon, [&](const FlowView& flow, std::string_view line) {
      const std::string key = key_of(flow);
      now[key] = flow.state;
      const auto known = before.find(key);
      const bool changed = known == before.end() || known->second != flow.state;
      const bool is_past = first && flow.state == FlowState::kClosed;
      if (changed && !is_past && options.filter.wants(flow)) flows.add(flow, line);
    });
    before = std::move(now);
    first = false;
    return visited.exit == ExitCode::kOk ? ExitCode::kOk
                                         : output.fail(visited.exit, visited.message);
  };
  return cli::follow({.path = "/v1/flows",
                      .interval = kPollInterval,
                      .query = [] { return Query(); },
                      .take = take},
                     daemon, output);
}

}  // namespace

Command add_flows(CLI::App& parent, Globals globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "flows",
      "list the mail connections of now and of the last minute, the longest waiting first");
  options->form.add_options(*app, "table|line",
                            "one JSON object a line, see docs/incident.schema.json");
  CLI::Option* until = options->period.add_options(*app, "connections opened");
  app->add_flag("--follow", options->follow,
                "a line whenever one is opened or changes its state, until interrupted")
      ->excludes(until)
      ->excludes(app->get_option("--since"));
  options->filter.add_options(*app, kFlowFields);
  app->footer(footer());
  return {app, [options, globals = std::move(globals)](const Output& output) {
            const DaemonClient daemon(globals->socket);
            return options->follow ? follow(*options, daemon, output)
                                   : list(*options, daemon, output);
          }};
}

}  // namespace mxray::cli
