// SPDX-License-Identifier: Apache-2.0
#include "trace/trace.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/time.h"

namespace mxray::trace {
namespace {

// Interceptors of mail redirect port 25; the way to this port is the server's own.
constexpr std::uint16_t kComparedPort = 443;

/// SIGINT and SIGTERM as a readable descriptor while this lives.
class Interruption {
 public:
  static Result<Interruption> watch() {
    sigset_t wanted;
    sigset_t before;
    ::sigemptyset(&wanted);
    for (const int number : {SIGINT, SIGTERM}) ::sigaddset(&wanted, number);
    if (::sigprocmask(SIG_BLOCK, &wanted, &before) != 0) return problem();
    Fd fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) {
      const Error error = problem();
      ::sigprocmask(SIG_SETMASK, &before, nullptr);
      return error;
    }
    return Interruption(std::move(fd), before);
  }
  Interruption(Interruption&&) = default;
  Interruption& operator=(Interruption&&) = delete;
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  ~Interruption() {
    if (!fd_) return;  // moved from
    // One that nobody has taken would end the process as soon as it is let through.
    static_cast<void>(came());
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool came() const {
    signalfd_siginfo info{};
    bool any = false;
    while (::read(fd_.get(), &info, sizeof info) == sizeof info) any = true;
    return any;
  }

 private:
  Interruption(Fd fd, const sigset_t& before) : fd_(std::move(fd)), before_(before) {}
  static Error problem() {
    return Error{fmt::format("cannot receive signals: {}", std::strerror(errno))};
  }

  Fd fd_;
  sigset_t before_;
};

// A start that nobody on the way can guess, so that nobody off the way can
// invent answers.
Result<std::uint32_t> random_sequence() {
  std::uint32_t value = 0;
  if (::getrandom(&value, sizeof value, 0) != sizeof value) {
    return Error{fmt::format("cannot get random numbers: {}", std::strerror(errno))};
  }
  return value;
}

void wait_for(const Prober& prober, const Interruption& interruption, std::uint64_t until_ns) {
  const auto [tcp, icmp] = prober.fds();
  std::array<pollfd, 3> ready = {
      {{tcp, POLLIN, 0}, {icmp, POLLIN, 0}, {interruption.fd(), POLLIN, 0}}};
  const std::uint64_t now = monotonic_ns();
  const std::uint64_t wait_ns = until_ns > now ? until_ns - now : 0;
  const timespec timeout{static_cast<time_t>(wait_ns / 1'000'000'000),
                         static_cast<long>(wait_ns % 1'000'000'000)};
  ::ppoll(ready.data(), ready.size(), &timeout, nullptr);  // an error shows at the next send
}

// Runs `schedule` to its end; true if it was interrupted.
Result<bool> run(Schedule& schedule, Prober& prober, const Interruption& interruption,
                 const std::function<void(const Hop&)>& on_hop) {
  const auto first = random_sequence();
  if (!first) return first.error();
  while (true) {
    for (const Received& received : prober.receive()) {
      schedule.take(received.answer.sequence - *first, received.answer.kind,
                    received.answer.icmp_code, received.from, received.time_ns);
    }
    const std::uint64_t now = monotonic_ns();
    while (const auto hop = schedule.next_final(now)) on_hop(*hop);
    if (schedule.finished()) return false;
    if (interruption.came()) return true;
    if (const auto probe = schedule.next(now)) {
      if (auto sent = prober.send(probe->distance, *first + probe->number); !sent) {
        return sent.error();
      }
    }
    wait_for(prober, interruption, schedule.wake_at(now));
  }
}

// Where do probes to another port go that die at the hop which answered for the
// mail port? To the server, if that is the server's place. If a router there
// says that they died, the way goes on.
Status look_for_interception(const TraceSettings& settings, const Interruption& interruption,
                             TraceResult& result) {
  TraceSettings other = settings;
  other.target.server.port = kComparedPort;
  auto prober = Prober::open(other.target);
  if (!prober) return prober.error();
  const Hop& server = result.path.hops.back();
  // An answer from here comes about as fast as the mail port's; silence, as of
  // a server that drops what it does not serve, need not cost the full timeout.
  const auto patience = static_cast<std::uint64_t>(server.rtt_ms.value_or(0) * 3e6) + 200'000'000;
  other.schedule.timeout_ns = std::min(settings.schedule.timeout_ns, patience);
  other.schedule.first_distance = server.distance;
  other.schedule.max_hops = server.distance;
  int farthest = 0;
  const auto farther = [&](const Hop& hop) {
    if (hop.answers > 0) farthest = hop.distance;
  };
  Schedule here(other.schedule);
  auto interrupted = run(here, *prober, interruption, farther);
  if (!interrupted) return interrupted.error();
  result.interrupted = *interrupted;
  if (*interrupted || farthest == 0 || here.server_distance() || here.obstacle()) return Ok{};

  other.schedule.first_distance = server.distance + 1;
  other.schedule.max_hops = settings.schedule.max_hops;
  Schedule beyond(other.schedule);
  interrupted = run(beyond, *prober, interruption, farther);
  if (!interrupted) return interrupted.error();
  result.interrupted = *interrupted;
  result.interception = Interception{kComparedPort, farthest};
  return Ok{};
}

}  // namespace

Result<TraceResult> trace(const TraceSettings& settings, const TraceObserver& observer) {
  auto interruption = Interruption::watch();
  if (!interruption) return interruption.error();
  auto prober = Prober::open(settings.target);
  if (!prober) return prober.error();
  TraceResult result;
  result.path.server = settings.target.server;
  result.path.time_ns = wall_clock_ns();
  observer.on_start(prober->flow().source.address);

  const auto keep = [&](const Hop& hop) {
    result.path.hops.push_back(hop);
    observer.on_hop(hop);
  };
  Schedule schedule(settings.schedule);
  const auto interrupted = run(schedule, *prober, *interruption, keep);
  if (!interrupted) return interrupted.error();
  result.interrupted = *interrupted;
  if (result.interrupted) {
    for (const Hop& hop : schedule.unfinished()) keep(hop);
  }
  result.path.server_distance = schedule.server_distance();
  result.open = schedule.open();
  result.obstacle = schedule.obstacle();
  if (!result.interrupted && result.path.server_distance &&
      settings.target.server.port != kComparedPort) {
    if (auto looked = look_for_interception(settings, *interruption, result); !looked) {
      return looked.error();
    }
  }
  return result;
}

}  // namespace mxray::trace
