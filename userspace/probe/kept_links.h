// SPDX-License-Identifier: Apache-2.0
// Which hooks did a daemon before this one leave its programs on?
//
// One file each in the folder of links, `IFINDEX-DIRECTION-HOOK`. Taking one over
// changes its program between two packets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "probe/clsact.h"
#include "probe/hook_choice.h"
#include "probe/hook_link.h"

namespace mxray {

/// One direction of one interface.
struct HookPlace {
  std::uint32_t ifindex = 0;
  Direction direction = Direction::kIngress;
  // clang-tidy takes the zero in what = default stands for to be a pointer.
  // NOLINTNEXTLINE(modernize-use-nullptr)
  friend auto operator<=>(const HookPlace&, const HookPlace&) = default;
};

/// A file in the folder of links by its name, and which hook it stands for; nullopt if
/// that is no name of ours.
std::optional<std::pair<HookPlace, std::string_view>> parse_link_name(std::string_view name);

class KeptLinks {
 public:
  explicit KeptLinks(std::string folder) : folder_(std::move(folder)) {}

  /// What sits at `place` by a hook of this kind, with `program` from now on; nullopt
  /// if nothing does. `qdisc`: as in HookLink::clsact, opened at need.
  std::optional<HookLink> take_over(HookPlace place, Hook hook, int program,
                                    std::shared_ptr<ClsactQdisc>& qdisc) const;

  /// Finishes what a daemon was about to pin at `place` when it was killed.
  void finish(HookPlace place) const;

  /// Pins it, and then takes off what else sits at `place`.
  Status keep(HookLink& link, HookPlace place, int program) const;

  /// Whether the XDP program `id` on the interface is one that was left there.
  [[nodiscard]] bool is_left(std::uint32_t ifindex, std::uint32_t program_id) const;

  /// Whether XDP of either mode was left on the interface. One excludes the other, so it
  /// is in the way of the other.
  [[nodiscard]] bool holds_xdp(std::uint32_t ifindex) const;
  void take_off_xdp(std::uint32_t ifindex) const;

  /// Takes off all that is not at one of `places`.
  void take_off_others(const std::set<HookPlace>& places) const;

 private:
  [[nodiscard]] std::string file_of(HookPlace place, std::string_view hook) const;
  void take_off(HookPlace place, std::string_view hook) const;
  std::string folder_;
};

}  // namespace mxray
