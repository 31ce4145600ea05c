// SPDX-License-Identifier: Apache-2.0
// Where are other people's captures? They lie outside the project.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace mxray::test {

/// The folder that the environment variable MXRAY_CAPTURES names, or the usual one.
std::filesystem::path captures_folder();

bool has_captures();

/// What a test says that is skipped without them.
std::string no_captures();

/// `A/name.pcap` of every capture in these folders.
std::vector<std::string> files_of(const std::vector<std::string>& folders);

}  // namespace mxray::test
