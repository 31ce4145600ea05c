// SPDX-License-Identifier: Apache-2.0
// What does the service manager learn of the daemon?
//
// The protocol of sd_notify(3), as a unit with Type=notify expects it. Where
// nobody listens ($NOTIFY_SOCKET is not set) nothing happens.
#pragma once

#include <string>
#include <string_view>

namespace mxray {

class Supervisor {
 public:
  Supervisor();

  /// Everything works; also what ends a reload. `status` is one sentence for
  /// `systemctl status`.
  void ready(std::string_view status);
  /// Sent only if it differs from the last one.
  void status(std::string_view sentence);
  /// The configuration is being read again; ready() must follow.
  void reloading();
  /// To be called from the event loop itself, once a second: a loop that hangs
  /// does not call it, and the watchdog of the unit (WatchdogSec=) ends us.
  void loop_turned();
  /// Once; later calls do nothing.
  void stopping();

 private:
  bool has_watchdog_;
  bool is_stopping_ = false;
  std::string status_;
};

}  // namespace mxray
