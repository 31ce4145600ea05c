// SPDX-License-Identifier: Apache-2.0
// What may a hostile peer write, and where in a mail session can it write it?
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/timed_packet.h"

namespace mxray::test {

/// Stands in every hostile text, so that a test sees where the text came out.
inline constexpr std::string_view kMark = "zq0x";

struct HostileText {
  const char* name;
  std::string text;  // begins with kMark
};
/// Escape sequences, invalid UTF-8, bidirectional marks, long lines, and what
/// breaks out of labels, JSON, HTML and format strings.
std::vector<HostileText> hostile_texts();

/// A place in a packet that text is read from.
struct Place {
  const char* name;
  bool shown;  // whether some output repeats what stands there
  std::vector<TimedPacket> (*session)(std::string_view text);
};
/// Sessions that raise incidents, with the text in one place each.
std::vector<Place> places();

}  // namespace mxray::test
