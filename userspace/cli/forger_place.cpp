// SPDX-License-Identifier: Apache-2.0
#include "cli/forger_place.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "format/path_json.h"
#include "format/table.h"
#include "path/traceroute.h"

namespace mxray::cli {
namespace {

constexpr std::uint64_t kHour = 3'600'000'000'000;

std::string read_some(std::istream& in) {
  std::string text(kMostTracerouteBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

// Routes change: a path of another day may not be the one that the packet took.
std::string age(const Incident& incident, const Path& path) {
  if (path.time_ns == 0) return "";
  const bool after = path.time_ns > incident.time_ns;
  const std::uint64_t apart =
      after ? path.time_ns - incident.time_ns : incident.time_ns - path.time_ns;
  if (apart <= 24 * kHour) return "";
  const std::uint64_t hours = apart / kHour;
  return fmt::format(
      " The path was measured {} {} the incident; the route may have changed.",
      hours < 48 ? fmt::format("{} hours", hours) : fmt::format("{} days", hours / 24),
      after ? "after" : "before");
}

// Who speaks for the client sits on its side: the way to the server says nothing.
bool is_in_clients_name(const Incident& incident) {
  return incident.forgery && incident.forgery->impersonated == "client";
}

}  // namespace

Result<std::string> read_path_text(const std::string& file) {
  std::string text;
  if (file == "-") {
    text = read_some(std::cin);
  } else {
    std::ifstream in(file, std::ios::binary);
    if (!in) return Error{fmt::format("cannot open {}: {}", file, std::strerror(errno))};
    text = read_some(in);
    if (in.bad()) return Error{fmt::format("cannot read {}", file)};
  }
  if (text.size() > kMostTracerouteBytes) {
    return Error{fmt::format("{} has more than {} bytes, so it is no traceroute",
                             file == "-" ? "standard input" : file, kMostTracerouteBytes)};
  }
  return text;
}

Result<Path> path_to_server(std::string_view text, const Endpoint& server) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  const bool json = start != std::string_view::npos && text[start] == '{';
  Result<Path> path = json ? path_from_json(text) : read_traceroute(text, server.address);
  if (path && !(path->server.address == server.address)) {
    return Error{
        fmt::format("this path leads to {}, but the incident's server is {}; `mxray trace "
                    "{}` shows the way there",
                    to_string(path->server.address), to_string(server.address), to_string(server))};
  }
  return path;
}

std::optional<Path> latest_path(const DaemonClient& daemon, const Endpoint& server) {
  const Answer answer = daemon.get("/v1/paths", {{"server", to_string(server.address)}});
  if (answer.exit != ExitCode::kOk) return std::nullopt;
  const Result<Path> path = path_from_json(answer.body);
  return path ? std::optional(*path) : std::nullopt;
}

Placement place(const Incident& incident, const Path& path) {
  const Forgery forgery = incident.forgery.value_or(Forgery{});
  if (is_in_clients_name(incident)) return mxray::place({}, path);
  return mxray::place({.server_hops = forgery.server_hops,
                       .forger_hops = forgery.forger_hops,
                       .after_routing = forgery.after_routing,
                       .delay_ms = forgery.forged_delay_ms,
                       .forger_class = forgery.forger_class.value_or("")},
                      path);
}

std::string where(const Incident& incident, const std::optional<Path>& path) {
  if (is_in_clients_name(incident)) {
    return "The forger spoke in the client's name, so it need not be on the way to the server: "
           "look between the client and this gateway first. A path to the server does not place "
           "it.";
  }
  if (!path) {
    return fmt::format(
        "No path to {} is known; `mxray trace {}` measures it, and then this says "
        "between which two hops the forger sits.",
        to_string(incident.server.address), to_string(incident.server));
  }
  return sentence(place(incident, *path)) + age(incident, *path);
}

}  // namespace mxray::cli
