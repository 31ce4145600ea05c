// SPDX-License-Identifier: Apache-2.0
// What is wrong with the store, and what should a person do about it?
#pragma once

#include <filesystem>
#include <string>

#include "store/sqlite.h"

namespace mxray {

struct Trouble {
  enum class Cause {
    kLocked,      // passes: the file stays open
    kFull,        // passes when somebody makes room: the file stays open
    kDamaged,     // the file is moved aside and begun afresh
    kNewer,       // written by a later mxray: left alone
    kUnwritable,  // permissions, a read-only file system, no such directory
    kOther,
  };
  Cause cause = Cause::kOther;
  std::string sentence;  // with a remedy
};

/// Judges a failure on `file`; asks the file system whether it is full, because
/// SQLite reports a full disk in several ways.
Trouble judge(const sqlite::Failure& failure, const std::filesystem::path& file);

/// The database has schema `found`, later than the `known` one.
Trouble newer_schema(const std::filesystem::path& file, std::uint64_t found, std::uint64_t known);

/// The directory could neither be found nor made.
Trouble no_directory(const std::filesystem::path& directory, const std::string& reason);

}  // namespace mxray
