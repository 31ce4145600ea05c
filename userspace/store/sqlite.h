// SPDX-License-Identifier: Apache-2.0
// How is SQLite spoken to without leaks and without exceptions?
//
// Two owners, a database and a prepared statement, and one form of failure.
// Internal to store/: no other folder includes SQLite.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "record.h"

namespace mxray::sqlite {

/// What SQLite and the system below it said.
struct Failure {
  int code = SQLITE_ERROR;  // extended result code
  int system_error = 0;     // errno of the call that failed, 0 if none did
  std::string message;
};

/// nullopt: it worked.
using Attempt = std::optional<Failure>;

/// A prepared statement, bound from the left and used again after run() or
/// rewind(). If it could not be prepared, every use of it fails.
class Statement {
 public:
  Statement(sqlite3* database, const std::string& sql);

  /// Binds the next parameter; text and addresses are copied.
  Statement& bind(std::uint64_t value);  // beyond 2^63 - 1 becomes that
  Statement& bind(std::string_view text);
  Statement& bind(const core::address& address);

  /// Executes it to its end and makes it ready for the next use.
  Attempt run();

  /// Steps to the next row; false at the end and after a failure, see failure().
  bool next();
  [[nodiscard]] std::uint64_t integer(int column) const;
  /// Valid until the next next() or rewind().
  [[nodiscard]] std::string_view text(int column) const;
  /// nullopt if the column does not hold 16 bytes.
  [[nodiscard]] std::optional<core::address> address(int column) const;
  [[nodiscard]] Attempt failure() const;
  void rewind();

 private:
  void check(int code);

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
  std::optional<Failure> failure_;
};

/// An open database file. Statements on it must be gone before it goes.
class Database {
 public:
  /// Opens or makes `file` (mode 0640). Ask failure() first: SQLite reads the
  /// file only when it must, so damage often shows with the first statement.
  Database(const std::filesystem::path& file, int busy_timeout_ms);

  [[nodiscard]] const Attempt& failure() const { return failure_; }
  [[nodiscard]] sqlite3* get() const { return handle_.get(); }

  /// Executes statements that return nothing of interest.
  Attempt execute(const std::string& sql);
  /// The first column of the first row, for pragmas and counts; 0 if there is none.
  std::uint64_t number(const std::string& sql, Attempt& failure);
  /// Rows changed by the latest statement.
  [[nodiscard]] std::uint64_t changes() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
  Attempt failure_;
};

/// Takes the write lock at once, so that waiting happens here and only here;
/// rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  [[nodiscard]] const Attempt& failure() const { return failure_; }
  Attempt commit();

 private:
  Database& database_;
  Attempt failure_;
};

}  // namespace mxray::sqlite
