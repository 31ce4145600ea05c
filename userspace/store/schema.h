// SPDX-License-Identifier: Apache-2.0
// Which tables are there, and is this file one that has them?
#pragma once

#include <filesystem>
#include <optional>

#include "store/sqlite.h"
#include "store/trouble.h"

namespace mxray {

/// Makes the tables in an empty file; checks the version of any other before
/// touching it. nullopt if it can be used.
std::optional<Trouble> prepare_schema(sqlite::Database& database,
                                      const std::filesystem::path& path);

/// Judges a failure of our own statements on tables that claim to be ours: that
/// they do not fit means that the file is something else.
Trouble judge_schema(const sqlite::Failure& failure, const std::filesystem::path& path);

}  // namespace mxray
