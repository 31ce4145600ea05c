// SPDX-License-Identifier: Apache-2.0
// Which web configuration is in force, and has its file changed?
//
// The file, the certificates and the CA are looked at once a second. What has
// changed, is the same at the next look, and is right comes into force; what is
// wrong leaves the old one in force, and is told.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/tls.h"
#include "server/web_config.h"

namespace mxray {

class WebAccess {
 public:
  /// What is in force; a connection may hold it for as long as it lives.
  struct InForce {
    WebConfig config;
    std::shared_ptr<const Tls> tls;  // nullptr: plain HTTP
  };

  /// With an empty path: plain HTTP for everybody.
  static Result<WebAccess> open(const std::filesystem::path& file);

  [[nodiscard]] const std::shared_ptr<const InForce>& in_force() const { return in_force_; }

  /// Reads again what has changed before the last look. nullopt: nothing has. The error is why the
  /// old one stays in force; the same mistake is told once.
  std::optional<Status> refresh();

  /// Whether the file could be taken as it now is; why it could not, one sentence.
  [[nodiscard]] bool is_current() const { return mistake_.empty(); }
  [[nodiscard]] const std::string& mistake() const { return mistake_; }

 private:
  /// When and where each file was last written; a missing one is a state, too.
  using Marks = std::vector<std::string>;

  explicit WebAccess(std::filesystem::path file) : file_(std::move(file)) {}
  static Result<std::shared_ptr<const InForce>> read(const std::filesystem::path& file);
  [[nodiscard]] Marks marks() const;

  std::filesystem::path file_;
  std::shared_ptr<const InForce> in_force_;
  Marks marks_;          // as read
  Marks seen_;           // at the last look
  std::string mistake_;  // in the file as it now is
};

}  // namespace mxray
