// SPDX-License-Identifier: Apache-2.0
// Which hooks did a daemon before this one leave its programs on?
#include "probe/kept_links.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <vector>

namespace mxray {
namespace {

namespace files = std::filesystem;

constexpr std::array kHooks{HookLink::kNative, HookLink::kGeneric, HookLink::kTcx,
                            HookLink::kClsact};
constexpr std::array kXdpHooks{HookLink::kNative, HookLink::kGeneric};

std::string_view name_of(Direction direction) {
  return direction == Direction::kIngress ? "ingress" : "egress";
}

}  // namespace

std::optional<std::pair<HookPlace, std::string_view>> parse_link_name(std::string_view name) {
  HookPlace place;  // `3-ingress-tcx`
  const auto number = std::from_chars(name.data(), name.data() + name.size(), place.ifindex);
  if (number.ec != std::errc{}) return std::nullopt;
  name.remove_prefix(static_cast<std::size_t>(number.ptr - name.data()));
  for (const auto direction : {Direction::kIngress, Direction::kEgress}) {
    for (const std::string_view hook : kHooks) {
      place.direction = direction;
      if (name == fmt::format("-{}-{}", name_of(direction), hook)) return std::pair(place, hook);
    }
  }
  return std::nullopt;
}

std::string KeptLinks::file_of(HookPlace place, std::string_view hook) const {
  return fmt::format("{}/{}-{}-{}", folder_, place.ifindex, name_of(place.direction), hook);
}

std::optional<HookLink> KeptLinks::take_over(HookPlace place, Hook hook, int program,
                                             std::shared_ptr<ClsactQdisc>& qdisc) const {
  const auto take = [&](std::string_view name) -> std::optional<HookLink> {
    auto link = HookLink::pinned(file_of(place, name), name, program, place.ifindex);
    return link ? std::optional(std::move(*link)) : std::nullopt;
  };
  if (hook == Hook::kXdpNative) return take(HookLink::kNative);
  if (hook == Hook::kXdpGeneric) return take(HookLink::kGeneric);
  if (auto link = take(HookLink::kTcx)) return link;
  if (::access(file_of(place, HookLink::kClsact).c_str(), F_OK) != 0) return std::nullopt;
  if (!qdisc) {
    auto opened = ClsactQdisc::open(place.ifindex, Leftovers::kReplace);
    if (!opened) return std::nullopt;
    qdisc = std::move(*opened);
  }
  auto link = HookLink::clsact(program, qdisc, place.direction);
  return link ? std::optional(std::move(*link)) : std::nullopt;
}

void KeptLinks::finish(HookPlace place) const {
  for (const std::string_view hook : kHooks) {
    const std::string name = file_of(place, hook);
    // Fails nearly always: nothing is half made.
    (void)std::rename((name + std::string(kHalfMade)).c_str(), name.c_str());
  }
}

Status KeptLinks::keep(HookLink& link, HookPlace place, int program) const {
  // The others last: killed in between, the next daemon finds one more and not none.
  Status pinned = link.pin(file_of(place, link.name()), program);
  for (const std::string_view hook : kHooks) {
    if (hook != link.name()) take_off(place, hook);
  }
  return pinned;
}

bool KeptLinks::is_left(std::uint32_t ifindex, std::uint32_t program_id) const {
  return std::ranges::any_of(kXdpHooks, [&](std::string_view hook) {
    const auto link = read_pinned_link(file_of({ifindex, Direction::kIngress}, hook));
    return link && link->ifindex == ifindex && link->program == program_id;
  });
}

bool KeptLinks::holds_xdp(std::uint32_t ifindex) const {
  return std::ranges::any_of(kXdpHooks, [&](std::string_view hook) {
    const auto link = read_pinned_link(file_of({ifindex, Direction::kIngress}, hook));
    return link && link->ifindex == ifindex;
  });
}

void KeptLinks::take_off_xdp(std::uint32_t ifindex) const {
  for (const std::string_view hook : kXdpHooks) take_off({ifindex, Direction::kIngress}, hook);
}

void KeptLinks::take_off(HookPlace place, std::string_view hook) const {
  if (!take_off_pinned_link(file_of(place, hook))) return;
  if (hook == HookLink::kClsact) remove_clsact_filters(place.ifindex, place.direction);
}

void KeptLinks::take_off_others(const std::set<HookPlace>& places) const {
  std::error_code error;
  std::vector<files::path> found;
  for (const auto& file : files::directory_iterator(folder_, error)) found.push_back(file.path());
  for (const files::path& file : found) {
    std::string name = file.filename();
    // Of a filter the sign is half made, but not the filter: it would stay for ever.
    if (name.ends_with(kHalfMade)) {
      name.resize(name.size() - kHalfMade.size());
      if (const auto half = parse_link_name(name)) finish(half->first);
    }
    const auto known = parse_link_name(name);
    if (!known) {
      ::unlink(file.c_str());  // nothing of ours
    } else if (!places.contains(known->first)) {
      take_off(known->first, known->second);
    }
  }
}

}  // namespace mxray
