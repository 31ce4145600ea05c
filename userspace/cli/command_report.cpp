// SPDX-License-Identifier: Apache-2.0
// What shall be attached to the ticket? One HTML page, from the daemon or from captures.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "base/time.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/filter.h"
#include "cli/forger_place.h"
#include "cli/incident_query.h"
#include "cli/moment.h"
#include "cli/report_sources.h"

namespace mxray::cli {
namespace {

constexpr char kUsualPeriod[] = "24h";

struct Options {
  Period period;
  Filter filter;
  std::string incident;
  std::vector<std::string> captures;
  ReplayArguments judging;
  std::string path;    // a file
  std::string output;  // a file, `-`: standard output
  std::string title;
  bool anonymize = false;
  std::vector<std::string> inside;  // networks
};

// What the reader must know of what was left out on purpose.
std::string scope_of(const Options& options) {
  return options.incident.empty() ? options.filter.describe()
                                  : "incident " + options.incident + " only";
}

Result<ReportWish> wish_of(const Options& options, std::uint64_t now, Zone zone) {
  ReportWish wish;
  const bool of_captures = !options.captures.empty();
  if (!of_captures || options.period.given()) {
    Period period = options.period;
    if (period.since.empty() && !of_captures) period.since = kUsualPeriod;
    if (period.until.empty()) period.until = "0s";
    const Result<Span> span = period.span(now, zone);
    if (!span) return span.error();
    wish.since_ns = span->since_ns;
    wish.until_ns = span->until_ns;
  }
  wish.query = incident_query(options.filter, wish.since_ns);
  wish.incident = options.incident;
  wish.wants = [&options](const Incident& incident) { return options.filter.wants(incident); };
  if (!options.path.empty()) {
    auto text = read_path_text(options.path);
    if (!text) return text.error();
    wish.path = *std::move(text);
  }
  return wish;
}

// Nothing is lost: what the report is made of must outlive it.
bool is_input(const Options& options) {
  std::vector<std::string> inputs = options.captures;
  inputs.push_back(options.path);
  return std::any_of(inputs.begin(), inputs.end(), [&options](const std::string& input) {
    std::error_code none;
    return std::filesystem::equivalent(input, options.output, none);
  });
}

// As `curl -o` does, it writes over what is there. A full disk ends it as it does on
// standard output; a name that cannot be opened was the wrong one.
ExitCode write_page(const std::string& file, const std::string& page, const Output& output) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (!out) {
    return output.fail(ExitCode::kUsage,
                       fmt::format("cannot write {}: {}", file, std::strerror(errno)));
  }
  out << page;
  out.close();
  if (out) return ExitCode::kOk;
  return output.fail(ExitCode::kPartial, fmt::format("{} could not be written to its end: {}", file,
                                                     std::strerror(errno)));
}

ExitCode report(const Options& options, const DaemonClient& daemon, const Output& output) {
  if (options.output.empty() && output.terminal) {
    return output.fail(ExitCode::kUsage,
                       "the report is an HTML page, not for a terminal; name a file with --output "
                       "(- is standard output all the same)");
  }
  if (is_input(options)) {
    return output.fail(ExitCode::kUsage,
                       options.output + " is what the report is made of; name another --output");
  }
  const std::uint64_t now = wall_clock_ns();
  const Result<ReportWish> wish = wish_of(options, now, output.zone);
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
  for (const std::string& text : options.inside) {
    if (const auto network = parse_network(text))
      material.input.anonymity.inside.push_back(*network);
  }
  const std::string page = render(material.input);
  if (options.output.empty() || options.output == "-") {
    output.out << page;
    output.out.flush();
  } else if (const ExitCode written = write_page(options.output, page, output);
             written != ExitCode::kOk) {
    return written;
  }
  if (!material.message.empty()) return output.fail(material.exit, material.message);
  return output.partial_or(material.input.status.records_lost, ExitCode::kOk);
}

}  // namespace

Command add_report(CLI::App& parent, Globals globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "report", "one HTML page about a period or an incident, to attach to a ticket");
  CLI::Option* until = options->period.add_options(*app, "what was seen");
  CLI::Option* incident =
      app->add_option("--incident", options->incident, "about this one incident only")
          ->type_name("ID")
          ->excludes(until)
          ->excludes(app->get_option("--since"));
  app->add_option("--output", options->output,
                  "the file to write, over what it holds; without it, or with -, standard output")
      ->type_name("FILE");
  app->add_option("--title", options->title, "what the page is called")->type_name("TEXT");
  CLI::Option* anonymize = app->add_flag(
      "--anonymize", options->anonymize,
      "private addresses and those of clients that mxray saw inside become client-1,\n"
      "host-1, network-1; names of hosts, people and interfaces and unusual words of\n"
      "replies become word-1, interface-1");
  app->add_option(
         "--inside", options->inside,
         "a network whose addresses are inside, too, though they are public (may be given\n"
         "again)")
      ->type_name("ADDRESS[/BITS]")
      ->take_all()
      ->expected(1)
      ->needs(anonymize)
      ->check(CLI::Validator(check_network, ""));
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
  for (CLI::Option* option : options->filter.add_options(*app, kIncidentFields)) {
    option->excludes(incident);
  }
  app->footer(
      "Without --since: the last 24 hours, or all that the captures hold.\n\n"
      "Examples:\n"
      "  mxray report --since 24h --output ticket.html\n"
      "  mxray report --since 2h --anonymize --inside 2001:db8::/48 --output ticket.html\n"
      "  mxray report --replay outside.pcap inside.pcap --output ticket.html\n\n"
      "Exit codes: 0 the page was made, whatever it says; 2 a file could not be read to its end\n"
      "(what came before is in the page) or not be opened for writing; 5 records were lost, and\n"
      "it says so, or the page could not be written to its end.");
  return {app, [options, globals = std::move(globals)](const Output& output) {
            return report(*options, DaemonClient(globals->socket), output);
          }};
}

}  // namespace mxray::cli
