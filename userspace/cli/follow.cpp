// SPDX-License-Identifier: Apache-2.0
#include "cli/follow.h"

#include <ostream>
#include <thread>

#include "format/table.h"

namespace mxray::cli {
namespace {

constexpr std::chrono::seconds kRestartPatience(15);
constexpr std::chrono::milliseconds kRetryInterval(300);

// Asks until the daemon answers again, for as long as a restart may take; the
// last answer if it does not.
Answer get_again(const Following& following, const Query& query, const DaemonClient& daemon,
                 const Output& output) {
  output.err << "mxray: mxrayd at " << printable(daemon.socket_path())
             << " went away; waiting for it to come back" << std::endl;
  Answer answer;
  const auto deadline = std::chrono::steady_clock::now() + kRestartPatience;
  do {
    std::this_thread::sleep_for(kRetryInterval);
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
      answer = get_again(following, query, daemon, output);
    }
    if (answer.exit != ExitCode::kOk) return output.fail(answer.exit, answer.message);
    answered = true;
    if (const ExitCode taken = following.take(answer); taken != ExitCode::kOk) return taken;
    output.out.flush();
    if (answer.records_lost > lost) output.partial_or(answer.records_lost, ExitCode::kOk);
    lost = answer.records_lost;  // starts at 0 again with the daemon
    std::this_thread::sleep_for(following.interval);
  }
  return ExitCode::kOk;
}

}  // namespace mxray::cli
