// SPDX-License-Identifier: Apache-2.0
// Which incidents did the daemon see, and which come next?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <ostream>

#include "cli/command.h"
#include "cli/daemon_client.h"
#include "cli/filter.h"
#include "cli/follow.h"
#include "cli/grouping.h"
#include "cli/incident_list.h"
#include "cli/incident_query.h"
#include "cli/moment.h"
#include "cli/output_form.h"
#include "cli/value_sets.h"
#include "format/incident_json.h"
#include "format/table.h"

namespace mxray::cli {
namespace {

// A person does not notice it, and an idle daemon is asked three times a second.
constexpr std::chrono::milliseconds kPollInterval(300);

std::string footer() {
  return "Kinds: " + listed(values_of("KIND")) +
         ".\n\n"
         "Reasons of kind rejected: " +
         listed(values_of("REASON")) +
         ".\n\n"
         "All options that filter must fit; of one that is repeated, one value. With --group,\n"
         "--server chooses waves that hit it and shows them whole; the others choose what is\n"
         "grouped.\n"
         "\n"
         "Examples:\n"
         "  mxray incidents --since 2h --not-kind rejected\n"
         "  mxray incidents --follow --confidence certain --server 192.0.2.0/24\n"
         "  mxray incidents --since '2026-11-22 14:00' --until 15:30 --output table\n"
         "  mxray incidents --group --since 7d --gap 30m\n"
         "\n"
         "Exit codes: 0 ok, found or not, 2 usage, 3 no daemon, 4 no permission on its socket,\n"
         "5 records were lost, so this may not be all.";
}

struct Options {
  OutputForm form;
  Filter filter;
  Period period;
  bool follow = false;
  Grouping grouping;

  [[nodiscard]] Result<Span> span(const Output& output) const {
    return period.span(wall_clock_ns(), output.zone);
  }
};

/// What one question to the daemon is about.
struct Wanted {
  const Filter& filter;
  std::uint64_t until_ns;

