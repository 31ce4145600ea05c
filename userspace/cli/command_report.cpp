// SPDX-License-Identifier: Apache-2.0
// What shall be attached to the ticket? One HTML page, from the daemon or from captures.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <ostream>

#include "base/time.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/forger_place.h"
#include "cli/report_sources.h"

namespace mxray::cli {
namespace {

constexpr char kUsualPeriod[] = "24h";

struct Options {
  std::string since;
  std::string until;
  std::vector<std::string> kinds;
  std::vector<std::string> servers;
  std::string incident;
  std::vector<std::string> captures;
  ReplayArguments judging;
  std::string path;    // a file
  std::string output;  // a file, `-`: standard output
  std::string title;
  bool anonymize = false;
};

// CLI11 validators: an empty string means that the argument is good.
std::string check_kind(const std::string& text) {
  if (kind_from_name(text)) return {};
  return fmt::format("'{}' is no kind of incident; `mxray incidents --help` has them", text);
}

std::string check_server(const std::string& text) {
  if (parse_address(text)) return {};
  return fmt::format("'{}' is no IPv4 or IPv6 address; give the server's address without a port",
                     text);
}

std::string check_moment(const std::string& text) {
  if (parse_duration(text) || parse_rfc3339(text)) return {};
  return fmt::format(
      "'{}' is no time; write 90s, 15m, 2h or 7d ago, or a time such as 2026-11-22T14:00:00Z",
      text);
}

std::uint64_t moment_of(const std::string& text, std::uint64_t now) {
  if (const auto time = parse_rfc3339(text)) return *time;
  const std::uint64_t ago = parse_duration(text).value_or(0);
  return ago < now ? now - ago : 0;
}

bool is_wanted(const Incident& incident, const Options& options) {
  const auto& kinds = options.kinds;
  const auto& servers = options.servers;
  return (kinds.empty() ||
          std::find(kinds.begin(), kinds.end(), name_of(incident.kind)) != kinds.end()) &&
         (servers.empty() ||
          std::any_of(servers.begin(), servers.end(), [&incident](const std::string& server) {
            return parse_address(server) == incident.server.address;
          }));
}

// What the reader must know of what was left out on purpose.
std::string scope_of(const Options& options) {
  std::string scope = options.incident.empty() ? "" : "incident " + options.incident + " only";
  const auto add = [&scope](const char* what, const std::vector<std::string>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      scope +=
          (i > 0 ? ", " : fmt::format("{}{} ", scope.empty() ? "only " : "; ", what)) + values[i];
    }
  };
  add("kind", options.kinds);
  add("server", options.servers);
  return scope;
}

Result<ReportWish> wish_of(const Options& options, std::uint64_t now) {
  ReportWish wish;
  const bool whole_captures =
      !options.captures.empty() && options.since.empty() && options.until.empty();
  if (!whole_captures) {
    const bool all_before = !options.captures.empty() && options.since.empty();
    wish.until_ns = options.until.empty() ? now : moment_of(options.until, now);
    wish.since_ns =
        all_before ? 0 : moment_of(options.since.empty() ? kUsualPeriod : options.since, now);
    if (wish.since_ns > wish.until_ns) {
      return Error{"--until lies before --since, so nothing can be between them"};
    }
  }
  wish.query.emplace_back("since_ns", std::to_string(wish.since_ns));
  for (const std::string& kind : options.kinds) wish.query.emplace_back("kind", kind);
  for (const std::string& server : options.servers) {
    wish.query.emplace_back("server", to_string(*parse_address(server)));
  }
  wish.incident = options.incident;
  wish.wants = [&options](const Incident& incident) { return is_wanted(incident, options); };
  if (!options.path.empty()) {
    auto text = read_path_text(options.path);
    if (!text) return text.error();
    wish.path = *std::move(text);
  }
  return wish;
}

// As `curl -o` does, it writes over what is there.
Status write_page(const std::string& file, const std::string& page) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (!out) return Error{fmt::format("cannot write {}: {}", file, std::strerror(errno))};
  out << page;
  out.close();
  if (out) return Ok{};
  return Error{fmt::format("{} could not be written to its end: {}", file, std::strerror(errno))};
}

