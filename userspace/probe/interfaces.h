// SPDX-License-Identifier: Apache-2.0
// Who follows the interfaces and keeps the programs on them?
//
// This process, or one of its own that alone may do that (attacher.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/kernel_stats.h"
#include "base/result.h"
#include "probe/interface_set.h"
#include "probe/link_watch.h"

namespace mxray {

/// What is watched, as far as a reader wants to know.
struct WatchedNow {
  std::vector<Attachment> attachments;
  InterfaceNames names;  // see InterfaceSet::names()
  std::size_t present = 0;
  std::string problem{};  // why changes are not followed at the moment; empty: they are
};

class Interfaces {
 public:
  virtual ~Interfaces() = default;
  /// Readable when poll() has something.
  [[nodiscard]] virtual int poll_fd() const = 0;
  virtual void poll() = 0;
  /// See InterfaceSet::mean().
  virtual Status watch(const std::vector<std::string>& names) = 0;
  [[nodiscard]] virtual const WatchedNow& now() const = 0;
  /// Fails once nobody follows the interfaces any more, with the reason.
  [[nodiscard]] virtual Status health() const { return Ok{}; }
};

/// In this process.
class OwnInterfaces : public Interfaces {
 public:
  OwnInterfaces(LinkWatch watch, InterfaceSet set)
      : watch_(std::move(watch)), set_(std::move(set)) {}

  /// The first look: attaches, and takes off what a daemon before left elsewhere. Fails
  /// only if the kernel does not list interfaces.
  Status begin();

  [[nodiscard]] int poll_fd() const override { return watch_.fd(); }
  /// Also looks every ten seconds whether what is attached still is.
  void poll() override;
  /// How long poll() has nothing to do but what poll_fd() says.
  [[nodiscard]] int wait_ms() const;
  Status watch(const std::vector<std::string>& names) override;
  [[nodiscard]] const WatchedNow& now() const override { return now_; }

 private:
  void take_stock();
  LinkWatch watch_;
  InterfaceSet set_;
  WatchedNow now_;
  std::uint64_t next_check_ns_ = 0;  // monotonic
};

}  // namespace mxray
