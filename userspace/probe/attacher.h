// SPDX-License-Identifier: Apache-2.0
// How do programs get onto an interface that appears when mxrayd has no privilege left?
//
// By a process that was forked off before: it keeps CAP_BPF and CAP_NET_ADMIN, in effect
// only while it attaches, and does nothing but follow interfaces. It reads no packet's
// bytes, no request and no file; all it is told are names of interfaces. It ends when
// the other one does, however that ends.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "probe/interfaces.h"

namespace mxray {

class Attacher : public Interfaces {
 public:
  /// Forks. `interfaces` has not begun yet; returns when it has. Before other threads are
  /// started. `kept` are the descriptors that stay open in the other process: of the
  /// programs that `interfaces` attaches, and of what is locked as long as it may attach.
  static Result<std::unique_ptr<Attacher>> start(OwnInterfaces interfaces, std::vector<int> kept);
  /// Waits for the other process to let go.
  ~Attacher() override;
  Attacher(const Attacher&) = delete;
  Attacher& operator=(const Attacher&) = delete;

  [[nodiscard]] int poll_fd() const override { return socket_.get(); }
  void poll() override;
  Status watch(const std::vector<std::string>& names) override;
  [[nodiscard]] const WatchedNow& now() const override { return now_; }
  [[nodiscard]] Status health() const override;

 private:
  Attacher(Fd socket, pid_t child) : socket_(std::move(socket)), child_(child) {}
  bool receive(int flags);
  Fd socket_;
  pid_t child_;
  WatchedNow now_;
  bool ended_ = false;
  std::string failure_;  // why it could not begin
};

/// As text, for the way between the two processes; and back. What makes no sense is left
/// out.
std::string to_text(const WatchedNow& now);
WatchedNow watched_from_text(std::string_view text);

}  // namespace mxray
