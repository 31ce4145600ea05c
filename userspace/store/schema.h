// SPDX-License-Identifier: Apache-2.0
// Which tables are there, and is this file one that has them?
#pragma once

#include <filesystem>
#include <optional>

#include "store/sqlite.h"
#include "store/trouble.h"

namespace mxray {

/// Makes the tables in an empty file and adds what an older one lacks, all in one
/// transaction; leaves a later version alone. nullopt if it can be used.
std::optional<Trouble> prepare_schema(sqlite::Database& database,
                                      const std::filesystem::path& path);

/// Judges a failure of our own statements on tables that claim to be ours: that
/// they do not fit means that the file is something else.
Trouble judge_schema(const sqlite::Failure& failure, const std::filesystem::path& path);

}  // namespace mxray
