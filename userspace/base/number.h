// SPDX-License-Identifier: Apache-2.0
// Is this text a number, all of it?
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace mxray {

/// nullopt unless the whole of `text` is a number that `Number` can hold.
template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace mxray
