// SPDX-License-Identifier: Apache-2.0
// Can mxray watch on this host, and does it?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/command.h"
#include "cli/daemon_client.h"
#include "cli/output_form.h"
#include "format/incident_json.h"
#include "format/status_json.h"
#include "format/table.h"
#include "probe/host_checks.h"

namespace mxray::cli {
namespace {

using Outcome = HostCheck::Outcome;

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk: return "ok";
    case Outcome::kWarning: return "warning";
    case Outcome::kFailed: return "failed";
  }
  return "failed";
}

// What the daemon says becomes checks like the host's, so that one table and
// one kind of JSON line hold both.
std::vector<HostCheck> daemon_checks(const Answer& answer, const DaemonStatus& status) {
  if (answer.exit != ExitCode::kOk) {
    return {{"daemon", Outcome::kWarning, answer.message,
             "start mxrayd if it should be running; the checks of this host hold without it"}};
  }
  std::vector<HostCheck> checks = {
      {"daemon", Outcome::kOk, fmt::format("mxrayd {} answers", status.version), ""}};
  for (const Attachment& attachment : status.kernel.attachments) {
    const bool failed = attachment.hook == "none";
    checks.push_back({fmt::format("{} {}", attachment.interface, attachment.direction),
                      failed ? Outcome::kFailed : Outcome::kOk,
                      fmt::format("{}: {}", attachment.hook, attachment.reason),
                      failed ? "see the reason; mxrayd sees nothing in this direction" : ""});
  }
  if (status.records_lost > 0) {
    checks.push_back({"losses", Outcome::kWarning,
                      fmt::format("{} records were lost", status.records_lost),
                      "see the lost_ counters of `mxray status`"});
  }
  return checks;
}

std::string json_line(const HostCheck& check) {
  const nlohmann::ordered_json object = {{"schema_version", kSchemaVersion},
                                         {"check", check.name},
                                         {"outcome", outcome_name(check.outcome)},
                                         {"found", check.found},
                                         {"remedy", check.remedy}};
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string for_people(const std::vector<HostCheck>& checks, const Output& output) {
  Table table;
  table.add_column("check");
  table.add_column("outcome");
  table.add_column("found", Table::Align::kText);
  for (const HostCheck& check : checks) {
    const Colour row = check.outcome == Outcome::kOk        ? Colour::kNone
                       : check.outcome == Outcome::kWarning ? Colour::kYellow
                                                            : Colour::kRed;
    table.add_row({check.name, std::string(outcome_name(check.outcome)), check.found}, row,
                  check.remedy.empty() ? "" : "-> " + check.remedy);
  }
  return table.render(output.colour, output.width);
}

ExitCode examine(bool json, std::vector<std::string> interfaces, const DaemonClient& daemon,
                 const Output& output) {
  Answer answer = daemon.get("/v1/status");
  DaemonStatus status;
  if (answer.exit == ExitCode::kOk) {
    if (auto read = status_from_json(answer.body)) {
      status = *std::move(read);
    } else {
      answer = daemon.not_understood("status", read.error().message);
    }
  }
  if (interfaces.empty()) interfaces = status.interfaces;
  std::vector<HostCheck> checks = host_checks(interfaces);
  const std::vector<HostCheck> more = daemon_checks(answer, status);
  checks.insert(checks.end(), more.begin(), more.end());
  if (json) {
    for (const HostCheck& check : checks) output.out << json_line(check) << '\n';
  } else {
    output.out << for_people(checks, output);
  }
  const bool failed = std::any_of(checks.begin(), checks.end(), [](const HostCheck& check) {
    return check.outcome == Outcome::kFailed;
  });
  return failed ? ExitCode::kFound : ExitCode::kOk;
}

}  // namespace

Command add_doctor(CLI::App& parent, Globals globals) {
  struct Options {
    OutputForm form;
    std::vector<std::string> interfaces;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "doctor", "check whether mxray can watch on this host, and what to change if not");
  options->form.add_options(*app, "text", "one JSON object a check, see docs/incident.schema.json");
  app->add_option("--interface", options->interfaces,
                  "also check this interface; may be repeated; default: those of the daemon")
      ->type_name("IF")
      ->allow_extra_args(false);
  app->footer("Exit codes: 0 no check failed, 1 one did. Nothing is loaded or changed.");
  return {app, [options, globals = std::move(globals)](const Output& output) {
            return examine(options->form.is_json(), options->interfaces,
                           DaemonClient(globals->socket), output);
          }};
}

}  // namespace mxray::cli
