// SPDX-License-Identifier: Apache-2.0
#include "server/web_access.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

namespace mxray {
namespace {

bool is_readable_by_all(const std::filesystem::path& path) {
  struct stat now {};
  return ::stat(path.c_str(), &now) == 0 && (now.st_mode & S_IROTH) != 0;
}

}  // namespace

Result<std::shared_ptr<const WebAccess::InForce>> WebAccess::read(
    const std::filesystem::path& file) {
  auto fresh = std::make_shared<InForce>();
  if (!file.empty()) {
    auto config = read_web_config(file);
    if (!config) return config.error();
    fresh->config = *std::move(config);
  }
  if (fresh->config.tls) {
    auto tls = Tls::read(*fresh->config.tls);
    if (!tls) {
      return Error{fmt::format("{}: tls_server_config: {}", file.string(), tls.error().message)};
    }
    fresh->tls = *std::move(tls);
    const auto& key_file = fresh->config.tls->key_file;
    if (is_readable_by_all(key_file)) {
      fresh->config.notes.push_back(fmt::format(
          "key_file: everybody on this host may read {}; chmod o= it, for who has it can "
          "pose as this server",
          key_file.string()));
    }
  }
  return std::shared_ptr<const InForce>(std::move(fresh));
}

Result<WebAccess> WebAccess::open(const std::filesystem::path& file) {
  WebAccess access(file);
  auto read_now = read(file);
  if (!read_now) return read_now.error();
  access.in_force_ = *std::move(read_now);
  access.marks_ = access.seen_ = access.marks();
  return access;
}

WebAccess::Marks WebAccess::marks() const {
  std::vector<std::filesystem::path> files = {file_};
  if (const auto& tls = in_force_->config.tls) {
    files.insert(files.end(), {tls->cert_file, tls->key_file, tls->client_ca_file});
  }
  Marks marks;
  for (const auto& path : files) {
    struct stat now {};
    if (path.empty() || ::stat(path.c_str(), &now) != 0) {
      marks.emplace_back();
      continue;
    }
    marks.push_back(fmt::format("{}:{}:{}:{}.{}", now.st_dev, now.st_ino, now.st_size,
                                now.st_mtim.tv_sec, now.st_mtim.tv_nsec));
  }
  return marks;
}

std::optional<Status> WebAccess::refresh() {
  if (file_.empty()) return std::nullopt;
  // Before reading: what changes during it is seen the next time. While it is wrong
  // it is read each time, for the mistake may be in a file that only the new one names.
  Marks now = marks();
  if (now == marks_ && is_current()) return std::nullopt;
  // One that is still being written may be empty, and an empty one asks for no password.
  const bool is_settled = now == seen_;
  seen_ = now;
  if (!is_settled) return std::nullopt;
  marks_ = std::move(now);
  auto fresh = read(file_);
  if (fresh && ((*fresh)->tls == nullptr) != (in_force_->tls == nullptr)) {
    fresh = Error{fmt::format("{}: tls_server_config has {}; restart mxrayd for it to take effect",
                              file_.string(), in_force_->tls ? "gone" : "been added")};
  }
  if (!fresh) {
    const bool is_told = mistake_ == fresh.error().message;
    mistake_ = fresh.error().message;
    if (is_told) return std::nullopt;
    return Status(fresh.error());
  }
  in_force_ = *std::move(fresh);
  marks_ = seen_ = marks();  // it may name other files now
  mistake_.clear();
  return Status(Ok{});
}

}  // namespace mxray
