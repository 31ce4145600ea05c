// SPDX-License-Identifier: Apache-2.0
// How does a frame get into BPF_PROG_TEST_RUN?
#pragma once

#include <algorithm>

#include "core_in_kernel.h"
#include "replay/link_header.h"
#include "support/bytes.h"

namespace mxray::test {

/// As much of it as a test run takes.
inline ByteView cut_for_kernel(ByteView frame) {
  return frame.first(std::min(frame.size(), CoreInKernel::kLongestFrame));
}

/// With an Ethernet header in front where the hook expects one and the capture
/// has none. Empty if the kernel refuses such a frame: it takes none that
/// announces IP and has no room for it.
inline Bytes wrapped_for_kernel(Hook hook, ByteView frame, LinkLayer link) {
  Bytes wrapped;
  if (frame.empty()) return wrapped;
  if (hook != Hook::kTcRaw && link == LinkLayer::kRaw) {
    wrapped.assign(12, 2);
    append_number(wrapped, frame[0] >> 4 == 6 ? 0x86dd : 0x0800, 2);
  }
  append_bytes(wrapped, frame);
  if (wrapped.size() < CoreInKernel::kShortestFrame) return {};
  const int type = wrapped[12] << 8 | wrapped[13];
  if (wrapped.size() < (type == 0x0800 ? 34U : type == 0x86dd ? 54U : 14U)) return {};
  return wrapped;
}

}  // namespace mxray::test
