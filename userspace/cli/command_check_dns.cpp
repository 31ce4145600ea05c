// SPDX-License-Identifier: Apache-2.0
// Would receivers take mail from this address, by what the DNS says of it?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "cli/arguments.h"
#include "cli/check_dns_text.h"
#include "cli/command_check.h"
#include "cli/daemon_client.h"
#include "cli/output_form.h"
#include "cli/sender_subjects.h"
#include "cli/server_argument.h"
#include "dns/name.h"
#include "dns/resolver.h"
#include "format/dns_report_json.h"
#include "format/table.h"

namespace mxray::cli {
namespace {

constexpr const char* kFooter =
    "Checked: the address has a PTR name that leads back to it; the HELO name is that name; the\n"
    "MX of the sender's domain is a host that exists, no alias and no address; SPF covers the\n"
    "address. Each fault comes with the zone-file line that mends it; docs/check-dns.md explains "
    "them.\n"
    "Without ADDRESS: every own address that mxrayd saw sending, with the names it saw.\n"
    "\n"
    "Exit codes: 0 everything is right, 1 faults (a hint is none), 2 usage, 3 no mxrayd to name "
    "addresses, 5 no fault, but some questions were not answered, "
    "6 no resolver answered any.";

constexpr std::uint16_t kDnsPort = 53;

struct Options {
  std::vector<std::string> addresses;
  CheckedNames names;
  std::vector<std::string> resolvers;
  double timeout_seconds = 2;
  double deadline_seconds = 60;
  OutputForm form;
};

std::string check_address(const std::string& text) {
  return parse_address(text) ? std::string() : fmt::format("'{}' is no IPv4 or IPv6 address", text);
}

std::string check_domain(const std::string& text) {
  if (dns::is_qualified_host_name(text)) return {};
  return fmt::format("'{}' is no domain; give the part after the @ of the sender, as example.org",
                     text);
}

Result<Endpoint> parse_resolver(const std::string& text) {
  const bool only_brackets = text.starts_with('[') && text.ends_with(']');
  const std::string bare = only_brackets ? text.substr(1, text.size() - 2) : text;
  if (const auto address = parse_address(bare)) return Endpoint{*address, kDnsPort};
  const auto server = parse_server(text);
  const auto address = server ? parse_address(server->host) : std::nullopt;
  if (!address) {
    return Error{
        fmt::format("'{}' is no resolver; give ADDRESS, ADDRESS:PORT or "
                    "[IPV6-ADDRESS]:PORT",
                    text)};
  }
  return Endpoint{*address, server->port};
}

std::string check_resolver(const std::string& text) {
  const auto resolver = parse_resolver(text);
  return resolver ? std::string() : resolver.error().message;
}

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

dns::ResolverSettings settings_of(const Options& options) {
  dns::ResolverSettings settings;
  for (const std::string& text : options.resolvers) {
    if (const auto server = parse_resolver(text)) settings.servers.push_back(*server);
  }
  settings.timeout = milliseconds_of(options.timeout_seconds);
  settings.deadline = milliseconds_of(options.deadline_seconds);
  return settings;
}

// Why the daemon does not say which addresses send.
Answer without_senders(const Answer& answer, const DaemonClient& daemon) {
  Answer problem = answer;
  constexpr const char* kName = "name the address, as in `mxray check dns 192.0.2.1`";
  if (answer.exit == ExitCode::kUnreachable) {
    problem.message = fmt::format(
        "no ADDRESS is given and no mxrayd answers at {}: {}, or start mxrayd, which sees the "
        "addresses that send",
        daemon.socket_path(), kName);
  } else if (answer.not_found) {
    problem.exit = ExitCode::kUnreachable;
    problem.message = fmt::format(
        "the mxrayd at {} does not tell which addresses send, it may be "
        "older than this mxray: {}",
        daemon.socket_path(), kName);
  }
  return problem;
}

// One sentence on what is missing, if anything is.
ExitCode conclude(const std::vector<dns::Report>& reports, const Output& output) {
  std::size_t missing = 0;
  int answered = 0;
  bool faults = false;
  const dns::Unanswered* first = nullptr;
  for (const dns::Report& report : reports) {
    missing += report.unanswered.size();
    answered += report.questions_answered;
    faults = faults || report.has_faults();
    if (first == nullptr && !report.unanswered.empty()) first = &report.unanswered.front();
  }
  if (first != nullptr && answered == 0) {
    return output.fail(ExitCode::kNoAnswer,
                       fmt::format("no resolver answered, so nothing is known of {}: {}; name one "
                                   "that works with --resolver ADDRESS[:PORT]",
                                   to_string(reports.front().subject.address), first->reason));
  }
  if (first != nullptr) {
    return output.fail(
        faults ? ExitCode::kFound : ExitCode::kPartial,
        fmt::format("{} {} not answered, so faults may be hidden: {}: {}; try again, or name "
                    "another resolver with --resolver ADDRESS[:PORT]",
                    missing, missing == 1 ? "question was" : "questions were", first->question,
                    first->reason));
  }
  return faults ? ExitCode::kFound : ExitCode::kOk;
}

ExitCode check(const std::vector<dns::Subject>& subjects, const Options& options,
               const Output& output) {
  auto resolver = dns::Resolver::open(settings_of(options));
  if (!resolver) return output.fail(ExitCode::kNoAnswer, resolver.error().message);
  const dns::Lookup lookup = [&](const std::string& name, dns::RecordType type) {
    return resolver->ask(name, type);
  };
  std::vector<dns::Facts> facts;
  facts.reserve(subjects.size());
  for (const dns::Subject& subject : subjects) facts.push_back(dns::collect(lookup, subject));
  std::vector<dns::Report> reports;
  reports.reserve(facts.size());
  for (const dns::Facts& one : facts) reports.push_back(dns::judge(one, facts));

  const bool nothing_known =
      std::all_of(reports.begin(), reports.end(),
                  [](const dns::Report& report) { return report.questions_answered == 0; });
  for (const dns::Report& report : reports) {
    if (options.form.is_json()) {
      output.out << to_json_line(report) << '\n';
    } else if (!nothing_known) {
      output.out << for_people(report, static_cast<std::size_t>(output.width), output.colour);
    }
  }
  return conclude(reports, output);
}

ExitCode check_dns(const Options& options, const DaemonClient& daemon, const Output& output) {
  if (!options.addresses.empty()) {
    return check(subjects_of(options.addresses, options.names), options, output);
  }
  const Answer answer = daemon.get("/v1/senders");
  if (answer.exit != ExitCode::kOk) {
    const Answer problem = without_senders(answer, daemon);
    return output.fail(problem.exit, problem.message);
  }
  const auto subjects = subjects_in(answer.body, options.names);
  if (!subjects) {
    const Answer problem = daemon.not_understood("sender", subjects.error().message);
    return output.fail(problem.exit, problem.message);
  }
  if (subjects->empty()) {
    return output.fail(ExitCode::kPartial,
                       "mxrayd has not seen an own address send mail yet, so nothing was checked; "
                       "name the address, as in `mxray check dns 192.0.2.1`");
  }
  return check(*subjects, options, output);
}

}  // namespace

Command add_check_dns(CLI::App& check, Globals globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = check.add_subcommand(
      "dns", "PTR, HELO, MX and SPF of the addresses that send mail, and the records to add");
  app->add_option("ADDRESS", options->addresses,
                  "an address that sends mail, as receivers see it; default: those mxrayd saw")
      ->check(CLI::Validator(check_address, ""));
  app->add_option("--helo", options->names.helo, "the name that the server says after EHLO")
      ->type_name("NAME");
  app->add_option("--domain", options->names.domains,
                  "a domain that the address sends for; may be repeated")
      ->type_name("DOMAIN")
      ->allow_extra_args(false)
      ->check(CLI::Validator(check_domain, ""));
  app->add_option("--resolver", options->resolvers,
                  "ask this one; may be repeated, then the next where one does not answer;\n"
                  "default: those of /etc/resolv.conf")
      ->type_name("ADDRESS[:PORT]")
      ->allow_extra_args(false)
      ->check(CLI::Validator(check_resolver, ""));
  app->add_option("--timeout", options->timeout_seconds,
                  "how long to wait for an answer; each question is asked twice")
      ->type_name("SECONDS")
      ->check(seconds_from(0.05, 30))
      ->capture_default_str();
  app->add_option("--deadline", options->deadline_seconds, "how long it all may take")
      ->type_name("SECONDS")
      ->check(seconds_from(0.05, 3600))
      ->capture_default_str();
  options->form.add_options(*app, "text",
                            "one JSON object an address, see docs/incident.schema.json");
  app->footer(kFooter);
  return {app, [options, globals = std::move(globals)](const Output& output) {
            return check_dns(*options, DaemonClient(globals->socket), output);
          }};
}

}  // namespace mxray::cli
