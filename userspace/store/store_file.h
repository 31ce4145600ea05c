// SPDX-License-Identifier: Apache-2.0
// What does the open database answer?
//
// One file that is known to be ours, of a schema that we know, with its
// statements. Each answer may fail; what to do then is the Store's affair.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/rows.h"
#include "store/sqlite.h"
#include "store/trouble.h"
#include "store/waiting_rows.h"

namespace mxray {

/// Rises when a table changes; a later one is refused, see newer_schema().
inline constexpr std::uint64_t kStoreSchema = 2;

class StoreFile {
 public:
  struct StoredFlow {
    FlowPlace place;
    std::string json;
  };
  /// The file or, if it cannot be used, why.
  struct Opened {
    std::unique_ptr<StoreFile> file;
    std::optional<Trouble> trouble;
  };
  static Opened open(const std::filesystem::path& path);

  /// Whether the path still leads to the file that is open: a removed one would
  /// take writes without a complaint.
  [[nodiscard]] bool is_current() const;

  /// All rows in one transaction, or none.
  sqlite::Attempt write(const WaitingRows& rows);

  /// The newest ones that fit, newest first.
  sqlite::Attempt query(const IncidentFilter& filter, std::vector<IncidentRow>& rows);
  sqlite::Attempt find(std::string_view id, std::optional<std::string>& json);
  /// `filter.limit` rows at most, in their order.
  sqlite::Attempt flows_opened(const FlowFilter& filter, std::vector<StoredFlow>& rows);
  sqlite::Attempt oldest_flow(std::optional<std::uint64_t>& opened_ns);
  sqlite::Attempt paths(std::vector<PathRow>& rows);

  /// Incidents on disk, 0 if they cannot be counted.
  std::uint64_t incident_count();
  /// Bytes of the database and its write-ahead log.
  [[nodiscard]] std::uint64_t bytes() const;

  [[nodiscard]] sqlite::Database& database() { return database_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  StoreFile(std::filesystem::path path, sqlite::Database database);
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const Identity&) const = default;
  };
  static std::optional<Identity> identity_of(const std::filesystem::path& path);

  std::filesystem::path path_;
  std::optional<Identity> identity_;
  sqlite::Database database_;  // before its statements, so that it goes after them
  sqlite::Statement put_incident_;
  sqlite::Statement put_flow_;
  sqlite::Statement put_path_;
  sqlite::Statement drop_old_paths_;
};

/// `incidents.db-wal` beside `incidents.db`: the write-ahead log.
std::filesystem::path log_of(const std::filesystem::path& database);

}  // namespace mxray
