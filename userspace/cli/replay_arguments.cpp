// SPDX-License-Identifier: Apache-2.0
#include "cli/replay_arguments.h"

#include <CLI/CLI.hpp>

#include "base/domain_name.h"
#include "base/port_table.h"
#include "cli/arguments.h"

namespace mxray::cli {
namespace {

std::string check_ports(const std::string& text) {
  const auto ports = parse_ports(text);
  return ports ? std::string() : ports.error().message;
}

std::string check_domain(const std::string& text) {
  const auto domain = parse_domain_name(text);
  return domain ? std::string() : domain.error().message;
}

}  // namespace

ReplayOptions ReplayArguments::settings() const {
  ReplayOptions settings;
  settings.ports = default_ports();
  if (!ports.empty()) {
    auto parsed = parse_ports(ports);  // checked already, so only its value matters
    if (parsed) settings.ports = *std::move(parsed);
  }
  settings.analyzer.slow_greeting_seconds = slow_greeting_seconds;
  for (const std::string& text : local_domains) {
    auto domain = parse_domain_name(text);  // checked already
    if (domain) settings.analyzer.local_domains.push_back(*std::move(domain));
  }
  return settings;
}

std::vector<CLI::Option*> add_replay_arguments(CLI::App& app, ReplayArguments& arguments) {
  CLI::Option* ports =
      app.add_option("--ports", arguments.ports,
                     "the mail ports instead of 25,465,587,2525,110,995,143,993; 8025=smtp names\n"
                     "the protocol (smtp, pop3, imap, other) of a port that is not one of these")
          ->type_name("PORT[=PROTOCOL],...")
          ->check(CLI::Validator(check_ports, ""));
  CLI::Option* domains =
      app.add_option("--local-domain", arguments.local_domains,
                     "a domain of your own users (may be given again); their mail that reaches\n"
                     "your server without a login is an incident")
          ->type_name("DOMAIN")
          ->take_all()
          ->expected(1)
          ->check(CLI::Validator(check_domain, ""));
  CLI::Option* slow = app.add_option("--slow-greeting", arguments.slow_greeting_seconds,
                                     "a greeting later than this many seconds is an incident")
                          ->type_name("SECONDS")
                          ->capture_default_str()
                          ->check(seconds_from(0.001, 86400));
  return {ports, domains, slow};
}

}  // namespace mxray::cli