  [[nodiscard]] bool wants(const Incident& incident) const {
    return incident.time_ns <= until_ns && filter.wants(incident);
  }
};

// Shows the lines of one answer and returns the highest revision among them;
// nullopt after a complaint about a line that is no incident.
std::optional<std::uint64_t> show(const Answer& answer, const Wanted& wanted, IncidentList& list,
                                  const DaemonClient& daemon, const Output& output) {
  std::uint64_t latest = 0;
  for (const std::string_view line : lines_of(answer.body)) {
    const auto incident = incident_from_json(line);
    if (!incident) {
      const Answer problem = daemon.not_understood("incident", incident.error().message);
      output.fail(problem.exit, problem.message);
      return std::nullopt;
    }
    if (wanted.wants(*incident)) list.add(*incident, line);
    latest = std::max(latest, revision_of(line).value_or(0));
  }
  output.out.flush();
  return latest;
}

// So that nobody takes the limits of a question for silence on the wire. The latest one
// costs the daemon nothing, however many it keeps.
void tell_nothing_found(std::string_view what, const Options& options, const Span& span,
                        const DaemonClient& daemon, const Output& output) {
  const std::string filter = options.filter.describe();
  std::string sentence = fmt::format("No {}", what);
  if (!filter.empty()) sentence += fmt::format(" ({})", printable(filter));
  if (!options.period.since.empty()) {
    sentence += fmt::format(" since {}", timestamp(span.since_ns, output.zone));
  }
  if (!options.period.until.empty()) {
    sentence += fmt::format(" until {}", timestamp(span.until_ns, output.zone));
  }
  sentence += '.';
  if (!filter.empty() || options.period.given()) {
    const Answer latest = daemon.get("/v1/incidents", {{"limit", "1"}});
    const auto lines = lines_of(latest.body);
    const auto incident = lines.empty() ? Error{} : incident_from_json(lines.back());
    if (latest.exit == ExitCode::kOk && lines.empty()) sentence += " There are none at all.";
    if (incident) {
      sentence += fmt::format(" The latest of all is {}, {}, of {}.", printable(incident->id),
                              name_of(incident->kind), timestamp(incident->time_ns, output.zone));
    }
  }
  output.err << sentence << '\n';
}

// What the daemon has forgotten is missing, and a wave that begins with it is cut short.
void tell_what_is_forgotten(const Answer& answer, std::uint64_t since_ns, const Output& output) {
  if (answer.complete_since_ns <= since_ns) return;
  output.err << fmt::format(
      "mxray: the daemon's list is full, so incidents before {} may be missing; a shorter "
      "--since avoids that\n",
      timestamp(answer.complete_since_ns, output.zone));
}

ExitCode list(const Options& options, const DaemonClient& daemon, const Output& output) {
  const Result<Span> span = options.span(output);
  if (!span) return output.fail(ExitCode::kUsage, span.error().message);
  const Answer answer = daemon.get("/v1/incidents", incident_query(options.filter, span->since_ns));
  if (answer.exit != ExitCode::kOk) return output.fail(answer.exit, answer.message);
  IncidentList incidents(options.form, output);
  if (!show(answer, {options.filter, span->until_ns}, incidents, daemon, output)) {
    return ExitCode::kUnreachable;
  }
  incidents.finish();
  const bool none = incidents.count() == 0;
  if (none && !options.form.is_json()) {
    tell_nothing_found("incidents", options, *span, daemon, output);
  }
  // Without a period what is asked for is what the daemon keeps, and that is whole.
  if (options.period.given() || none) tell_what_is_forgotten(answer, span->since_ns, output);
  return output.partial_or(answer.records_lost, ExitCode::kOk);
}

// What is asked for is all forgeries of the time, of whatever server: a wave is
// told whole.
ExitCode group(const Options& options, const DaemonClient& daemon, const Output& output) {
  const Result<Span> span = options.span(output);
  if (!span) return output.fail(ExitCode::kUsage, span.error().message);
  Options wider = options;
  const std::vector<Network> servers = wider.filter.wanted(Field::kServer).networks;
  wider.filter.want_any(Field::kServer);
  Query query = incident_query(wider.filter, span->since_ns);
  if (options.filter.wanted(Field::kKind).empty()) {
    for (const Kind kind : {Kind::kForgedReply, Kind::kForgedReset}) {
      query.emplace_back("kind", name_of(kind));
    }
  }
  const Answer answer = daemon.get("/v1/incidents", query);
  if (answer.exit != ExitCode::kOk) return output.fail(answer.exit, answer.message);
  const Wanted wanted{wider.filter, span->until_ns};
  std::vector<Incident> incidents;
  for (const std::string_view line : lines_of(answer.body)) {
    auto incident = incident_from_json(line);
    if (!incident) {
      const Answer problem = daemon.not_understood("incident", incident.error().message);
      return output.fail(problem.exit, problem.message);
    }
    if (wanted.wants(*incident)) incidents.push_back(*std::move(incident));
  }
  const bool json = options.form.is_json();
  const bool any =
      show_waves(incidents, options.grouping, {.json = json, .servers = servers}, output);
  if (!any && !json) {
    tell_nothing_found("forged replies or resets", options, *span, daemon, output);
  }
  tell_what_is_forgotten(answer, span->since_ns, output);
  return output.partial_or(answer.records_lost, ExitCode::kOk);
}

// Revisions rise across a restart of the daemon, so nothing shows twice.
ExitCode follow(const Options& options, const DaemonClient& daemon, const Output& output) {
  const OutputForm form = options.form.as_lines();
  const Result<Span> span = options.span(output);  // once: --since counts from the start
  if (!span) return output.fail(ExitCode::kUsage, span.error().message);
  const Wanted wanted{options.filter, span->until_ns};
  IncidentList incidents(form, output);
  const Query query = incident_query(options.filter, span->since_ns);
  std::uint64_t after = 0;
  const auto next_query = [&] {
    Query next = query;
    next.emplace_back("after", std::to_string(after));
    return next;
  };
  const auto take = [&](const Answer& answer) {
    const auto latest = show(answer, wanted, incidents, daemon, output);
    after = std::max(after, latest.value_or(0));
    return latest ? ExitCode::kOk : ExitCode::kUnreachable;
  };
  return cli::follow(
      {.path = "/v1/incidents", .interval = kPollInterval, .query = next_query, .take = take},
      daemon, output);
}

}  // namespace

Command add_incidents(CLI::App& parent, Globals globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand("incidents", "list the incidents that the daemon keeps");
  options->form.add_options(*app, "line|table",
                            "one JSON object a line, see docs/incident.schema.json");
  CLI::Option* until = options->period.add_options(*app, "incidents");
  CLI::Option* follow_flag =
      app->add_flag("--follow", options->follow,
                    "go on with new and amended incidents as they come, until interrupted")
          ->excludes(until);
  add_grouping(*app, options->grouping)->excludes(follow_flag);
  options->filter.add_options(*app, kIncidentFields);
  app->footer(footer());
  return {app, [options, globals = std::move(globals)](const Output& output) {
            const DaemonClient daemon(globals->socket);
            if (options->grouping.on) return group(*options, daemon, output);
            return options->follow ? follow(*options, daemon, output)
                                   : list(*options, daemon, output);
          }};
}

}  // namespace mxray::cli
