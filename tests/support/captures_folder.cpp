// SPDX-License-Identifier: Apache-2.0
#include "support/captures_folder.h"

#include <algorithm>
#include <cstdlib>

namespace mxray::test {

std::filesystem::path captures_folder() {
  const char* named = std::getenv("MXRAY_CAPTURES");
  return named != nullptr ? named : MXRAY_CAPTURES_DEFAULT;
}

bool has_captures() { return std::filesystem::is_directory(captures_folder()); }

std::string no_captures() {
  return "NOT TESTED: no captures in " + captures_folder().string() + "; set MXRAY_CAPTURES";
}

std::vector<std::string> files_of(const std::vector<std::string>& folders) {
  std::vector<std::string> files;
  for (const std::string& folder : folders) {
    for (const auto& entry : std::filesystem::directory_iterator(captures_folder() / folder)) {
      files.push_back(folder + "/" + entry.path().filename().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace mxray::test
