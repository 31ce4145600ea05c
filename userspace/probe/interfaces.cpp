// SPDX-License-Identifier: Apache-2.0
#include "probe/interfaces.h"

namespace mxray {

Status OwnInterfaces::begin() {
  if (Status scanned = set_.scan(); !scanned) return scanned;
  take_stock();
  // Only now: until here the programs of the daemon before have watched.
  if (now_.present != 0) set_.take_off_others();
  return Ok{};
}

void OwnInterfaces::poll() {
  set_.follow(watch_.read());
  take_stock();
}

Status OwnInterfaces::watch(const std::vector<std::string>& names) {
  const Status meant = set_.mean(names);
  take_stock();
  return meant;
}

void OwnInterfaces::take_stock() { now_ = {set_.attachments(), set_.names(), set_.present()}; }

}  // namespace mxray
