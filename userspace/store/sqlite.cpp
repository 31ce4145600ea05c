// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/fd.h"

namespace mxray::sqlite {
namespace {

Failure last_failure(sqlite3* database) {
  if (database == nullptr) return {SQLITE_NOMEM, 0, "out of memory"};
  return {sqlite3_extended_errcode(database), sqlite3_system_errno(database),
          sqlite3_errmsg(database)};
}

/// SQLite would make it readable for all, and it tells who mails with whom. Only
/// if it is missing: closing a descriptor of an open database drops its locks.
void create_private(const std::filesystem::path& file) {
  const Fd created(::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0640));
}

}  // namespace

Statement::Statement(sqlite3* database, const std::string& sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr);
  statement_.reset(statement);
  check(code);
}

void Statement::check(int code) {
  const bool fine = code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE;
  if (!fine && !failure_) failure_ = last_failure(database_);
}

Statement& Statement::bind(std::uint64_t value) {
  constexpr std::uint64_t kMost = std::numeric_limits<sqlite3_int64>::max();
  const auto stored = static_cast<sqlite3_int64>(std::min(value, kMost));
  check(sqlite3_bind_int64(statement_.get(), ++bound_, stored));
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  check(sqlite3_bind_text64(statement_.get(), ++bound_, text.data(), text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(const core::address& address) {
  check(sqlite3_bind_blob(statement_.get(), ++bound_, address.bytes, sizeof address.bytes,
                          SQLITE_TRANSIENT));
  return *this;
}

Attempt Statement::run() {
  while (next()) {
  }
  Attempt result = failure();
  rewind();
  return result;
}

bool Statement::next() {
  if (failure_) return false;
  const int code = sqlite3_step(statement_.get());
  check(code);
  return code == SQLITE_ROW;
}

std::uint64_t Statement::integer(int column) const {
  const sqlite3_int64 value = sqlite3_column_int64(statement_.get(), column);
  return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

std::string_view Statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  if (bytes == nullptr) return {};
  const auto length = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return {reinterpret_cast<const char*>(bytes), length};
}

std::optional<core::address> Statement::address(int column) const {
  core::address address{};
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  if (sqlite3_column_bytes(statement_.get(), column) != sizeof address.bytes) return std::nullopt;
  std::memcpy(address.bytes, bytes, sizeof address.bytes);
  return address;
}

Attempt Statement::failure() const { return failure_; }

void Statement::rewind() {
  if (!statement_) return;  // never prepared: its failure stays
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  bound_ = 0;
  failure_.reset();
}

Database::Database(const std::filesystem::path& file, int busy_timeout_ms) {
  create_private(file);
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) {
    failure_ = last_failure(handle);
    return;
  }
  sqlite3_busy_timeout(handle, busy_timeout_ms);
}

Attempt Database::execute(const std::string& sql) {
  if (failure_) return failure_;
  if (sqlite3_exec(get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return std::nullopt;
  return last_failure(get());
}

std::uint64_t Database::number(const std::string& sql, Attempt& failure) {
  Statement statement(get(), sql);
  const std::uint64_t result = statement.next() ? statement.integer(0) : 0;
  failure = statement.failure();
  return result;
}

std::uint64_t Database::changes() const {
  return static_cast<std::uint64_t>(sqlite3_changes64(get()));
}

Transaction::Transaction(Database& database)
    : database_(database), failure_(database.execute("BEGIN IMMEDIATE")) {}

Transaction::~Transaction() {
  // Some failures have rolled back by themselves: then there is nothing to do.
  if (sqlite3_get_autocommit(database_.get()) == 0) (void)database_.execute("ROLLBACK");
}

Attempt Transaction::commit() { return failure_ ? failure_ : database_.execute("COMMIT"); }

}  // namespace mxray::sqlite