ExitCode report(const Options& options, const DaemonClient& daemon, const Output& output) {
  if (options.output.empty() && output.width > 0) {
    return output.fail(ExitCode::kUsage,
                       "the report is an HTML page, not for a terminal; name a file with --output "
                       "(- is standard output all the same)");
  }
  const std::uint64_t now = wall_clock_ns();
  const Result<ReportWish> wish = wish_of(options, now);
  if (!wish) return output.fail(ExitCode::kUsage, wish.error().message);
  ReportMaterial material = options.captures.empty()
                                ? material_of_daemon(daemon, *wish)
                                : material_of_captures(options.captures, options.judging, *wish);
  const bool told = material.exit == ExitCode::kOk || material.input.captures;
  if (!told) return output.fail(material.exit, material.message);
  material.input.title = options.title;
  material.input.scope = scope_of(options);
  material.input.made_ns = now;
  material.input.anonymity.on = options.anonymize;
  const std::string page = render(material.input);
  if (options.output.empty() || options.output == "-") {
    output.out << page;
    output.out.flush();
  } else if (const Status written = write_page(options.output, page); !written) {
    return output.fail(ExitCode::kUsage, written.error().message);
  }
  if (!material.message.empty()) return output.fail(material.exit, material.message);
  return output.partial_or(material.input.status.records_lost, ExitCode::kOk);
}

}  // namespace

Command add_report(CLI::App& parent, Globals globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "report", "one HTML page about a period or an incident, to attach to a ticket");
  CLI::Option* since =
      app->add_option("--since", options->since,
                      "from that long ago (90s, 15m, 2h, 7d) or from 2026-11-22T14:00:00Z;\n"
                      "without it 24h, or all that the captures hold")
          ->type_name("TIME")
          ->check(CLI::Validator(check_moment, ""));
  CLI::Option* until = app->add_option("--until", options->until, "likewise; without it until now")
                           ->type_name("TIME")
                           ->check(CLI::Validator(check_moment, ""));
  CLI::Option* kind = app->add_option("--kind", options->kinds, "only this kind; may be repeated")
                          ->type_name("KIND")
                          ->allow_extra_args(false)
                          ->check(CLI::Validator(check_kind, ""));
  CLI::Option* server =
      app->add_option("--server", options->servers, "only about this mail server; may be repeated")
          ->type_name("ADDRESS")
          ->allow_extra_args(false)
          ->check(CLI::Validator(check_server, ""));
  app->add_option("--incident", options->incident, "about this one incident only")
      ->type_name("ID")
      ->excludes(since)
      ->excludes(until)
      ->excludes(kind)
      ->excludes(server);
  app->add_option("--output", options->output,
                  "the file to write, over what it holds; without it, or with -, standard output")
      ->type_name("FILE");
  app->add_option("--title", options->title, "what the page is called")->type_name("TEXT");
  app->add_flag("--anonymize", options->anonymize,
                "inside addresses become client-1, host-1, network-1: private ones, and those of\n"
                "clients that mxray saw inside");
  app->add_option("--path", options->path,
                  "a traceroute to the server of a forgery, to say where its forger sits; instead\n"
                  "of the daemon's latest path there (-: standard input)")
      ->type_name("FILE");
  CLI::Option* captures =
      app->add_option(
             "--replay", options->captures,
             "from these capture files (pcap, pcapng) instead of the daemon; each is taken\n"
             "as one interface")
          ->type_name("FILE");
  for (CLI::Option* option : add_replay_arguments(*app, options->judging)) option->needs(captures);
  app->footer(
      "Exit codes: 0 the page was made, whatever it says; 2 a file could not be read to its end\n"
      "(what came before is in the page) or not be written; 5 records were lost, and it says so.");
  return {app, [options, globals = std::move(globals)](const Output& output) {
            return report(*options, DaemonClient(globals->socket), output);
          }};
}

}  // namespace mxray::cli
