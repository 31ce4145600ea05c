// SPDX-License-Identifier: Apache-2.0
// Which mail connections are there now, and who waits for whom? Which were there, and
// which come, change and go?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <optional>
#include <ostream>

#include "base/bounded_map.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/daemon_client.h"
#include "cli/filter.h"
#include "cli/flow_list.h"
#include "cli/follow.h"
#include "cli/moment.h"
#include "cli/output_form.h"
#include "cli/session_pages.h"
#include "cli/value_sets.h"
#include "format/flow_json.h"

namespace mxray::cli {
namespace {

constexpr std::chrono::milliseconds kPollInterval(1000);

// What --follow asks for each time, and of how many it knows the state, whatever the
// gateway has: a million connections would be hundreds of megabytes a second.
constexpr std::size_t kMostFlows = 1000;
constexpr std::size_t kMostKnown = 65536;

std::string footer() {
  return "States: " + listed(values_of("STATE")) +
         ".\n\n"
         "Without --since or --until: the connections of now and of the last minute. With\n"
         "them: those that were opened in that time, as long as the daemon keeps them. With\n"
         "--follow: a line for each connection of now, then one whenever one is opened,\n"
         "greeted, encrypted or closed; of the 1000 heard of latest, each second, and it says\n"
         "so if there are as many.\n"
         "--reason is that of a reply that refused something.\n"
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

// The answer, or what is wrong with a line of it.
Answer visit(Answer answer, const DaemonClient& daemon, const SessionVisitor& visitor) {
  if (answer.exit != ExitCode::kOk) return answer;
  for (const std::string_view line : lines_of(answer.body)) {
    const auto flow = flow_from_json(line);
    if (!flow) return daemon.not_understood("flow", flow.error().message);
    visitor(*flow, line);
  }
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
  const Result<Span> span = options.period.span(wall_clock_ns(), output.zone);
  if (!span) return output.fail(ExitCode::kUsage, span.error().message);
  FlowList flows(options.form, output, past);
  const SessionVisitor show = [&](const FlowView& flow, std::string_view line) {
    if (options.filter.wants(flow)) flows.add(flow, line);
  };
  const Answer answer = past ? visit_sessions(daemon,
                                              {{"since_ns", std::to_string(span->since_ns)},
                                               {"until_ns", std::to_string(span->until_ns)}},
                                              show)
                             : visit(daemon.get("/v1/flows", query_of(options)), daemon, show);
  if (answer.exit != ExitCode::kOk) return output.fail(answer.exit, answer.message);
  flows.finish();
  if (flows.count() == 0 && !options.form.is_json()) {
    const std::string filter = options.filter.describe();
    output.err << fmt::format("No mail connections {}{}.\n", past ? "then" : "now",
                              filter.empty() ? "" : " (" + printable(filter) + ")");
    if (past && answer.complete_since_ns > span->since_ns) {
      output.err << fmt::format("mxray: the daemon keeps none from before {}\n",
                                timestamp(answer.complete_since_ns, output.zone));
    }
  }
  return output.partial_or(answer.records_lost, ExitCode::kOk);
}

/// What --follow knows of the connections so far, and who is told what of them.
class Changes {
 public:
  Changes(const Options& options, const DaemonClient& daemon, const Output& output)
      : form_(options.form.as_lines()),
        filter_(options.filter),
        daemon_(daemon),
        output_(output),
        query_(query_of(options)),
        list_(form_, output, true) {
    query_.emplace_back("limit", std::to_string(kMostFlows));
  }

  // First those that wait longest, whenever they were heard of; then what is new.
  [[nodiscard]] Query query() const {
    Query query = query_;
    if (!first_) query.emplace_back("order", "latest");
    return query;
  }

  // A line for each connection that is new or in another state than it was.
  ExitCode take(const Answer& answer) {
    std::size_t count = 0;
    const Answer visited = visit(answer, daemon_, [&](const FlowView& flow, std::string_view line) {
      if (is_news(flow) && filter_.wants(flow)) list_.add(flow, line);
      ++count;
    });
    if (visited.exit != ExitCode::kOk) return output_.fail(visited.exit, visited.message);
    if (count >= kMostFlows) tell_of_more();
    first_ = false;
    return ExitCode::kOk;
  }

 private:
  bool is_news(const FlowView& flow) {
    std::optional<FlowState>& known = known_.touch(key_of(flow));
    const bool was_closed = first_ || flow.closed_ns < started_ns_;
    const bool is_past = !known && flow.state == FlowState::kClosed && was_closed;
    const bool is_change = known != flow.state;
    known = flow.state;
    return is_change && !is_past;
  }

  // Once: a busy gateway would say it every second. Which of a full answer were heard of
  // within the second cannot be seen.
  void tell_of_more() {
    if (told_) return;
    told_ = true;
    output_.err << fmt::format(
        "mxray: there are {0} connections or more{1}: in a second in which more than {0} are "
        "heard of, changes may be missing; `mxray flows --since` lists all that were\n",
        kMostFlows, first_ ? ", and not all of those of now are shown" : "");
  }

  OutputForm form_;
  const Filter& filter_;
  const DaemonClient& daemon_;
  const Output& output_;
  Query query_;
  FlowList list_;
  BoundedMap<std::string, std::optional<FlowState>> known_{kMostKnown};
  std::uint64_t started_ns_ = wall_clock_ns();
  bool first_ = true;
  bool told_ = false;
};

ExitCode follow(const Options& options, const DaemonClient& daemon, const Output& output) {
  Changes changes(options, daemon, output);
  return cli::follow({.path = "/v1/flows",
                      .interval = kPollInterval,
                      .query = [&changes] { return changes.query(); },
                      .take = [&changes](const Answer& answer) { return changes.take(answer); }},
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
