// SPDX-License-Identifier: Apache-2.0
// How is the daemon asked?
//
// HTTP over its UNIX socket. Whoever may open the socket may ask; there is no
// other authentication. get() changes nothing; put() hands the daemon something
// to keep, which today only a path is.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/exit_code.h"

namespace mxray::cli {

/// What came of a question: `exit` kOk and the body, or another code and one
/// sentence for the user.
struct Answer {
  ExitCode exit = ExitCode::kOk;
  std::string message;
  std::string body;
  std::uint64_t records_lost = 0;       // the header X-Mxray-Records-Lost
  std::uint64_t complete_since_ns = 0;  // X-Mxray-Complete-Since-Ns; earlier ones may be missing
  std::string next;        // X-Mxray-Next: ask for more with after=...; empty: that was all
  bool not_found = false;  // 404; `exit` is then kUsage
};

using Query = std::vector<std::pair<std::string, std::string>>;

class DaemonClient {
 public:
  /// `patience`: how long each question may take.
  explicit DaemonClient(std::string socket_path,
                        std::chrono::milliseconds patience = std::chrono::seconds(10))
      : socket_path_(std::move(socket_path)), patience_(patience) {}

  /// GET `path` with `query` (percent-encoded here).
  [[nodiscard]] Answer get(const std::string& path, const Query& query = {}) const;

  /// PUT `body` at `path`; otherwise as get(). At most 64 KiB, see /v1/paths.
  [[nodiscard]] Answer put(const std::string& path, const std::string& body) const;

  /// kUnreachable, with a sentence that the daemon said something that is no
  /// `what`, and `problem`.
  [[nodiscard]] Answer not_understood(std::string_view what, std::string_view problem) const;

  [[nodiscard]] const std::string& socket_path() const { return socket_path_; }

 private:
  [[nodiscard]] Answer perform(const std::string& path, const Query& query,
                               const std::string* body) const;

  std::string socket_path_;
  std::chrono::milliseconds patience_;
};

/// Why connecting to `socket_path` failed with `error` (an errno), as an answer:
/// kPermission for EACCES and EPERM, else kUnreachable.
Answer connect_failure(const std::string& socket_path, int error);

/// The lines of an NDJSON body, without empty ones.
std::vector<std::string_view> lines_of(std::string_view body);

/// `text` percent-encoded but for RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);

}  // namespace mxray::cli
