// SPDX-License-Identifier: Apache-2.0
#include "daemon/signals.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace mxray {

Result<SignalQueue> SignalQueue::create() {
  ::signal(SIGPIPE, SIG_IGN);  // a reader that leaves is an EPIPE, not our end
  sigset_t wanted;
  ::sigemptyset(&wanted);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&wanted, number);
  ::sigprocmask(SIG_BLOCK, &wanted, nullptr);
  Fd fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return Error{fmt::format("cannot receive signals: {}", std::strerror(errno))};
  return SignalQueue(std::move(fd));
}

std::vector<int> SignalQueue::take() {
  std::vector<int> numbers;
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) == sizeof info) {
    numbers.push_back(static_cast<int>(info.ssi_signo));
  }
  return numbers;
}

Result<SecondTimer> SecondTimer::create() {
  Fd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  const itimerspec every_second{.it_interval = {1, 0}, .it_value = {1, 0}};
  if (!fd || ::timerfd_settime(fd.get(), 0, &every_second, nullptr) != 0) {
    return Error{fmt::format("cannot make a timer: {}", std::strerror(errno))};
  }
  return SecondTimer(std::move(fd));
}

void SecondTimer::take() {
  std::uint64_t expirations = 0;
  [[maybe_unused]] const ssize_t size = ::read(fd_.get(), &expirations, sizeof expirations);
}

}  // namespace mxray
