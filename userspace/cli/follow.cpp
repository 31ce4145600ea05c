// SPDX-License-Identifier: Apache-2.0
#include "cli/follow.h"

#include <poll.h>

#include <optional>
#include <ostream>
#include <utility>

#include "format/table.h"

namespace mxray::cli {
namespace {

constexpr std::chrono::seconds kRestartPatience(15);
constexpr std::chrono::milliseconds kRetryInterval(300);

// False: whoever read the output has gone. While nothing is written, only that tells.
bool rest(std::chrono::milliseconds interval, const Output& output) {
  pollfd reader{.fd = output.descriptor, .events = 0, .revents = 0};
  return ::poll(&reader, 1, static_cast<int>(interval.count())) <= 0;
}

// Asks until the daemon answers again, for as long as a restart may take; the
// last answer if it does not; nullopt if nobody reads the output any more.
std::optional<Answer> get_again(const Following& following, const Query& query,
                                const DaemonClient& daemon, const Output& output) {
  output.err << "mxray: mxrayd at " << printable(daemon.socket_path())
             << " went away; waiting for it to come back" << std::endl;
  Answer answer;
  const auto deadline = std::chrono::steady_clock::now() + kRestartPatience;
  do {
    if (!rest(kRetryInterval, output)) return std::nullopt;
    answer = daemon.get(following.path, query);
  } while (answer.exit == ExitCode::kUnreachable && std::chrono::steady_clock::now() < deadline);
  return answer;
}

}  // namespace

ExitCode follow(const Following& following, const DaemonClient& daemon, const Output& output) {
  std::uint64_t lost = 0;
  bool answered = false;
  while (output.out.good()) {
    const Query query = following.query();
    Answer answer = daemon.get(following.path, query);
    if (answered && answer.exit == ExitCode::kUnreachable) {
      auto again = get_again(following, query, daemon, output);
      if (!again) break;
      answer = *std::move(again);
    }
    if (answer.exit != ExitCode::kOk) return output.fail(answer.exit, answer.message);
    answered = true;
    if (const ExitCode taken = following.take(answer); taken != ExitCode::kOk) return taken;
    output.out.flush();
    if (answer.records_lost > lost) output.partial_or(answer.records_lost, ExitCode::kOk);
    lost = answer.records_lost;  // starts at 0 again with the daemon
    if (!rest(following.interval, output)) break;
  }
  return ExitCode::kOk;
}

}  // namespace mxray::cli
