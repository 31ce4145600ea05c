// SPDX-License-Identifier: Apache-2.0
#include "probe/interfaces.h"

#include "base/time.h"

namespace mxray {
namespace {

// A look costs one question a program, and where a direction lacks one, a scan. Whoever takes it
// off by hand, or deletes the qdisc below it, blinds mxrayd for no longer than this.
constexpr std::uint64_t kBetweenChecksNs = 10'000'000'000;
constexpr std::uint64_t kMillisecondNs = 1'000'000;

}  // namespace

Status OwnInterfaces::begin() {
  Status scanned = set_.scan();
  if (!scanned) return scanned;
  next_check_ns_ = monotonic_ns() + kBetweenChecksNs;
  take_stock();
  // Only now: until here the programs of the daemon before have watched.
  if (now_.present != 0) set_.take_off_others();
  return Ok{};
}

void OwnInterfaces::poll() {
  set_.follow(watch_.read());
  if (const std::uint64_t now_ns = monotonic_ns(); now_ns >= next_check_ns_) {
    set_.check();
    next_check_ns_ = now_ns + kBetweenChecksNs;
  }
  take_stock();
}

int OwnInterfaces::wait_ms() const {
  const std::uint64_t now_ns = monotonic_ns();
  if (now_ns >= next_check_ns_) return 0;
  // Not a moment too early, or it would wait again for nothing.
  return static_cast<int>((next_check_ns_ - now_ns) / kMillisecondNs + 1);
}

Status OwnInterfaces::watch(const std::vector<std::string>& names) {
  Status meant = set_.mean(names);
  take_stock();
  return meant;
}

void OwnInterfaces::take_stock() {
  now_ = {set_.attachments(), set_.names(), set_.present(), set_.problem()};
}

}  // namespace mxray
