// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <fmt/format.h>

namespace mxray {

std::string sanitize(std::span<const std::uint8_t> bytes, std::size_t limit) {
  while (!bytes.empty() && (bytes.back() == '\r' || bytes.back() == '\n')) {
    bytes = bytes.first(bytes.size() - 1);
  }
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t byte = bytes[i];
    std::string piece;
    if (byte == '\n') {
      piece = " / ";
    } else if (byte == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n') {
      continue;
    } else if (byte >= 0x20 && byte < 0x7f && byte != '\\') {
      piece = std::string(1, static_cast<char>(byte));
    } else {
      piece = fmt::format("\\x{:02x}", byte);
    }
    if (out.size() + piece.size() > limit) {
      while (out.size() + 3 > limit && !out.empty()) out.pop_back();
      return out + "...";
    }
    out += piece;
  }
  return out;
}

std::string sanitize(std::string_view bytes, std::size_t limit) {
  return sanitize(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()),
                  limit);
}

std::string html_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace mxray
