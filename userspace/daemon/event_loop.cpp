// SPDX-License-Identifier: Apache-2.0
#include "daemon/event_loop.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace mxray {

Result<EventLoop> EventLoop::create() {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return Error{fmt::format("cannot make an epoll: {}", std::strerror(errno))};
  return EventLoop(std::move(epoll));
}

Status EventLoop::watch(int fd, std::function<void()> on_ready) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = callbacks_.size();
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return Error{fmt::format("cannot watch descriptor {}: {}", fd, std::strerror(errno))};
  }
  callbacks_.push_back(std::move(on_ready));
  return Ok{};
}

Status EventLoop::run_once(int timeout_ms) {
  std::array<epoll_event, 16> ready{};
  const int count =
      ::epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), timeout_ms);
  if (count < 0) {
    if (errno == EINTR) return Ok{};
    return Error{fmt::format("cannot wait for events: {}", std::strerror(errno))};
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    callbacks_[ready[i].data.u64]();
  }
  return Ok{};
}

}  // namespace mxray
