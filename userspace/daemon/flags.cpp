// SPDX-License-Identifier: Apache-2.0
#include "daemon/flags.h"

#include "format/help.h"

namespace mxray {
namespace {

std::vector<SettingFlag> setting_flags() {
  return {
      {"--interface", "interfaces", "IF", "",
       "an interface to watch, or default-route; repeat it for more"},
      {"--ports", "ports", "LIST", "", "the ports to watch, e.g. 25,587,8025=smtp"},
      {"--attach", "attach", "MODE", "",
       "the hook for incoming packets: auto, native, generic or tc"},
      {"--slow-greeting", "slow_greeting_seconds", "SECONDS", "5",
       "a greeting later than this is an incident"},
      {"--socket", "socket", "PATH", "/run/mxray/mxrayd.sock", "the UNIX socket for mxray"},
      {"--state-dir", "state_dir", "DIR", "/var/lib/mxray", "where incidents are kept"},
      {"--pin-dir", "pin_dir", "DIR", "",
       "where programs and connections stay while mxrayd restarts, on a bpffs"},
      {"--web.listen-address", "web.listen_address", "ADDR:PORT", "127.0.0.1:9725",
       "metrics and health; port 0: any"},
      {"--web.config.file", "web.config_file", "FILE", "",
       "TLS and passwords for them, as Prometheus' exporters are configured"},
  };
}

}  // namespace

std::unique_ptr<Flags> make_flags() {
  auto flags = std::make_unique<Flags>();
  flags->settings = setting_flags();
  CLI::App& app = flags->app;
  app.name("mxrayd");
  app.description("X-ray for the path that mail takes: watches, never touches a packet.");
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_help_flag("-h,--help", "show this help");
  for (SettingFlag& flag : flags->settings) {
    app.add_option(flag.name, flag.values, flag.help)
        ->type_name(flag.placeholder)
        ->default_str(flag.fallback)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  app.add_option("--config", flags->file, "a configuration file; flags override it")
      ->type_name("FILE");
  app.add_flag("--print-incidents", flags->print_incidents, "print each incident as it is found");
  app.add_flag("--check-config", flags->check_only, "check flags and file, then stop");
  app.add_flag("--detach", flags->detach,
               "take off what an mxrayd that is gone left pinned, then stop");
  app.add_flag("--version", flags->wants_version, "show the version");
  app.footer(
      "Settings that no flag has, and what they are without one: `man mxrayd.yaml`, "
      "/etc/mxray/mxrayd.yaml.");
  return flags;
}

}  // namespace mxray
