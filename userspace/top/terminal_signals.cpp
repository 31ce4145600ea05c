// SPDX-License-Identifier: Apache-2.0
#include "top/terminal_signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace mxray::top {

TerminalSignals::TerminalSignals() {
  sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH}) {
    sigaddset(&signals_, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  fd_ = Fd(signalfd(-1, &signals_, SFD_NONBLOCK | SFD_CLOEXEC));
}

TerminalSignals::~TerminalSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

std::optional<TerminalEvent> TerminalSignals::next() const {
  signalfd_siginfo info{};
  if (read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  switch (info.ssi_signo) {
    case SIGTSTP: return TerminalEvent::kStop;
    case SIGWINCH: return TerminalEvent::kResized;
    default: return TerminalEvent::kEnd;
  }
}

void TerminalSignals::stop_process() const {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;  // ncurses has put its own there
  struct sigaction handler {};
  sigaction(SIGTSTP, &by_default, &handler);
  sigset_t stop{};
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  raise(SIGTSTP);
  pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);  // here it stops
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  sigaction(SIGTSTP, &handler, nullptr);
}

}  // namespace mxray::top
