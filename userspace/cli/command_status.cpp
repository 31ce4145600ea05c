// SPDX-License-Identifier: Apache-2.0
// Is the daemon well: what does it watch, what did it count, what did it lose?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/command.h"
#include "cli/daemon_client.h"
#include "cli/output_form.h"
#include "format/status_json.h"
#include "format/table.h"
#include "format/uptime.h"

namespace mxray::cli {
namespace {

std::string attachments(const DaemonStatus& status, const Output& output) {
  Table table;
  table.add_column("interface");
  table.add_column("direction");
  table.add_column("hook");
  table.add_column("reason", Table::Align::kText);
  for (const Attachment& attachment : status.kernel.attachments) {
    table.add_row({attachment.interface, attachment.direction, attachment.hook, attachment.reason},
                  attachment.hook == "none" ? Colour::kRed : Colour::kNone);
  }
  return table.empty() ? "No program is attached to any interface.\n"
                       : table.render(output.colour, output.width);
}

std::string incidents(const Totals& totals, const Output& output) {
  Table table;
  table.add_column("incidents");
  for (std::size_t i = 0; i < kConfidenceCount; ++i) {
    table.add_column(std::string(name_of(static_cast<Confidence>(i))), Table::Align::kRight);
  }
  for (std::size_t kind = 0; kind < kKindCount; ++kind) {
    std::vector<std::string> cells = {std::string(name_of(static_cast<Kind>(kind)))};
    for (const std::uint64_t total : totals.incidents[kind]) cells.push_back(std::to_string(total));
    table.add_row(std::move(cells));
  }
  return table.render(output.colour, output.width);
}

std::string counters(const KernelStats& kernel, const Output& output) {
  Table table;
  table.add_column("counter");
  table.add_column("value", Table::Align::kRight);
  for (std::size_t i = 0; i < kernel.counters.size(); ++i) {
    if (kernel.counters[i] == 0) continue;
    const std::string_view name = counter_name(static_cast<core::counter>(i));
    table.add_row({std::string(name), std::to_string(kernel.counters[i])},
                  name.starts_with("lost_") ? Colour::kYellow : Colour::kNone);
  }
  return table.empty() ? "All counters are 0.\n" : table.render(output.colour, output.width);
}

std::string maps(const KernelStats& kernel, const Output& output) {
  Table table;
  table.add_column("map");
  table.add_column("entries", Table::Align::kRight);
  table.add_column("capacity", Table::Align::kRight);
  table.add_column("full", Table::Align::kRight);
  for (const MapFill& map : kernel.maps) {
    const std::string full =
        map.capacity == 0 ? "" : fmt::format("{} %", map.entries * 100 / map.capacity);
    table.add_row({map.name, std::to_string(map.entries), std::to_string(map.capacity), full});
  }
  return table.empty() ? "" : "\n" + table.render(output.colour, output.width);
}

/// What an attacker would have, and what a restart would cost.
std::string standing(const DaemonStatus& status) {
  std::string text;
  if (!status.privileges.empty()) {
    text += fmt::format("privileges: {}\n", printable(status.privileges));
  }
  if (!status.pin_dir.empty()) {
    text += fmt::format("restart: nothing goes unwatched, pinned below {}\n",
                        printable(status.pin_dir));
  } else {
    text += "restart: nothing is pinned, packets pass unwatched meanwhile (see --pin-dir)\n";
  }
  return text;
}

std::string reload_problems(const ReloadProblems& problems) {
  std::string text;
  for (const std::string& sentence : sentences(problems)) text += printable(sentence) + "\n";
  return text;
}

std::string for_people(const DaemonStatus& status, const Output& output) {
  std::uint64_t live = 0;
  std::uint64_t closed = 0;
  for (const auto& protocol : status.totals.flows) {
    for (std::size_t state = 0; state < protocol.size(); ++state) {
      (state == static_cast<std::size_t>(FlowState::kClosed) ? closed : live) += protocol[state];
    }
  }
  return fmt::format(
             "mxrayd {}, up {}; {} live connections, {} closed ones remembered; {} records read, "
             "{} lost\n",
             status.version, uptime(status.uptime_seconds), live, closed, status.totals.records,
             status.records_lost) +
         fmt::format("store: {}{}{}\n", printable(status.store.state),
                     status.store.detail.empty() ? "" : ", ", printable(status.store.detail)) +
         standing(status) + reload_problems(status.reload_problems) + "\n" +
         attachments(status, output) + "\n" + incidents(status.totals, output) + "\n" +
         counters(status.kernel, output) + maps(status.kernel, output);
}

ExitCode show(bool json, const DaemonClient& daemon, const Output& output) {
  const Answer answer = daemon.get("/v1/status");
  if (answer.exit != ExitCode::kOk) return output.fail(answer.exit, answer.message);
  const auto status = status_from_json(answer.body);
  if (!status) {
    const Answer problem = daemon.not_understood("status", status.error().message);
    return output.fail(problem.exit, problem.message);
  }
  if (json) {
    for (const std::string_view line : lines_of(answer.body)) output.out << line << '\n';
  } else {
    output.out << for_people(*status, output);
  }
  return ExitCode::kOk;
}

}  // namespace

Command add_status(CLI::App& parent, Globals globals) {
  const auto form = std::make_shared<OutputForm>();
  CLI::App* app = parent.add_subcommand(
      "status", "how the daemon is: its interfaces, counters, store and losses");
  form->add_options(*app, "text", "one JSON object, see docs/incident.schema.json");
  return {app, [form, globals = std::move(globals)](const Output& output) {
            return show(form->is_json(), DaemonClient(globals->socket), output);
          }};
}

}  // namespace mxray::cli
