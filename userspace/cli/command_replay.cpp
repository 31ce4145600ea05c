// SPDX-License-Identifier: Apache-2.0
// Which incidents are in these capture files?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/command.h"
#include "cli/filter.h"
#include "cli/forger_place.h"
#include "cli/grouping.h"
#include "cli/incident_list.h"
#include "cli/output_form.h"
#include "cli/replay_arguments.h"
#include "cli/replay_summary.h"
#include "format/explain.h"
#include "format/incident_json.h"
#include "format/placement_json.h"
#include "format/status_json.h"
#include "format/table.h"
#include "replay/replay.h"

namespace mxray::cli {
namespace {

struct Options {
  std::vector<std::string> files;
  OutputForm form;
  Filter filter;
  bool explain = false;
  Grouping grouping;
  ReplayArguments judging;
  std::string path;  // a file; empty: none
};

// Kind and confidence, what happened, what to do: one block an incident.
std::string block(const Incident& incident, const Output& output) {
  const auto width = static_cast<std::size_t>(output.width);
  const std::string head =
      fmt::format("{} ({})", name_of(incident.kind), name_of(incident.confidence));
  return fmt::format("{}  {}  {} -> {}\n", paint(head, colour_of(incident), output.colour),
                     printable(incident.id), to_string(incident.client),
                     to_string(incident.server)) +
         wrap(incident.summary, width, 2) +
         (incident.remedy.empty() ? "" : wrap_advice("What to do: " + incident.remedy, width, 2));
}

void show(const Incident& incident, const std::optional<Path>& path, const Options& options,
          IncidentList& list, const Output& output) {
  const bool placed =
      path && is_forgery(incident.kind) && path->server.address == incident.server.address;
  const std::string place_text = placed ? where(incident, path) : "";
  if (options.form.is_json()) {
    const std::string line = options.explain ? to_json_full(incident) : to_json_line(incident);
    list.add(incident, placed ? with_placement(line, place(incident, *path)) : line);
  } else if (options.explain) {
    output.out << explain(incident, {.colour = output.colour,
                                     .width = output.width,
                                     .where = place_text,
                                     .zone = output.zone})
               << '\n';
  } else if (!options.form.is_text()) {
    list.add(incident, {});
  } else {
    const auto width = static_cast<std::size_t>(output.width);
    output.out << block(incident, output) << (placed ? wrap("Where: " + place_text, width, 2) : "")
               << '\n';
  }
}

/// The path of --path, to the server of the incidents that have a forger: nullopt if
/// none was given or there is nobody to place.
Result<std::optional<Path>> read_path(const std::string& text,
                                      const std::vector<Incident>& incidents) {
  std::optional<Error> problem;
  for (const Incident& incident : incidents) {
    if (!is_forgery(incident.kind)) continue;
    Result<Path> path = path_to_server(text, incident.server);
    if (path) return std::optional(*std::move(path));
    if (!problem) problem = path.error();
  }
  if (problem) return *problem;
  return std::optional<Path>();
}

ExitCode replay_files(const Options& options, const Output& output) {
  std::string path_text;
  if (!options.path.empty()) {
    auto text = read_path_text(options.path);
    if (!text) return output.fail(ExitCode::kUsage, text.error().message);
    path_text = *std::move(text);
  }
  ReplayResult result = replay(options.files, options.judging.settings());
  const std::size_t found = result.incidents.size();
  // A wave is shown whole, so what servers it must hit is asked of the waves.
  Filter filter = options.filter;
  if (options.grouping.on) filter.want_any(Field::kServer);
  std::erase_if(result.incidents,
                [&](const Incident& incident) { return !filter.wants(incident); });
  Result<std::optional<Path>> path = std::optional<Path>();
  if (!options.path.empty()) path = read_path(path_text, result.incidents);
  if (!path) {
    return output.fail(ExitCode::kUsage,
                       fmt::format("--path {}: {}", options.path, path.error().message));
  }
  if (options.grouping.on) {
    show_waves(
        result.incidents, options.grouping,
        {.json = options.form.is_json(), .servers = options.filter.wanted(Field::kServer).networks},
        output);
  } else {
    IncidentList list(options.form, output);
    for (const Incident& incident : result.incidents) show(incident, *path, options, list, output);
    list.finish();
  }
  // Of files that could not be opened there is nothing to sum up; least of all
  // that they hold no incident.
  const bool judged = !result.error || result.packets > 0;
  if (!options.form.is_json() && judged) {
    const ReplayFigures figures{.packets = result.packets,
                                .incidents = found,
                                .left_out = found - result.incidents.size(),
                                .totals = result.totals,
                                .stats = result.stats};
    output.out << wrap(replay_summary(figures), static_cast<std::size_t>(output.width));
  }
  output.out.flush();
  if (result.error) return output.fail(ExitCode::kUsage, result.error->message);
  return output.partial_or(records_lost(result.stats, result.totals),
                           result.incidents.empty() ? ExitCode::kOk : ExitCode::kFound);
}

}  // namespace

Command add_replay(CLI::App& parent) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "replay", "find incidents in capture files; needs neither root nor mxrayd");
  app->add_option("FILE", options->files,
                  "pcap or pcapng; each is taken as one interface, several are merged by time")
      ->required();
  options->form.add_options(*app, "text|line|table", "one JSON object an incident, no summary");
  CLI::Option* explain_flag =
      app->add_flag("--explain", options->explain, "show each incident as `mxray explain` does");
  CLI::Option* path_option =
      app->add_option(
             "--path", options->path,
             "a traceroute to the server of a forged reply or reset, to say between which\n"
             "two hops its forger sits (Linux, BSD, Windows, mtr --report, mxray trace; -: stdin)")
          ->type_name("FILE");
  add_grouping(*app, options->grouping)->excludes(explain_flag)->excludes(path_option);
  add_replay_arguments(*app, options->judging);
  options->filter.add_options(*app, kIncidentFields);
  app->footer(
      "Examples:\n"
      "  mxray replay --explain bounce.pcap\n"
      "  mxray replay --output line --not-kind rejected outside.pcap inside.pcap\n\n"
      "Exit codes: 0 no incident, 1 incidents found, 2 a file could not be read to its end\n"
      "(what came before is shown), 5 records were lost.");
  return {app, [options](const Output& output) { return replay_files(*options, output); }};
}

}  // namespace mxray::cli
