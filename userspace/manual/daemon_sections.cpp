// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "daemon/flags.h"
#include "manual/mdoc.h"
#include "manual/option_list.h"
#include "manual/sections.h"

namespace mxray::manual {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// A key, the lines that set it, and what is said above them.
struct Key {
  std::string name;
  std::string comment;
  std::string lines;
};

std::string to_mdoc(const Key& key) {
  return ".It Cm " + macro_words(key.name) + "\n" + paragraphs(key.comment) + literal(key.lines);
}

Error uncommented(const std::string& line) {
  return Error{fmt::format("'{}' has no comment; say above it what the key does", trimmed(line))};
}

}  // namespace

std::string daemon_options() { return option_list(make_flags()->app); }

std::string configuration_introduction(std::string_view example) {
  std::string text;
  bool asked = false;  // the question of the file is above the first `#` line that is empty
  for (const std::string& line : lines_of(example)) {
    if (!line.starts_with('#')) break;
    if (asked) text += trimmed(line.substr(1)) + "\n";
    asked = asked || line == "#";
  }
  return paragraphs(text);
}

Result<std::string> configuration_keys(std::string_view example) {
  std::vector<Key> keys;
  std::string section;  // `web`, whose keys are indented
  std::string comment;
  bool header = true;  // what the file says of itself, up to the first empty line
  for (const std::string& line : lines_of(example)) {
    const std::string text = trimmed(line);
    if (text.empty()) {
      header = false;
      comment.clear();
    } else if (text.starts_with('#')) {
      if (!header) comment += trimmed(text.substr(1)) + "\n";
    } else if (const std::size_t colon = text.find(':');
               colon == std::string::npos || (text[0] >= '0' && text[0] <= '9')) {
      if (!keys.empty()) keys.back().lines += line + "\n";  // goes on with the key above
    } else if (const std::string name = text.substr(0, colon); line.starts_with(' ')) {
      if (comment.empty()) return uncommented(line);
      keys.push_back(
          {fmt::format("{}.{}", section, name), comment, fmt::format("{}:\n{}\n", section, line)});
      comment.clear();
    } else {
      section = name;
      const bool only_section = colon + 1 == text.size();
      if (comment.empty() && !only_section) return uncommented(line);
      if (!comment.empty()) keys.push_back({name, comment, line + "\n"});
      comment.clear();
    }
  }
  std::string out = ".Bl -tag -width Ds\n";
  for (const Key& key : keys) out += to_mdoc(key);
  return out + ".El\n";
}

}  // namespace mxray::manual
