// SPDX-License-Identifier: Apache-2.0
// What happens on this gateway right now, on a screen that keeps up?
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <optional>

#include "cli/command.h"
#include "cli/daemon_client.h"
#include "cli/daemon_poller.h"
#include "format/status_json.h"
#include "top/screen.h"
#include "top/terminal_signals.h"
#include "top/view.h"

namespace mxray::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 3s;     // with the daemon; quitting waits for it, too
constexpr auto kTenths = 100ms;    // between pictures while somebody waits
constexpr auto kSeconds = 1000ms;  // else

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "this host";
  return name.data();
}

/// The loop between terminal, signals and daemon.
class Session {
 public:
  Session(top::Screen screen, const top::TerminalSignals& signals, DaemonPoller& poller)
      : screen_(std::move(screen)),
        signals_(signals),
        poller_(poller),
        place_{.host = host_name(), .letters = screen_.letters()} {}

  void run() {
    while (!ended_) {
      screen_.show(top::draw(observed_, reader_, place_, screen_.size(), top::instant_now()));
      std::array<pollfd, 3> sources = {{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                                        {.fd = signals_.fd(), .events = POLLIN, .revents = 0},
                                        {.fd = poller_.fd(), .events = POLLIN, .revents = 0}}};
      poll(sources.data(), sources.size(), wait_ms());
      if ((sources[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) return;  // nobody looks
      take_signals();
      take_news();
      while (const auto key = screen_.next_key()) take_key(*key);
    }
  }

 private:
  [[nodiscard]] int wait_ms() const {
    const bool counts = !observed_.waiting.empty() && !observed_.silent_since &&
                        !reader_.paused_since && reader_.page == top::Page::kPanes;
    return static_cast<int>((counts ? kTenths : kSeconds).count());
  }

  void take_signals() {
    while (const auto event = signals_.next()) {
      switch (*event) {
        case top::TerminalEvent::kEnd: ended_ = true; break;
        case top::TerminalEvent::kResized: resize(); break;
        case top::TerminalEvent::kStop:
          screen_.leave();
          signals_.stop_process();
          screen_.come_back();
          resize();
          break;
      }
    }
  }

  void resize() {
    screen_.resize();
    if (reader_.page == top::Page::kExplanation) ask_explanation();
  }

  void ask_explanation() {
    poller_.explain(reader_.explained, static_cast<int>(screen_.size().columns));
  }

  void take_news() {
    for (DaemonPoller::News& news : poller_.take()) std::visit(*this, std::move(news));
  }

  void take_key(const top::Key& key) {
    const top::Wish wish =
        top::press(reader_, key, observed_, screen_.size(), top::instant_now(), place_.letters);
    if (wish == top::Wish::kQuit) ended_ = true;
    if (wish == top::Wish::kExplain) ask_explanation();
    poller_.pause(reader_.paused_since.has_value());
  }

 public:  // what the poller tells; what comes while the reader pauses is not shown
  void operator()(top::Answers answers) {
    if (!reader_.paused_since) observed_.take(std::move(answers), top::instant_now());
  }
  void operator()(DaemonPoller::Missed missed) {
    if (!reader_.paused_since) observed_.miss(std::move(missed.why), missed.asked);
  }
  void operator()(DaemonPoller::Explained explained) {
    if (explained.id == reader_.explained) reader_.explanation = std::move(explained.text);
  }

 private:
  top::Screen screen_;
  const top::TerminalSignals& signals_;
  DaemonPoller& poller_;
  top::Place place_;
  top::Observed observed_;
  top::Reader reader_;
  bool ended_ = false;
};

ExitCode watch(const std::string& socket, const Output& output) {
  if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1) {
    return output.fail(ExitCode::kUsage,
                       "`mxray top` needs a terminal for its input and its output; scripts take "
                       "`mxray flows --json` or `mxray incidents --follow`");
  }
  const DaemonClient daemon(socket, kPatience);
  // A wrong socket, or another program behind it, is told here and now; later silence is
  // waited out.
  const Answer status = daemon.get("/v1/status");
  if (status.exit != ExitCode::kOk) return output.fail(status.exit, status.message);
  if (const auto read = status_from_json(status.body); !read) {
    const Answer problem = daemon.not_understood("status", read.error().message);
    return output.fail(problem.exit, problem.message);
  }
  const top::TerminalSignals signals;  // first: the poller's thread must leave them alone, too
  DaemonPoller poller(daemon);
  auto screen = top::Screen::open(output.colour);
  if (!screen) return output.fail(ExitCode::kUsage, screen.error().message);
  Session(*std::move(screen), signals, poller).run();
  return ExitCode::kOk;
}

}  // namespace

Command add_top(CLI::App& parent, Globals globals) {
  CLI::App* app = parent.add_subcommand(
      "top", "a live screen: who waits for whom, incidents as they come, round trips and hops");
  return {app, [globals = std::move(globals)](const Output& output) {
            return watch(globals->socket, output);
          }};
}

}  // namespace mxray::cli
