// SPDX-License-Identifier: Apache-2.0
// How is one program put on one hook of one interface, and taken off again?
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/fd.h"
#include "base/result.h"
#include "probe/clsact.h"
#include "probe/hook_choice.h"

namespace mxray {

/// Sits on a hook as long as it lives, or as it is pinned. XDP and TCX hang on a
/// descriptor, so the kernel takes them off even after kill -9; a clsact filter stays
/// behind then and is replaced at the next start.
class HookLink {
 public:
  static constexpr std::string_view kNative = "xdp_native";
  static constexpr std::string_view kGeneric = "xdp_generic";
  static constexpr std::string_view kTcx = "tcx";
  static constexpr std::string_view kClsact = "tc";

  /// `hook` is one of the XDP ones. The Error is the kernel's reason alone.
  static Result<HookLink> xdp(int program, std::uint32_t ifindex, Hook hook);
  /// Ahead of other programs, see the reasons in hook_link.cpp. Kernel 6.6.
  static Result<HookLink> tcx(int program, std::uint32_t ifindex, Direction direction);
  static Result<HookLink> clsact(int program, std::shared_ptr<ClsactQdisc> qdisc,
                                 Direction direction);

  /// The link pinned at `path`, whose next packet meets `program`. `name`: one of the
  /// first three above. Fails if it is not on `ifindex` any more.
  static Result<HookLink> pinned(const std::string& path, std::string_view name, int program,
                                 std::uint32_t ifindex);

  /// Outlives this object from now on. A filter has no link to be pinned: `program` is
  /// pinned in its place, as a sign. For a moment the pin's name ends with kHalfMade; so it
  /// stays if mxrayd is killed then.
  Status pin(const std::string& path, int program);

  /// Comes off now, pinned or not.
  void take_off();

  /// `xdp_native`, `xdp_generic`, `tcx`, `tc`, as in Attachment::hook.
  [[nodiscard]] std::string_view name() const { return name_; }

  /// False once the interface is gone, or somebody forced the program off.
  [[nodiscard]] bool alive() const;

 private:
  HookLink(std::string_view name, std::variant<Fd, ClsactFilter> holder)
      : name_(name), holder_(std::move(holder)) {}
  std::string_view name_;
  std::variant<Fd, ClsactFilter> holder_;
  std::string pin_;  // empty: not pinned
};

/// Ends the name of a pin that HookLink::pin() has not finished.
inline constexpr std::string_view kHalfMade = "-new";

/// What a pinned link says of itself; nullopt if there is none at `path`.
struct PinnedLink {
  std::uint32_t ifindex = 0;  // 0: its interface is gone
  std::uint32_t program = 0;  // id
};
std::optional<PinnedLink> read_pinned_link(const std::string& path);

/// Takes the link pinned at `path` off its hook, and the pin away. At once: without its
/// last pin alone it would go a moment later. false: there is nothing at `path`.
bool take_off_pinned_link(const std::string& path);

}  // namespace mxray
