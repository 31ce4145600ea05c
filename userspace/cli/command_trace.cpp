// SPDX-License-Identifier: Apache-2.0
// Which routers does mail pass on its way to a server?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/daemon_client.h"
#include "cli/output_form.h"
#include "cli/server_argument.h"
#include "cli/trace_text.h"
#include "format/path_json.h"
#include "format/table.h"
#include "trace/trace.h"

namespace mxray::cli {
namespace {

constexpr const char* kFooter =
    "Sends TCP SYNs to the mail port whose TTL lets them die on the way, and listens who says so;\n"
    "no connection is made. All have the same ports, so that parallel paths do not mix. A line:\n"
    "  hop, address (several if the path forks), least round trip, answered/sent; * is silence.\n"
    "If a probe of port 443 dies where the mail port was answered, a transparent proxy is "
    "reported.\n"
    "The result goes to mxrayd, if one runs, which then names the routers next to a forger.\n"
    "\n"
    "Exit codes: 0 the server was reached (it may refuse), 1 it was not, 2 usage, no such host or "
    "no way to it, 4 no permission (raw sockets need CAP_NET_RAW), 130 interrupted.";

struct Options {
  std::string server;
  std::string source;
  std::string interface;
  int probes = 3;
  int max_hops = 30;
  double timeout_seconds = 1;
  OutputForm form;
  bool no_save = false;
};

std::string check_server(const std::string& text) {
  const auto server = parse_server(text);
  return server ? std::string() : server.error().message;
}

std::string check_source(const std::string& text) {
  return parse_address(text) ? std::string() : fmt::format("'{}' is no IPv4 or IPv6 address", text);
}

trace::TraceSettings settings_of(const Options& options, const ServerAddress& server) {
  trace::TraceSettings settings;
  settings.target.server = server.endpoint;
  settings.target.scope = server.scope;
  settings.target.interface = options.interface;
  settings.target.source = parse_address(options.source);  // checked; nullopt if empty
  settings.schedule.probes = options.probes;
  settings.schedule.max_hops = options.max_hops;
  settings.schedule.timeout_ns = static_cast<std::uint64_t>(options.timeout_seconds * 1e9);
  return settings;
}

// Shows hops as they come; silent ones only when a later one answers, for a
// server behind a firewall would otherwise end in a screen of asterisks.
class HopPrinter {
 public:
  explicit HopPrinter(std::ostream& to) : to_(to) {}

  void show(const Hop& hop) {
    if (hop.addresses.empty()) {
      silent_.push_back(hop);
      return;
    }
    for (const Hop& one : std::exchange(silent_, {})) to_ << hop_line(one) << '\n';
    to_ << hop_line(hop) << std::endl;
  }

  void finish() {
    if (silent_.size() > 1) {
      to_ << fmt::format("{:>2} to {}: no answer", silent_.front().distance,
                         silent_.back().distance)
          << std::endl;
    } else if (!silent_.empty()) {
      to_ << hop_line(silent_.front()) << std::endl;
    }
  }

 private:
  std::ostream& to_;
  std::vector<Hop> silent_;
};

// The daemon is no part of the trace: what it says is a note.
void save(const std::string& line, const DaemonClient& daemon, const Output& output) {
  const Answer answer = daemon.put("/v1/paths", line);
  if (answer.exit == ExitCode::kOk) return;
  if (answer.exit == ExitCode::kUnreachable) {
    output.err << "mxray: no mxrayd answers at " << printable(daemon.socket_path())
               << ", so this path is shown but not kept" << std::endl;
    return;
  }
  output.err << "mxray: this path is not kept: " << printable(answer.message) << std::endl;
}

ExitCode trace_server(const Options& options, const DaemonClient& daemon, const Output& output) {
  if (const auto permission = trace::check_permission(); !permission) {
    return output.fail(ExitCode::kPermission, permission.error().message);
  }
  const auto argument = parse_server(options.server);
  if (!argument) return output.fail(ExitCode::kUsage, argument.error().message);
  const auto server = resolve(*argument);
  if (!server) return output.fail(ExitCode::kUsage, server.error().message);

  std::ostream quiet(nullptr);
  std::ostream& progress = !options.form.is_json() ? output.out
                           : output.progress       ? output.err
                                                   : quiet;
  HopPrinter printer(progress);
  const trace::TraceObserver observer{
      .on_start =
          [&](const core::address& source) {
            progress << fmt::format("route to {}{} from {}, at most {} hops, {} probes each",
                                    to_string(server->endpoint),
                                    server->is_name ? " (" + printable(argument->host) + ")" : "",
                                    to_string(source), options.max_hops, options.probes)
                     << std::endl;
          },
      .on_hop = [&](const Hop& hop) { printer.show(hop); }};
  const auto result = trace::trace(settings_of(options, *server), observer);
  if (!result) return output.fail(ExitCode::kUsage, result.error().message);

  printer.finish();
  progress << trace_verdict(*result) << '\n';
  if (const std::string note = interception_note(*result); !note.empty()) {
    progress << wrap(note, static_cast<std::size_t>(output.width));
  }
  progress.flush();
  const std::string line = to_json_line(result->path);
  if (options.form.is_json()) output.out << line << std::endl;
  if (result->interrupted) return ExitCode::kInterrupted;
  if (!options.no_save) save(line, daemon, output);
  return result->path.server_distance ? ExitCode::kOk : ExitCode::kFound;
}

}  // namespace

Command add_trace(CLI::App& parent, Globals globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "trace", "the routers on the way to a mail server; needs root, but no mxrayd");
  app->add_option("SERVER[:PORT]", options->server,
                  "host name, IPv4 address, IPv6 address, or [IPv6 address]:port; port 25 unless "
                  "given")
      ->required()
      ->check(CLI::Validator(check_server, ""));
  options->form.add_options(
      *app, "text",
      "one JSON object in the end, see docs/incident.schema.json; the hops go to stderr\n"
      "if that is a terminal");
  app->add_option("--probes", options->probes, "probes a hop")
      ->type_name("N")
      ->check(CLI::Range(1, 10))
      ->capture_default_str();
  app->add_option("--max-hops", options->max_hops, "give up after so many")
      ->type_name("N")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app->add_option("--timeout", options->timeout_seconds, "how long to wait for an answer")
      ->type_name("SECONDS")
      ->check(seconds_from(0.05, 30))
      ->capture_default_str();
  app->add_option("--interface", options->interface, "send there; default: by the routing table")
      ->type_name("IF");
  app->add_option("--source", options->source, "send from this address of this host")
      ->type_name("ADDRESS")
      ->check(CLI::Validator(check_source, ""));
  app->add_flag("--no-save", options->no_save, "do not offer the result to mxrayd");
  app->footer(kFooter);
  return {app, [options, globals = std::move(globals)](const Output& output) {
            return trace_server(*options, DaemonClient(globals->socket), output);
          }};
}

}  // namespace mxray::cli
