// SPDX-License-Identifier: Apache-2.0
// How is one program put on one hook of one interface, and taken off again?
#pragma once

#include <cstdint>
#include <memory>
#include <variant>

#include "base/fd.h"
#include "base/result.h"
#include "probe/clsact.h"
#include "probe/hook_choice.h"

namespace mxray {

/// Sits on a hook as long as it lives. XDP and TCX hang on a descriptor, so the
/// kernel takes them off even after kill -9; a clsact filter stays behind then
/// and is replaced at the next start.
class HookLink {
 public:
  /// `hook` is one of the XDP ones. The Error is the kernel's reason alone.
  static Result<HookLink> xdp(int program, std::uint32_t ifindex, Hook hook);
  /// Ahead of other programs, see the reasons in hook_link.cpp. Kernel 6.6.
  static Result<HookLink> tcx(int program, std::uint32_t ifindex, Direction direction);
  static Result<HookLink> clsact(int program, std::shared_ptr<ClsactQdisc> qdisc,
                                 Direction direction);

  /// `xdp_native`, `xdp_generic`, `tcx`, `tc`, as in Attachment::hook.
  [[nodiscard]] std::string_view name() const { return name_; }

  /// False once the interface is gone, or somebody forced the program off.
  [[nodiscard]] bool alive() const;

 private:
  HookLink(std::string_view name, std::variant<Fd, ClsactFilter> holder)
      : name_(name), holder_(std::move(holder)) {}
  std::string_view name_;
  std::variant<Fd, ClsactFilter> holder_;
};

}  // namespace mxray
