// SPDX-License-Identifier: Apache-2.0
#include "store/trouble.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <system_error>

namespace mxray {
namespace {

/// Whether an ordinary write would find no block or no inode.
bool is_full(const std::filesystem::path& directory) {
  constexpr unsigned long kRoom = 64UL * 1024;  // SQLite's smallest file set
  struct statvfs space {};
  if (::statvfs(directory.c_str(), &space) != 0) return false;
  return space.f_bavail * space.f_frsize < kRoom || (space.f_files != 0 && space.f_ffree == 0);
}

bool is_io(int primary) {
  return primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_NOLFS;
}

Trouble::Cause cause_of(const sqlite::Failure& failure, const std::filesystem::path& file) {
  using Cause = Trouble::Cause;
  const int primary = failure.code & 0xff;
  switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Cause::kLocked;
    case SQLITE_FULL: return Cause::kFull;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Cause::kDamaged;
    case SQLITE_READONLY:
    case SQLITE_PERM: return Cause::kUnwritable;
    default: break;
  }
  const int error = failure.system_error;
  if (error == ENOSPC || error == EDQUOT) return Cause::kFull;
  if (is_io(primary) && is_full(file.parent_path())) return Cause::kFull;
  if (error == EROFS || error == EACCES || error == EPERM || primary == SQLITE_CANTOPEN) {
    return Cause::kUnwritable;
  }
  return Cause::kOther;
}

std::string detail_of(const sqlite::Failure& failure) {
  if (failure.system_error == 0) return failure.message;
  return fmt::format("{}: {}", failure.message,
                     std::generic_category().message(failure.system_error));
}

}  // namespace

Trouble judge(const sqlite::Failure& failure, const std::filesystem::path& file) {
  using Cause = Trouble::Cause;
  const Cause cause = cause_of(failure, file);
  const std::string name = file.string();
  switch (cause) {
    case Cause::kLocked:
      return {cause, fmt::format("{0} is locked by another process: end it (`fuser {0}` names it); "
                                 "incidents wait in memory until then",
                                 name)};
    case Cause::kFull:
      return {cause, fmt::format("no space is left for {}: make room on that file system; "
                                 "incidents wait in memory until then",
                                 name)};
    case Cause::kDamaged: return {cause, fmt::format("{} is damaged ({})", name, failure.message)};
    case Cause::kUnwritable:
      return {cause, fmt::format("{} cannot be written ({}): make {} writable for the user that "
                                 "mxrayd runs as; incidents wait in memory until then",
                                 name, detail_of(failure), file.parent_path().string())};
    case Cause::kNewer:
    case Cause::kOther: break;
  }
  return {Cause::kOther, fmt::format("{} failed ({}): look for disk errors in the kernel log; "
                                     "incidents wait in memory until it works again",
                                     name, detail_of(failure))};
}

Trouble newer_schema(const std::filesystem::path& file, std::uint64_t found, std::uint64_t known) {
  return {Trouble::Cause::kNewer,
          fmt::format("{} was written by a later mxray (schema {}, this one knows {}): update "
                      "mxray or move the file away; it is left untouched",
                      file.string(), found, known)};
}

Trouble no_directory(const std::filesystem::path& directory, const std::string& reason) {
  return {Trouble::Cause::kUnwritable,
          fmt::format("the directory {} cannot be made ({}): make it, writable for the user that "
                      "mxrayd runs as; incidents wait in memory until then",
                      directory.string(), reason)};
}

}  // namespace mxray
