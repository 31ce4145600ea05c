// SPDX-License-Identifier: Apache-2.0
#include "path/traceroute.h"

#include <fmt/format.h>

#include <algorithm>

#include "path/traceroute_line.h"

namespace mxray {
namespace {

/// Puts a line's hop where it belongs; the error is without the line's number.
Status add_hop(std::vector<Hop>& hops, Hop hop) {
  if (hop.distance == 0) {
    if (!hops.empty()) add_answers(hops.back(), hop);
    return Ok{};
  }
  const int last = static_cast<int>(hops.size());
  if (hop.distance <= last) {
    return Error{fmt::format("hop {} comes after hop {}; give one traceroute and no more",
                             hop.distance, last)};
  }
  for (int silent = last + 1; silent < hop.distance; ++silent) {
    hops.emplace_back().distance = silent;
  }
  hops.push_back(std::move(hop));
  return Ok{};
}

std::optional<int> distance_of(const core::address& server, const std::vector<Hop>& hops) {
  for (const Hop& hop : hops) {
    const auto& found = hop.addresses;
    if (std::find(found.begin(), found.end(), server) != found.end()) return hop.distance;
  }
  return std::nullopt;
}

}  // namespace

Result<Path> read_traceroute(std::string_view text, const std::optional<core::address>& server) {
  if (text.size() > kMostTracerouteBytes) {
    return Error{fmt::format("the traceroute has {} bytes and may have {}; give its hops only",
                             text.size(), kMostTracerouteBytes)};
  }
  Path path;
  std::optional<Endpoint> target;
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (path.hops.empty() && !target) target = server_in_header(line);
    Result<std::optional<Hop>> hop = read_hop_line(line);
    if (!hop) return Error{fmt::format("line {}: {}", number, hop.error().message)};
    if (!*hop) continue;
    if (Status added = add_hop(path.hops, **std::move(hop)); !added) {
      return Error{fmt::format("line {}: {}", number, added.error().message)};
    }
  }
  if (path.hops.empty()) {
    return Error{"there is no hop in this text; a hop is a line like ` 7  192.0.2.1  50.2 ms`"};
  }
  if (!target && !server) {
    return Error{
        "the traceroute does not say where it leads; keep its first line, `traceroute to NAME "
        "(ADDRESS)`"};
  }
  path.server = target ? *target : Endpoint{*server, 0};
  path.server_distance = distance_of(path.server.address, path.hops);
  return path;
}

}  // namespace mxray
