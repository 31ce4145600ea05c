// SPDX-License-Identifier: Apache-2.0
#include "manual/mdoc.h"

#include <algorithm>

namespace mxray::manual {
namespace {

// Takes the next line of `text` and its end.
std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// A plain `-` may be set as a hyphen, which no shell takes for an option's sign.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string literal_line(std::string_view line) {
  std::string out = escaped(line);
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out + "\n";
}

}  // namespace

std::string text_line(std::string_view text) {
  std::string out;
  for (const char c : escaped(text)) {
    // A sentence begins a line, as mdoc wants it.
    const bool begins = (c >= 'A' && c <= 'Z') || c == '(' || c == '`';
    if (begins && (out.ends_with(". ") || out.ends_with("? "))) out.back() = '\n';
    const bool first = out.empty() || out.back() == '\n';
    if (first && (c == '.' || c == '\'')) out += "\\&";
    out += c;
  }
  return out + "\n";
}

std::string macro_words(std::string_view text) {
  std::string out;
  for (const char c : escaped(text)) {
    if (out.empty() || out.back() == ' ') out += "\\&";
    out += c;
  }
  return out;
}

std::string literal(std::string_view lines) {
  std::string out = ".Bd -literal -offset indent\n";
  while (!lines.empty()) out += literal_line(next_line(lines));
  return out + ".Ed\n";
}

std::string paragraphs(std::string_view text) {
  std::string out;
  std::string commands;  // literal lines that are not written yet
  bool parted = false;
  const auto write_commands = [&] {
    if (!commands.empty()) out += literal(commands);
    commands.clear();
  };
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (line.starts_with(' ')) {
      const std::size_t margin = std::min<std::size_t>(line.find_first_not_of(' '), 2);
      commands += std::string(line.substr(std::min(margin, line.size()))) + "\n";
      continue;
    }
    write_commands();
    if (line.empty()) {
      parted = !out.empty();
      continue;
    }
    if (parted) out += ".Pp\n";
    parted = false;
    out += text_line(line);
  }
  write_commands();
  return out;
}

}  // namespace mxray::manual
