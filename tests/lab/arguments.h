// SPDX-License-Identifier: Apache-2.0
// What did the caller of a laboratory program ask for?
//
// `--name value`, `--flag`, and words without dashes, nothing more: a library
// for it would outweigh the programs.
#pragma once

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace mxray::lab {

/// A wrong command line; `main` prints it with the usage and exits with 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Arguments {
 public:
  /// Options not named here are refused, so that a typo cannot pass.
  Arguments(int argc, char** argv, const std::set<std::string>& options,
            const std::set<std::string>& flags);

  [[nodiscard]] bool has(const std::string& flag) const { return flags_.contains(flag); }
  [[nodiscard]] std::string text(const std::string& name) const;  // must be there
  [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise) const;
  [[nodiscard]] double number(const std::string& name, double otherwise, double least,
                              double most) const;
  [[nodiscard]] long whole(const std::string& name, long otherwise, long least, long most) const;
  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }

 private:
  std::map<std::string, std::string> values_;
  std::set<std::string> flags_;
  std::vector<std::string> words_;
};

/// `\r`, `\n`, `\\` as typed in a shell become the bytes they stand for.
std::string unescape(const std::string& text);

/// Runs a program's body; turns what it throws into a sentence and an exit
/// code: 2 for a UsageError, 3 for anything else.
template <typename Body>
int guarded_main(const char* program, const char* usage, Body body) noexcept;

int report_usage_error(const char* program, const char* usage, const char* what) noexcept;
int report_failure(const char* program, const char* what) noexcept;

template <typename Body>
int guarded_main(const char* program, const char* usage, Body body) noexcept {
  try {
    return body();
  } catch (const UsageError& error) {
    return report_usage_error(program, usage, error.what());
  } catch (const std::exception& error) {
    return report_failure(program, error.what());
  }
}

}  // namespace mxray::lab
