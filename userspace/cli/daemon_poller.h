// SPDX-License-Identifier: Apache-2.0
// Who asks the daemon once a second while somebody looks at the screen?
//
// A thread: a daemon that is stopped or slow must not keep a key from working.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "cli/daemon_client.h"
#include "top/observed.h"

namespace mxray::cli {

/// What the latest incidents were when they were asked for.
struct PollState {
  std::uint64_t revision = 0;  // the highest seen
};

/// One round of questions, all of bounded answers. Fails with the client's sentence.
Result<top::Answers> ask_once(const DaemonClient& daemon, PollState& state);

/// An incident as `mxray explain` tells it, `width` columns wide; what went wrong
/// instead, in a sentence.
std::string explanation_of(const DaemonClient& daemon, const std::string& id, int width);

class DaemonPoller {
 public:
  struct Missed {
    std::string why;
    top::Instant asked;  // when nobody answered
  };
  struct Explained {
    std::string id;
    std::string text;
  };
  using News = std::variant<top::Answers, Missed, Explained>;

  /// Asks at once, and then each second.
  explicit DaemonPoller(DaemonClient daemon);
  /// Waits for an answer that is under way.
  ~DaemonPoller();
  DaemonPoller(const DaemonPoller&) = delete;
  DaemonPoller& operator=(const DaemonPoller&) = delete;

  /// Readable when there is news.
  [[nodiscard]] int fd() const { return wake_.get(); }
  /// What has come since the last call, in this order.
  std::vector<News> take();

  /// Asks for an explanation, at once.
  void explain(std::string id, int width);
  /// While paused only explanations are asked for.
  void pause(bool paused);

 private:
  struct Wanted {
    std::string id;
    int width = 0;
  };
  void run();
  void tell(News news);

  DaemonClient daemon_;
  Fd wake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<News> news_;        // guarded by mutex_, as the rest
  std::optional<Wanted> wanted_;  // the latest explanation that was asked for
  bool paused_ = false;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace mxray::cli
