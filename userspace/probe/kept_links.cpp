// SPDX-License-Identifier: Apache-2.0
// Which hooks did a daemon before this one leave its programs on?
#include "probe/kept_links.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <vector>

namespace mxray {
namespace {

namespace files = std::filesystem;

constexpr std::array kHooks{HookLink::kNative, HookLink::kGeneric, HookLink::kTcx,
                            HookLink::kClsact};

std::string_view name_of(Direction direction) {
  return direction == Direction::kIngress ? "ingress" : "egress";
}

/// `3-ingress-tcx`; nullopt for what is no name of ours.
std::optional<std::pair<HookPlace, std::string_view>> parse(std::string_view name) {
  HookPlace place;
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

}  // namespace

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

Status KeptLinks::keep(HookLink& link, HookPlace place, int program) const {
  for (const std::string_view hook : kHooks) {
    if (hook != link.name()) take_off(place, hook);
  }
  return link.pin(file_of(place, link.name()), program);
}

bool KeptLinks::is_left(std::uint32_t ifindex, std::uint32_t program_id) const {
  for (const std::string_view hook : {HookLink::kNative, HookLink::kGeneric}) {
    const auto link = read_pinned_link(file_of({ifindex, Direction::kIngress}, hook));
    if (link && link->ifindex == ifindex && link->program == program_id) return true;
  }
  return false;
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
    const std::string name = file.filename();
    const auto known = parse(name);
    if (!known) {
      ::unlink(file.c_str());  // half made
    } else if (!places.contains(known->first)) {
      take_off(known->first, known->second);
    }
  }
}

}  // namespace mxray
