// SPDX-License-Identifier: Apache-2.0
// Which incidents did the daemon see, and which come next?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <ostream>
#include <thread>

#include "base/address.h"
#include "base/time.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/daemon_client.h"
#include "cli/grouping.h"
#include "format/explain.h"
#include "format/incident_json.h"
#include "format/table.h"

namespace mxray::cli {
namespace {

// A person does not notice it, and an idle daemon is asked three times a second.
constexpr std::chrono::milliseconds kPollInterval(300);
constexpr std::chrono::seconds kRestartPatience(15);

struct Options {
  bool json = false;
  bool follow = false;
  std::string since;
  std::vector<std::string> kinds;
  std::vector<std::string> servers;
  Grouping grouping;
};

// CLI11 validators: an empty string means that the argument is good.
std::string check_kind(const std::string& text) {
  if (kind_from_name(text)) return {};
  std::string known;
  for (std::size_t i = 0; i < kKindCount; ++i) {
    known += fmt::format("{}{}", i == 0 ? "" : ", ", name_of(static_cast<Kind>(i)));
  }
  return fmt::format("'{}' is no kind of incident; there are {}", text, known);
}

std::string check_server(const std::string& text) {
  if (parse_address(text)) return {};
  return fmt::format("'{}' is no IPv4 or IPv6 address; give the server's address without a port",
                     text);
}

// Wall clock; 0 without --since.
std::uint64_t since_ns(const Options& options) {
  const std::uint64_t now = wall_clock_ns();
  const std::uint64_t duration = parse_duration(options.since).value_or(now);
  return duration < now ? now - duration : 0;
}

Query query_of(const Options& options) {
  Query query;
  if (!options.since.empty()) query.emplace_back("since_ns", std::to_string(since_ns(options)));
  for (const std::string& kind : options.kinds) query.emplace_back("kind", kind);
  for (const std::string& server : options.servers) {
    query.emplace_back("server", to_string(*parse_address(server)));
  }
  return query;
}

Colour colour_of(const Incident& incident) {
  return incident.confidence == Confidence::kPossible ? Colour::kYellow : Colour::kRed;
}

// Shows the lines of one answer and returns the highest revision among them;
// nullopt after a complaint about a line that is no incident.
std::optional<std::uint64_t> show(const Answer& answer, const Options& options,
                                  const DaemonClient& daemon, const Output& output) {
  std::uint64_t latest = 0;
  for (const std::string_view line : lines_of(answer.body)) {
    const auto incident = incident_from_json(line);
    if (!incident) {
      const Answer problem = daemon.not_understood("incident", incident.error().message);
      output.fail(problem.exit, problem.message);
      return std::nullopt;
    }
    if (options.json) {
      output.out << line << '\n';
    } else {
      output.out << paint(one_line(*incident), colour_of(*incident), output.colour) << '\n';
    }
    latest = std::max(latest, revision_of(line).value_or(0));
  }
  output.out.flush();
  return latest;
}

ExitCode list(const Options& options, const DaemonClient& daemon, const Output& output) {
  const Answer answer = daemon.get("/v1/incidents", query_of(options));
  if (answer.exit != ExitCode::kOk) return output.fail(answer.exit, answer.message);
  if (!show(answer, options, daemon, output)) return ExitCode::kUnreachable;
  if (answer.body.empty() && !options.json) output.err << "No incidents.\n";
  return output.partial_or(answer.records_lost, ExitCode::kOk);
}

// What is asked for is all forgeries of the time, of whatever server: a wave is
// told whole.
Query forgeries_of(const Options& options) {
  Options wider = options;
  wider.servers.clear();
  if (wider.kinds.empty()) {
    for (const Kind kind : {Kind::kForgedReply, Kind::kForgedReset}) {
      wider.kinds.emplace_back(name_of(kind));
    }
  }
  return query_of(wider);
}

// A wave that begins with what the daemon has just forgotten is cut short.
void tell_what_is_forgotten(const Answer& answer, const Options& options, const Output& output) {
  if (answer.complete_since_ns <= since_ns(options)) return;
  output.err << fmt::format(
      "mxray: the daemon's list is full, so incidents before {} may be missing; a shorter "
      "--since avoids that\n",
      rfc3339(answer.complete_since_ns));
}

ExitCode group(const Options& options, const DaemonClient& daemon, const Output& output) {
  const Answer answer = daemon.get("/v1/incidents", forgeries_of(options));
  if (answer.exit != ExitCode::kOk) return output.fail(answer.exit, answer.message);
  std::vector<Incident> incidents;
  for (const std::string_view line : lines_of(answer.body)) {
    auto incident = incident_from_json(line);
    if (!incident) {
      const Answer problem = daemon.not_understood("incident", incident.error().message);
      return output.fail(problem.exit, problem.message);
    }
    incidents.push_back(*std::move(incident));
  }
  WaveView view{.json = options.json};
  for (const std::string& server : options.servers) view.servers.push_back(*parse_address(server));
  const bool any = show_waves(incidents, options.grouping, view, output);
  if (!any && !options.json) output.err << "No forged replies or resets.\n";
  tell_what_is_forgotten(answer, options, output);
  return output.partial_or(answer.records_lost, ExitCode::kOk);
}

// Asks until the daemon answers again, for as long as a restart may take; the
// last answer if it does not.
Answer get_again(const DaemonClient& daemon, const Query& query, const Output& output) {
  output.err << "mxray: mxrayd at " << printable(daemon.socket_path())
             << " went away; waiting for it to come back" << std::endl;
  Answer answer;
  const auto deadline = std::chrono::steady_clock::now() + kRestartPatience;
  do {
    std::this_thread::sleep_for(kPollInterval);
    answer = daemon.get("/v1/incidents", query);
  } while (answer.exit == ExitCode::kUnreachable && std::chrono::steady_clock::now() < deadline);
  return answer;
}

// Runs until the daemon stays away, the reader of a pipe goes, or somebody
// interrupts. Revisions rise across a restart, so nothing shows twice.
ExitCode follow(const Options& options, const DaemonClient& daemon, const Output& output) {
  std::uint64_t after = 0;
  std::uint64_t lost = 0;
  bool answered = false;
  const Query query = query_of(options);  // once: --since counts from the start
  while (output.out.good()) {
    Query next = query;
    next.emplace_back("after", std::to_string(after));
    Answer answer = daemon.get("/v1/incidents", next);
    if (answered && answer.exit == ExitCode::kUnreachable) {
      answer = get_again(daemon, next, output);
    }
    if (answer.exit != ExitCode::kOk) return output.fail(answer.exit, answer.message);
    answered = true;
    const auto latest = show(answer, options, daemon, output);
    if (!latest) return ExitCode::kUnreachable;
    after = std::max(after, *latest);
    if (answer.records_lost > lost) output.partial_or(answer.records_lost, ExitCode::kOk);
    lost = answer.records_lost;  // starts at 0 again with the daemon
    std::this_thread::sleep_for(kPollInterval);
  }
  return ExitCode::kOk;
}

}  // namespace

Command add_incidents(CLI::App& parent, Globals globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand("incidents", "list the incidents that the daemon keeps");
  app->add_flag("--json", options->json, "one JSON object a line, see docs/incident.schema.json");
  CLI::Option* follow_flag =
      app->add_flag("--follow", options->follow,
                    "go on with new and amended incidents as they come, until interrupted");
  app->add_option("--since", options->since, "only those of the last 90s, 15m, 2h, 7d")
      ->type_name("DURATION")
      ->check(CLI::Validator(check_duration, ""));
  app->add_option("--kind", options->kinds, "only this kind; may be repeated")
      ->type_name("KIND")
      ->allow_extra_args(false)
      ->check(CLI::Validator(check_kind, ""));
  app->add_option("--server", options->servers,
                  "only about this mail server, or waves that hit it; may be repeated")
      ->type_name("ADDRESS")
      ->allow_extra_args(false)
      ->check(CLI::Validator(check_server, ""));
  add_grouping(*app, options->grouping)->excludes(follow_flag);
  return {app, [options, globals = std::move(globals)](const Output& output) {
            const DaemonClient daemon(globals->socket);
            if (options->grouping.on) return group(*options, daemon, output);
            return options->follow ? follow(*options, daemon, output)
                                   : list(*options, daemon, output);
          }};
}

}  // namespace mxray::cli
