// SPDX-License-Identifier: Apache-2.0
// What happened in one incident, packet by packet, and where does its forger sit?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/command.h"
#include "cli/daemon_client.h"
#include "cli/forger_place.h"
#include "cli/output_form.h"
#include "format/explain.h"
#include "format/incident_json.h"
#include "format/placement_json.h"

namespace mxray::cli {
namespace {

struct Options {
  std::string id;
  std::string path;  // a file; empty: ask the daemon
  OutputForm form;
};

/// The path to the incident's server, if there is one.
Result<std::optional<Path>> find_path(const Incident& incident, const Options& options,
                                      const DaemonClient& daemon) {
  if (options.path.empty()) {
    if (!is_forgery(incident.kind)) return std::optional<Path>();
    return latest_path(daemon, incident.server);
  }
  if (!is_forgery(incident.kind)) {
    return Error{
        fmt::format("incident {} is of kind {}, which has no forger to place; leave --path "
                    "out",
                    incident.id, name_of(incident.kind))};
  }
  const Result<std::string> text = read_path_text(options.path);
  if (!text) return text.error();
  Result<Path> path = path_to_server(*text, incident.server);
  if (!path) return Error{fmt::format("--path {}: {}", options.path, path.error().message)};
  return std::optional(*std::move(path));
}

ExitCode explain_incident(const Options& options, const DaemonClient& daemon,
                          const Output& output) {
  const std::string& id = options.id;
  const Answer answer = daemon.get("/v1/incidents/" + percent_encode(id));
  if (answer.not_found) {
    return output.fail(ExitCode::kUsage,
                       fmt::format("there is no incident '{}'; `mxray incidents` lists those that "
                                   "the daemon keeps",
                                   id));
  }
  if (answer.exit != ExitCode::kOk) return output.fail(answer.exit, answer.message);
  const auto incident = incident_from_json(answer.body);
  if (!incident) {
    const Answer problem = daemon.not_understood("incident", incident.error().message);
    return output.fail(problem.exit, problem.message);
  }
  const auto path = find_path(*incident, options, daemon);
  if (!path) return output.fail(ExitCode::kUsage, path.error().message);
  if (options.form.is_json()) {
    const auto placement = *path ? std::optional(place(*incident, **path)) : std::nullopt;
    output.out << with_placement(to_json_full(*incident), placement) << '\n';
    return ExitCode::kOk;
  }
  ExplainOptions look{.colour = output.colour, .width = output.width, .zone = output.zone};
  if (is_forgery(incident->kind)) look.where = where(*incident, *path);
  output.out << explain(*incident, look);
  return ExitCode::kOk;
}

}  // namespace

Command add_explain(CLI::App& parent, Globals globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "explain",
      "one incident: the packets around it, the reasons, what to do, where the forger is");
  app->add_option("ID", options->id, "as `mxray incidents` shows it, 12 hex digits")->required();
  options->form.add_options(*app, "text", "the incident with its packets as one JSON object");
  app->add_option("--path", options->path,
                  "a traceroute to its server (Linux, BSD, Windows, mtr --report, mxray trace;\n"
                  "- is standard input) instead of the daemon's latest path there")
      ->type_name("FILE");
  return {app, [options, globals = std::move(globals)](const Output& output) {
            return explain_incident(*options, DaemonClient(globals->socket), output);
          }};
}

}  // namespace mxray::cli
