// SPDX-License-Identifier: Apache-2.0
// mxrayd: what does the process do from its first line to its exit code?
#include <fmt/format.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "daemon/command_line.h"
#include "daemon/daemon.h"
#include "daemon/interface_choice.h"
#include "daemon/log.h"
#include "daemon/permissions.h"
#include "daemon/record_source.h"
#include "probe/confinement.h"
#include "probe/detach.h"

namespace {

enum ExitCode { kSuccess = 0, kFailure = 1, kConfiguration = 2, kPermission = 4 };

bool print(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
}

/// The servers take up to 2048 connections; the usual limit is 1024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

ExitCode fail(ExitCode code, const mxray::Error& error) {
  mxray::log_error(error.message);
  return code;
}

/// From here on an attacker who takes over this process has nothing but its files and sockets.
mxray::Result<std::string> confine() {
  using mxray::Role;
  if (const auto dropped = mxray::drop_capabilities(Role::kMonitor); !dropped) {
    return dropped.error();
  }
  // A kernel without seccomp is no reason to watch nothing.
  const auto restricted = mxray::restrict_system_calls(Role::kMonitor);
  std::string held = mxray::describe(mxray::read_confinement());
  if (!restricted) held += ": " + restricted.error().message;
  if (mxray::monitor_needs_cap_bpf()) {
    held += "; kernels before 6.1 want CAP_BPF for each look into a map";
  }
  return held;
}

/// Says what it took off.
ExitCode detach(const std::string& pin_dir) {
  const auto detached = mxray::detach(pin_dir);
  const bool printed = print(detached.done);
  for (const auto& problem : detached.problems) mxray::log_error(problem.message);
  if (detached.not_permitted) return kPermission;
  return printed && detached.problems.empty() ? kSuccess : kFailure;
}

ExitCode run(const std::vector<std::string>& arguments) {
  const auto line = mxray::read_command_line(arguments);
  if (!line) return fail(kConfiguration, line.error());
  if (!line->text.empty() || line->check_only) {
    if (print(line->check_only ? "the configuration is valid\n" : line->text)) return kSuccess;
    return fail(kFailure,
                {fmt::format("cannot write to standard output: {}", std::strerror(errno))});
  }
  if (line->detach) return detach(line->config.pin_dir);
  // Before permissions are asked for. It may be there later, so it is worth
  // another try: no configuration error.
  if (const auto exist = mxray::InterfaceChoice::begin(line->config.interfaces); !exist) {
    return fail(kFailure, exist.error());
  }
  for (const mxray::Status& permitted :
       {mxray::check_capabilities(), mxray::prepare_socket_directory(line->config.socket)}) {
    if (!permitted) return fail(kPermission, permitted.error());
  }
  raise_descriptor_limit();

  mxray::DaemonSettings settings;
  settings.config = line->config;
  settings.start_source = &mxray::start_probe;
  settings.confine = &confine;
  settings.reload = [arguments]() -> mxray::Result<mxray::Config> {
    auto fresh = mxray::read_command_line(arguments);
    if (!fresh) return fresh.error();
    return fresh->config;
  };
  if (line->print_incidents) settings.print = [](const std::string& text) { print(text); };

  auto daemon = mxray::Daemon::start(std::move(settings));
  if (!daemon) return fail(kFailure, daemon.error());
  if (const mxray::Status ran = daemon->run(); !ran) return fail(kFailure, ran.error());
  return kSuccess;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& problem) {
    return fail(kFailure, {std::string("unexpected: ") + problem.what()});
  }
}
