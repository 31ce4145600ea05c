// SPDX-License-Identifier: Apache-2.0
// Turns docs/man/PAGE.in into a manual page: a line `@OPTIONS@`, `@COMMANDS@`,
// `@EXIT_CODES@`, `@DAEMON_OPTIONS@`, `@INTRODUCTION@` or `@KEYS@` becomes the part that is made
// from the program.
//
//   mxray_manual PAGE.in EXAMPLE.yaml > PAGE
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "manual/sections.h"

namespace mxray::manual {
namespace {

Result<std::string> content_of(const std::string& name) {
  std::ifstream file(name);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) return Error{name + " cannot be read"};
  return text.str();
}

Status write_page(const std::string& page, const std::string& example) {
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line == "@OPTIONS@") {
      std::cout << global_options();
    } else if (line == "@COMMANDS@") {
      std::cout << commands();
    } else if (line == "@EXIT_CODES@") {
      std::cout << exit_codes();
    } else if (line == "@DAEMON_OPTIONS@") {
      std::cout << daemon_options();
    } else if (line == "@INTRODUCTION@") {
      std::cout << configuration_introduction(example);
    } else if (line == "@KEYS@") {
      const Result<std::string> keys = configuration_keys(example);
      if (!keys) return keys.error();
      std::cout << *keys;
    } else {
      std::cout << line << '\n';
    }
  }
  return Ok{};
}

int run(const std::string& page_name, const std::string& example_name) {
  const Result<std::string> page = content_of(page_name);
  const Result<std::string> example = content_of(example_name);
  const Status written = !page      ? Status(page.error())
                         : !example ? Status(example.error())
                                    : write_page(*page, *example);
  if (!written) std::cerr << "mxray_manual: " << written.error().message << '\n';
  std::cout.flush();
  return written && std::cout.good() ? 0 : 1;
}

}  // namespace
}  // namespace mxray::manual

int main(int argc, char** argv) {
  try {
    if (argc == 3) return mxray::manual::run(argv[1], argv[2]);
    std::cerr << "usage: mxray_manual PAGE.in EXAMPLE.yaml\n";
  } catch (const std::exception& error) {
    std::cerr << "mxray_manual: " << error.what() << '\n';
  }
  return 2;
}
