// SPDX-License-Identifier: Apache-2.0
// The log gets an eighth of the bytes, the database the rest. When that is full,
// the oldest go until a quarter of all bytes is free: deleting in gulps, not at
// every insert. Flow summaries, which outnumber the rest by far, go first, then
// paths, which can be measured again, then incidents: the store is for them.
#include "store/bounds.h"

#include <chrono>
#include <filesystem>

namespace mxray {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::milliseconds(50);
constexpr std::uint64_t kBatch = 128;         // rows between two looks at the clock
constexpr std::uint64_t kFreePagesKept = 64;  // free pages that are not worth the work
constexpr const char* kVacuum = "PRAGMA incremental_vacuum(2048)";  // 8 MiB a call

/// Deletes the oldest rows of one table.
class Pruner {
 public:
  Pruner(sqlite::Database& database, const std::string& table)
      : database_(database),
        delete_(database.get(), "DELETE FROM " + table + " WHERE rowid IN (SELECT rowid FROM " +
                                    table + " WHERE time_ns < ? ORDER BY time_ns LIMIT ?)") {}

  /// One batch of what is older; returns how many went, 0 also after a failure.
  std::uint64_t prune(std::uint64_t before_ns) {
    if ((failure = delete_.bind(before_ns).bind(kBatch).run())) return 0;
    return database_.changes();
  }

  sqlite::Attempt failure;

 private:
  sqlite::Database& database_;
  sqlite::Statement delete_;
};

struct Pages {
  std::uint64_t size = 0;
  std::uint64_t all = 0;
  std::uint64_t free = 0;

  [[nodiscard]] std::uint64_t bytes() const { return all * size; }
  [[nodiscard]] std::uint64_t used_bytes() const { return (all - free) * size; }
};

sqlite::Attempt count_pages(sqlite::Database& database, Pages& pages) {
  sqlite::Attempt failure;
  pages.size = database.number("PRAGMA page_size", failure);
  if (!failure) pages.all = database.number("PRAGMA page_count", failure);
  if (!failure) pages.free = database.number("PRAGMA freelist_count", failure);
  return failure;
}

sqlite::Attempt delete_rows(sqlite::Database& database, const Bounds& bounds, Deleted& deleted) {
  const auto deadline = Clock::now() + kPatience;
  constexpr std::uint64_t kAny = UINT64_MAX;
  sqlite::Transaction transaction(database);
  if (transaction.failure()) return transaction.failure();
  Pruner incidents(database, "incidents");
  Pruner flows(database, "flows");
  Pruner paths(database, "paths");
  Pages pages;
  if (auto failure = count_pages(database, pages)) return failure;
  const bool too_big = pages.bytes() > bounds.max_bytes / 8 * 7;

  Deleted done;
  bool more = true;
  while (more && Clock::now() < deadline) {
    std::uint64_t gone_incidents = incidents.prune(bounds.oldest_ns);
    std::uint64_t gone_flows = flows.prune(bounds.oldest_ns);
    std::uint64_t gone_paths = paths.prune(bounds.oldest_ns);
    if (too_big && pages.used_bytes() > bounds.max_bytes / 4 * 3) {
      const std::uint64_t extra_flows = flows.prune(kAny);
      const std::uint64_t extra_paths = extra_flows == 0 ? paths.prune(kAny) : 0;
      gone_flows += extra_flows;
      gone_paths += extra_paths;
      if (extra_flows + extra_paths == 0) gone_incidents += incidents.prune(kAny);
    }
    if (incidents.failure) return incidents.failure;
    if (flows.failure) return flows.failure;
    if (paths.failure) return paths.failure;
    done.incidents += gone_incidents;
    done.flows += gone_flows;
    more = gone_incidents + gone_flows + gone_paths > 0;
    if (auto failure = count_pages(database, pages)) return failure;
  }
  if (auto failure = transaction.commit()) return failure;
  deleted.incidents += done.incidents;
  deleted.flows += done.flows;
  return std::nullopt;
}

}  // namespace

sqlite::Attempt enforce(StoreFile& file, const Bounds& bounds, Deleted& deleted) {
  sqlite::Database& database = file.database();
  if (auto failure = delete_rows(database, bounds, deleted)) return failure;

  Pages pages;
  if (auto failure = count_pages(database, pages)) return failure;
  const bool shrink = pages.free > kFreePagesKept || pages.bytes() > bounds.max_bytes / 8 * 7;
  if (shrink && pages.free > 0) {
    if (auto failure = database.execute(kVacuum)) return failure;
  }
  std::error_code error;
  const auto log_bytes = std::filesystem::file_size(log_of(file.path()), error);
  if (shrink || (!error && log_bytes > bounds.max_bytes / 8)) {
    // The file itself shrinks only now. A reader may be in the way; then later.
    (void)database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  return std::nullopt;
}

}  // namespace mxray
