// SPDX-License-Identifier: Apache-2.0
#include "store/store_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "store/schema.h"

namespace mxray {
namespace {

// Short, because the thread that writes is the one that reads the records.
constexpr int kBusyTimeoutMs = 20;

std::uint64_t size_of(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

std::string placeholders(std::size_t count) {
  std::string text = "?";
  for (std::size_t i = 1; i < count; ++i) text += ",?";
  return text;
}

}  // namespace

std::filesystem::path log_of(const std::filesystem::path& database) {
  return database.string() + "-wal";
}

StoreFile::Opened StoreFile::open(const std::filesystem::path& path) {
  sqlite::Database database(path, kBusyTimeoutMs);
  if (database.failure()) return {nullptr, judge(*database.failure(), path)};
  if (auto trouble = prepare_schema(database, path)) return {nullptr, trouble};
  std::unique_ptr<StoreFile> file(new StoreFile(path, std::move(database)));
  for (const sqlite::Statement* statement :
       {&file->put_incident_, &file->put_flow_, &file->put_path_, &file->drop_old_paths_}) {
    if (const auto failure = statement->failure()) {
      return {nullptr, judge_schema(*failure, path)};
    }
  }
  return {std::move(file), std::nullopt};
}

StoreFile::StoreFile(std::filesystem::path path, sqlite::Database database)
    : path_(std::move(path)),
      identity_(identity_of(path_)),
      database_(std::move(database)),
      put_incident_(database_.get(),
                    "INSERT INTO incidents (id, time_ns, kind, server, json) VALUES (?,?,?,?,?) "
                    "ON CONFLICT (id) DO UPDATE SET time_ns = excluded.time_ns, kind = "
                    "excluded.kind, server = excluded.server, json = excluded.json"),
      put_flow_(database_.get(), "INSERT INTO flows (time_ns, json) VALUES (?,?)"),
      put_path_(database_.get(),
                "INSERT INTO paths (server, port, time_ns, json) VALUES (?,?,?,?) "
                "ON CONFLICT (server, port) DO UPDATE SET time_ns = excluded.time_ns, json = "
                "excluded.json"),
      drop_old_paths_(database_.get(),
                      "DELETE FROM paths WHERE rowid IN "
                      "(SELECT rowid FROM paths ORDER BY time_ns DESC LIMIT -1 OFFSET ?)") {}

std::optional<StoreFile::Identity> StoreFile::identity_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return Identity{status.st_dev, status.st_ino};
}

bool StoreFile::is_current() const {
  const auto now = identity_of(path_);
  return now && now == identity_;
}

sqlite::Attempt StoreFile::write(const WaitingRows& rows) {
  sqlite::Transaction transaction(database_);
  if (transaction.failure()) return transaction.failure();
  for (const IncidentRow& row : rows.incidents()) {
    put_incident_.bind(row.id).bind(row.time_ns).bind(name_of(row.kind)).bind(row.server);
    if (auto failure = put_incident_.bind(row.json).run()) return failure;
  }
  for (const FlowRow& row : rows.flows()) {
    if (auto failure = put_flow_.bind(row.time_ns).bind(row.json).run()) return failure;
  }
  for (const PathRow& row : rows.paths()) {
    put_path_.bind(row.server.address).bind(row.server.port).bind(row.time_ns);
    if (auto failure = put_path_.bind(row.json).run()) return failure;
  }
  if (!rows.paths().empty()) {
    if (auto failure = drop_old_paths_.bind(Store::kMaxPaths).run()) return failure;
  }
  return transaction.commit();
}

sqlite::Attempt StoreFile::query(const IncidentFilter& filter, std::vector<IncidentRow>& rows) {
  std::string sql = "SELECT id, time_ns, json FROM incidents WHERE time_ns >= ?";
  if (!filter.kinds.empty()) sql += " AND kind IN (" + placeholders(filter.kinds.size()) + ")";
  if (!filter.servers.empty()) {
    sql += " AND server IN (" + placeholders(filter.servers.size()) + ")";
  }
  sqlite::Statement select(database_.get(), sql + " ORDER BY time_ns DESC, id DESC LIMIT ?");
  select.bind(filter.since_ns);
  for (const Kind kind : filter.kinds) select.bind(name_of(kind));
  for (const core::address& server : filter.servers) select.bind(server);
  select.bind(filter.limit);
  while (select.next()) {
    IncidentRow& row = rows.emplace_back();
    row.id = select.text(0);
    row.time_ns = select.integer(1);
    row.json = select.text(2);
  }
  return select.failure();
}

sqlite::Attempt StoreFile::find(std::string_view id, std::optional<std::string>& json) {
  sqlite::Statement select(database_.get(), "SELECT json FROM incidents WHERE id = ?");
  if (select.bind(id).next()) json = select.text(0);
  return select.failure();
}

sqlite::Attempt StoreFile::flows_opened(const FlowFilter& filter, std::vector<StoredFlow>& rows) {
  const FlowPlace after = filter.after.value_or(FlowPlace{});
  sqlite::Statement select(database_.get(),
                           "SELECT time_ns, rowid, json FROM flows WHERE time_ns BETWEEN ? AND ? "
                           "AND (time_ns > ? OR rowid > ?) ORDER BY time_ns, rowid LIMIT ?");
  select.bind(std::max(filter.since_ns, after.opened_ns)).bind(filter.until_ns);
  select.bind(after.opened_ns).bind(after.row).bind(filter.limit);
  while (select.next()) {
    rows.push_back({{select.integer(0), select.integer(1)}, std::string(select.text(2))});
  }
  return select.failure();
}

sqlite::Attempt StoreFile::oldest_flow(std::optional<std::uint64_t>& opened_ns) {
  sqlite::Statement select(database_.get(), "SELECT time_ns FROM flows ORDER BY time_ns LIMIT 1");
  if (select.next()) opened_ns = select.integer(0);
  return select.failure();
}

sqlite::Attempt StoreFile::paths(std::vector<PathRow>& rows) {
  sqlite::Statement select(database_.get(), "SELECT server, port, time_ns, json FROM paths");
  while (select.next()) {
    const auto server = select.address(0);
    if (!server) continue;
    PathRow& row = rows.emplace_back();
    row.server = {*server, static_cast<std::uint16_t>(select.integer(1))};
    row.time_ns = select.integer(2);
    row.json = select.text(3);
  }
  return select.failure();
}

std::uint64_t StoreFile::incident_count() {
  sqlite::Attempt failure;
  return database_.number("SELECT count(*) FROM incidents", failure);
}

std::uint64_t StoreFile::bytes() const { return size_of(path_) + size_of(log_of(path_)); }

}  // namespace mxray
