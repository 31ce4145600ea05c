// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

#include <array>
#include <string>

#include "store/store_file.h"

namespace mxray {
namespace {

// auto_vacuum first: it can only be chosen while the file is empty, and without
// it a bounded database would never give space back. WAL with synchronous=NORMAL
// waits for the disk only at checkpoints; a power cut may cost the last seconds
// but never the database.
constexpr const char* kSettings =
    "PRAGMA auto_vacuum = INCREMENTAL;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA journal_size_limit = 4194304;"
    "PRAGMA trusted_schema = OFF;";

// The step at index N leads from schema N to N + 1; a released step never changes.
constexpr std::array<const char*, kStoreSchema> kSteps = {
    "CREATE TABLE incidents ("
    "  id TEXT PRIMARY KEY,"
    "  time_ns INTEGER NOT NULL,"  // wall clock
    "  kind TEXT NOT NULL,"
    "  server BLOB NOT NULL,"  // 16 bytes, IPv4 mapped
    "  json TEXT NOT NULL);"   // docs/incident.schema.json, with the packets
    "CREATE INDEX incidents_by_time ON incidents (time_ns);"
    "CREATE INDEX incidents_by_kind ON incidents (kind, time_ns);"
    "CREATE INDEX incidents_by_server ON incidents (server, time_ns);"
    "CREATE TABLE flows (time_ns INTEGER NOT NULL, json TEXT NOT NULL);"
    "CREATE INDEX flows_by_time ON flows (time_ns);",

    "CREATE TABLE paths ("
    "  server BLOB NOT NULL,"      // 16 bytes, IPv4 mapped
    "  port INTEGER NOT NULL,"     // 0: unknown
    "  time_ns INTEGER NOT NULL,"  // wall clock
    "  json TEXT NOT NULL,"        // docs/incident.schema.json
    "  PRIMARY KEY (server, port));"
    "CREATE INDEX paths_by_time ON paths (time_ns);"};

}  // namespace

Trouble judge_schema(const sqlite::Failure& failure, const std::filesystem::path& path) {
  if ((failure.code & 0xff) != SQLITE_ERROR) return judge(failure, path);
  return {Trouble::Cause::kDamaged,
          path.string() + " is no store of mxray (" + failure.message + ")"};
}

std::optional<Trouble> prepare_schema(sqlite::Database& database,
                                      const std::filesystem::path& path) {
  sqlite::Attempt failure;
  std::uint64_t version = database.number("PRAGMA user_version", failure);
  if (failure) return judge(*failure, path);
  if (version > kStoreSchema) return newer_schema(path, version, kStoreSchema);

  if ((failure = database.execute(kSettings))) return judge(*failure, path);
  if (version == kStoreSchema) return std::nullopt;
  sqlite::Transaction transaction(database);
  if (transaction.failure()) return judge(*transaction.failure(), path);
  // Again, now under the lock: another process may have been quicker.
  version = database.number("PRAGMA user_version", failure);
  if (failure) return judge(*failure, path);
  if (version > kStoreSchema) return newer_schema(path, version, kStoreSchema);
  for (; version < kStoreSchema; ++version) {
    if ((failure = database.execute(kSteps[version]))) return judge_schema(*failure, path);
  }
  failure = database.execute("PRAGMA user_version = " + std::to_string(kStoreSchema));
  if (failure || (failure = transaction.commit())) return judge(*failure, path);
  return std::nullopt;
}

}  // namespace mxray
