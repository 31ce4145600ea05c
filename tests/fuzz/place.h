// SPDX-License-Identifier: Apache-2.0
// Does an error about a configuration say where it is, in one line?
#pragma once

#include <cstddef>
#include <string_view>

namespace mxray::fuzz {

/// `FILE:LINE: what`, lines from 1; or `FILE: what` of a file that is no text at all.
inline bool names_its_place(std::string_view message, std::string_view file) {
  if (!message.starts_with(file) || message.find('\n') != std::string_view::npos) return false;
  message.remove_prefix(file.size());
  if (message.starts_with(": this is no text")) return true;
  if (!message.starts_with(':') || message.starts_with(":0")) return false;
  const std::size_t end = message.find_first_not_of("0123456789", 1);
  return end != std::string_view::npos && end > 1 && message.substr(end).starts_with(": ");
}

}  // namespace mxray::fuzz
