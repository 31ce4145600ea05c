// SPDX-License-Identifier: Apache-2.0
#include "arguments.h"

#include <cmath>
#include <cstdio>

namespace mxray::lab {

Arguments::Arguments(int argc, char** argv, const std::set<std::string>& options,
                     const std::set<std::string>& flags) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--")) {
      words_.push_back(word);
      continue;
    }
    const std::string name = word.substr(2);
    if (flags.contains(name)) {
      flags_.insert(name);
    } else if (!options.contains(name)) {
      throw UsageError("unknown option " + word);
    } else if (++i == argc) {
      throw UsageError(word + " needs a value");
    } else {
      values_[name] = argv[i];
    }
  }
}

std::string Arguments::text(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw UsageError("--" + name + " is missing");
  return found->second;
}

std::string Arguments::text(const std::string& name, const std::string& otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second;
}

double Arguments::number(const std::string& name, double otherwise, double least,
                         double most) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return otherwise;
  std::size_t used = 0;
  double value = NAN;
  try {
    value = std::stod(found->second, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  // `not within` instead of `outside`: a NaN must fail too.
  if (used != found->second.size() || !(value >= least && value <= most))
    throw UsageError("--" + name + " wants a number from " + std::to_string(least) + " to " +
                     std::to_string(most) + ", not " + found->second);
  return value;
}

long Arguments::whole(const std::string& name, long otherwise, long least, long most) const {
  const double value = number(name, static_cast<double>(otherwise), static_cast<double>(least),
                              static_cast<double>(most));
  if (value != std::floor(value)) throw UsageError("--" + name + " wants a whole number");
  return static_cast<long>(value);
}

std::string unescape(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] != '\\' || (next != 'r' && next != 'n' && next != '\\')) {
      bytes += text[i];
      continue;
    }
    bytes += next == 'r' ? '\r' : next == 'n' ? '\n' : '\\';
    ++i;
  }
  return bytes;
}

int report_usage_error(const char* program, const char* usage, const char* what) noexcept {
  std::fprintf(stderr, "%s: %s\n%s", program, what, usage);
  return 2;
}

int report_failure(const char* program, const char* what) noexcept {
  std::fprintf(stderr, "%s: %s\n", program, what);
  return 3;
}

}  // namespace mxray::lab
