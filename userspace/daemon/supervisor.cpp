// SPDX-License-Identifier: Apache-2.0
#include "daemon/supervisor.h"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include "base/text.h"
#include "base/time.h"

namespace mxray {
namespace {

constexpr std::size_t kLongestStatus = 512;

// A failure means that nobody listens; there is nobody to tell.
void notify(const std::string& state) { ::sd_notify(0, state.c_str()); }

}  // namespace

Supervisor::Supervisor() : has_watchdog_(::sd_watchdog_enabled(0, nullptr) > 0) {}

void Supervisor::ready(std::string_view status) {
  status_ = sanitize(status, kLongestStatus);
  notify(fmt::format("READY=1\nSTATUS={}", status_));
}

void Supervisor::status(std::string_view sentence) {
  std::string fresh = sanitize(sentence, kLongestStatus);
  if (fresh == status_) return;
  status_ = std::move(fresh);
  notify("STATUS=" + status_);
}

void Supervisor::reloading() {
  // The time tells Type=notify-reload (systemd 253) this reload from an earlier one.
  notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", monotonic_ns() / 1000));
}

void Supervisor::loop_turned() {
  if (has_watchdog_) notify("WATCHDOG=1");
}

void Supervisor::stopping() {
  if (is_stopping_) return;
  is_stopping_ = true;
  notify("STOPPING=1\nSTATUS=stopping");
}

}  // namespace mxray
