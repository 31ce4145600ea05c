// SPDX-License-Identifier: Apache-2.0
// What does this host do with an ident query, and what became of those that servers
// made?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "base/text.h"
#include "base/time.h"
#include "cli/arguments.h"
#include "cli/command_check.h"
#include "cli/daemon_client.h"
#include "cli/output_form.h"
#include "format/ident_json.h"
#include "format/table.h"
#include "probe/inject.h"
#include "trace/ident_knock.h"
#include "trace/outside_addresses.h"
#include "trace/prober.h"

namespace mxray::cli {
namespace {

constexpr const char* kFooter =
    "Sends one SYN to port 113 of each address, which enters this host as if it had arrived on "
    "the\n"
    "address's interface from the router there: so it meets the firewall's rules as a mail\n"
    "server's query does. One packet answers it, to that router or to the host of --from.\n"
    "Below, what mxrayd has seen servers ask.\n"
    "\n"
    "Exit codes: 0 refused or answered everywhere, 1 dropped somewhere, 2 usage, 4 no permission "
    "(CAP_NET_RAW, CAP_BPF, CAP_NET_ADMIN), 5 an address could not be asked.";

constexpr double kAtOnceSeconds = 0.5;

struct Options {
  std::vector<std::string> addresses;
  std::string from;
  double timeout_seconds = 3;
  OutputForm form;
};

std::string check_address(const std::string& text) {
  return parse_address(text) ? std::string() : fmt::format("'{}' is no IPv4 or IPv6 address", text);
}

// nft and iptables, for this address alone.
std::string remedy_of(const IdentCheck& check) {
  const bool ipv4 = is_ipv4(check.address);
  return fmt::format(
      "nft insert rule inet filter input {} daddr {} tcp dport 113 reject with tcp reset (table "
      "and chain as yours are named; {} -I INPUT -d {} -p tcp --dport 113 -j REJECT --reject-with "
      "tcp-reset)",
      ipv4 ? "ip" : "ip6", to_string(check.address), ipv4 ? "iptables" : "ip6tables",
      to_string(check.address));
}

std::string meaning_of(const IdentCheck& check) {
  if (!check.outcome) return check.problem;
  if (*check.outcome == "dropped") {
    return fmt::format(
        "no answer in {:.0f} s: a server that asks waits its timeout out (up to 30 "
        "s) before it greets",
        check.seconds.value_or(0));
  }
  if (*check.outcome == "answered") return "something listens there: an ident daemon?";
  if (check.seconds.value_or(0) > kAtOnceSeconds) {
    return fmt::format("refused, but only after {:.1f} s", *check.seconds);
  }
  if (*check.outcome == "unreachable") return "refused by ICMP: most servers go on at once";
  return "refused at once: as it should be";
}

IdentCheck ask(const trace::OutsideAddress& own, const Options& options) {
  IdentCheck check;
  check.address = own.address;
  check.interface = own.interface;
  check.from = options.from.empty() ? own.neighbour : parse_address(options.from);
  if (!check.from) {
    check.problem = fmt::format(
        "no default route leads out over {}: give --from an address that "
        "is reached over it",
        sanitize(own.interface));
    return check;
  }
  const trace::Knock question{own.address, *check.from, own.ifindex, own.mac};
  const auto result = trace::knock(question, inject_frame, options.timeout_seconds);
  if (!result) {
    check.problem = result.error().message;
    return check;
  }
  check.outcome = std::string(trace::name_of(result->outcome));
  check.seconds = result->seconds;
  return check;
}

bool is_wanted(const trace::OutsideAddress& own, const Options& options) {
  const auto from = parse_address(options.from);
  if (from && is_ipv4(*from) != is_ipv4(own.address)) return false;
  // Without being asked for, an address that nobody outside can reach is left out.
  if (options.addresses.empty()) return own.neighbour || from;
  return std::any_of(
      options.addresses.begin(), options.addresses.end(),
      [&](const std::string& text) { return parse_address(text).value() == own.address; });
}

void show_checks(const std::vector<IdentCheck>& checks, const Output& output) {
  Table table;
  table.add_column("address");
  table.add_column("interface");
  table.add_column("asked as");
  table.add_column("port 113");
  table.add_column("meaning", Table::Align::kText);
  for (const IdentCheck& check : checks) {
    const bool dropped = check.outcome == "dropped";
    table.add_row({to_string(check.address), sanitize(check.interface),
                   check.from ? to_string(*check.from) : "", check.outcome.value_or("not asked"),
                   meaning_of(check)},
                  dropped          ? Colour::kRed
                  : !check.outcome ? Colour::kYellow
                                   : Colour::kNone,
                  dropped ? "-> " + remedy_of(check) : "");
  }
  output.out << table.render(output.colour, output.width);
}

void show_seen(const std::vector<IdentView>& seen, const Output& output) {
  if (seen.empty()) {
    output.out << "\nmxrayd has seen no server ask since it runs.\n";
    return;
  }
  Table table;
  table.add_column("server");
  table.add_column("asked");
  for (const char* name : {"dropped", "reset", "unreachable", "answered"}) {
    table.add_column(name, Table::Align::kRight);
  }
  table.add_column("longest s", Table::Align::kRight);
  table.add_column("last seen");
  for (const IdentView& view : seen) {
    std::vector<std::string> cells = {to_string(view.server), to_string(view.asked)};
    for (const std::uint64_t count : view.outcomes) cells.push_back(std::to_string(count));
    cells.push_back(fmt::format("{:.1f}", view.longest_seconds));
    cells.push_back(timestamp(view.last_ns, output.zone));
    table.add_row(std::move(cells),
                  view.last_outcome == IdentOutcome::kDropped ? Colour::kRed : Colour::kNone);
  }
  output.out << "\nWhat servers asked since mxrayd runs:\n"
             << table.render(output.colour, output.width);
}

// What the daemon saw is told if it runs; without it the checks stand alone.
void add_seen(const Options& options, const DaemonClient& daemon, const Output& output) {
  const Answer answer = daemon.get("/v1/ident");
  if (answer.exit != ExitCode::kOk) {
    if (!options.form.is_json())
      output.err << "What servers asked is not known: " << printable(answer.message) << '\n';
    return;
  }
  std::vector<IdentView> seen;
  for (const std::string_view line : lines_of(answer.body)) {
    if (options.form.is_json()) output.out << line << '\n';
    if (const auto view = ident_from_json(line)) seen.push_back(*view);
  }
  if (!options.form.is_json()) show_seen(seen, output);
}

ExitCode exit_of(const std::vector<IdentCheck>& checks) {
  const auto any = [&](auto predicate) {
    return std::any_of(checks.begin(), checks.end(), predicate);
  };
  if (any([](const IdentCheck& check) { return check.outcome == "dropped"; })) {
    return ExitCode::kFound;
  }
  return any([](const IdentCheck& check) { return !check.outcome; }) ? ExitCode::kPartial
                                                                     : ExitCode::kOk;
}

ExitCode check_ident(const Options& options, const DaemonClient& daemon, const Output& output) {
  if (const Status allowed = trace::check_permission(); !allowed) {
    return output.fail(ExitCode::kPermission,
                       "asking this host as from outside needs CAP_NET_RAW, CAP_BPF and "
                       "CAP_NET_ADMIN; run it with sudo");
  }
  const std::vector<trace::OutsideAddress> all = trace::outside_addresses();
  for (const std::string& text : options.addresses) {
    const bool here = std::any_of(all.begin(), all.end(), [&](const trace::OutsideAddress& own) {
      return own.address == parse_address(text).value();
    });
    if (!here) {
      return output.fail(
          ExitCode::kUsage,
          fmt::format("{} is no address of this host; `ip address` lists those", text));
    }
  }
  std::vector<IdentCheck> checks;
  for (const trace::OutsideAddress& own : all) {
    if (!is_wanted(own, options)) continue;
    checks.push_back(ask(own, options));
    if (options.form.is_json()) output.out << to_json_line(checks.back()) << std::endl;
  }
  if (checks.empty()) {
    output.err
        << "No address of this host has a default route over its interface; name the address "
           "and give --from.\n";
  } else if (!options.form.is_json()) {
    show_checks(checks, output);
  }
  add_seen(options, daemon, output);
  return checks.empty() ? ExitCode::kPartial : exit_of(checks);
}

}  // namespace

Command add_check_ident(CLI::App& check, Globals globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = check.add_subcommand(
      "ident", "ask port 113 of this host as a mail server would, and say who did");
  app->add_option("ADDRESS", options->addresses,
                  "address of this host; default: all whose interface has a default route")
      ->check(check_address);
  app->add_option("--from", options->from,
                  "ask in the name of this address; default: the router of the interface")
      ->type_name("ADDRESS")
      ->check(check_address);
  app->add_option("--timeout", options->timeout_seconds, "seconds to wait for an answer")
      ->check(seconds_from(0.1, 60))
      ->capture_default_str();
  options->form.add_options(*app, "text", "one JSON object a line, see docs/incident.schema.json");
  app->footer(kFooter);
  return {app, [options, globals = std::move(globals)](const Output& output) {
            return check_ident(*options, DaemonClient(globals->socket), output);
          }};
}

}  // namespace mxray::cli
