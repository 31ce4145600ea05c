// SPDX-License-Identifier: Apache-2.0
// What does a long path do to frames? Takes them from one interface to the
// other after a fixed delay, lowers TTLs as if routers were on the way, and
// loses, doubles or reorders a share of them.
//
// It stands in for netem, which many kernels lack. It is a wire, not a router:
// ARP and neighbour discovery pass untouched.
#include <poll.h>
#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <queue>
#include <random>

#include "arguments.h"
#include "wire.h"

namespace mxray::lab {
namespace {

constexpr const char* kUsage =
    "usage: lab-hop --a IF --b IF [--delay-ms 25] [--hops 0] [--loss 0] [--duplicate 0]\n"
    "               [--reorder 0] [--seed 1] [--seconds 600]\n"
    "  one-way delay; further hops by which TTLs fall; percentages\n";

// A path that holds more than this is full, and drops as a router would.
constexpr std::size_t kMostInFlight = 20000;
// How much later a reordered frame comes: behind the next frames of a burst.
constexpr double kReorderSeconds = 0.010;
constexpr int kFramesPerTurn = 64;

struct Path {
  double delay_seconds = 0;
  int hops = 0;
  double loss = 0, duplicate = 0, reorder = 0;  // shares, 0 to 1
};

struct InFlight {
  double due = 0;
  std::uint64_t order = 0;  // keeps frames of the same moment in order
  std::size_t exit = 0;     // index of the interface it leaves by
  Bytes frame;
  bool operator>(const InFlight& other) const {
    return due != other.due ? due > other.due : order > other.order;
  }
};

bool lower_ipv4(Bytes& frame, int hops) {
  constexpr std::size_t kTtl = kEthernetHeader + 8, kChecksum = kEthernetHeader + 10;
  const std::size_t length = static_cast<std::size_t>(frame[kEthernetHeader] & 0xf) * 4;
  if (length < kIpv4Header || frame.size() < kEthernetHeader + length) return true;
  if (frame[kEthernetHeader + 16] >= 224) return true;  // multicast stays on its link
  if (frame[kTtl] <= hops) return false;
  frame[kTtl] = static_cast<std::uint8_t>(frame[kTtl] - hops);
  store16(frame, kChecksum, 0);
  store16(frame, kChecksum,
          checksum_finish(checksum_add(0, View(frame).subspan(kEthernetHeader, length))));
  return true;
}

bool lower_ipv6(Bytes& frame, int hops) {
  constexpr std::size_t kNextHeader = kEthernetHeader + 6, kHopLimit = kEthernetHeader + 7;
  constexpr std::size_t kSource = kEthernetHeader + 8, kDestination = kEthernetHeader + 24;
  const std::size_t payload = kEthernetHeader + kIpv6Header;
  const auto link_local = [&](std::size_t at) { return (load16(frame, at) & 0xffc0) == 0xfe80; };
  if (frame[kDestination] == 0xff || link_local(kSource) || link_local(kDestination)) return true;
  // Neighbour discovery (RFC 4861) is refused with any hop limit but 255.
  if (frame[kNextHeader] == kProtocolIcmpv6 && frame.size() > payload && frame[payload] >= 133 &&
      frame[payload] <= 137)
    return true;
  if (frame[kHopLimit] <= hops) return false;
  frame[kHopLimit] = static_cast<std::uint8_t>(frame[kHopLimit] - hops);
  return true;
}

/// False when the TTL did not reach the far end.
bool lower_ttl(Bytes& frame, int hops) {
  if (hops == 0 || frame.size() < kEthernetHeader + kIpv4Header) return true;
  const std::uint16_t type = load16(frame, 12);
  if (type == kEtherTypeIpv4) return lower_ipv4(frame, hops);
  if (type == kEtherTypeIpv6 && frame.size() >= kEthernetHeader + kIpv6Header)
    return lower_ipv6(frame, hops);
  return true;
}

class Hop {
 public:
  Hop(const Arguments& arguments, const Path& path, std::uint64_t seed)
      : ends_{open_packet_socket(arguments.text("a")), open_packet_socket(arguments.text("b"))},
        path_(path),
        random_(seed) {}

  void run_until(double deadline) {
    for (double now = monotonic_seconds(); now < deadline; now = monotonic_seconds()) {
      release(now);
      wait_until(in_flight_.empty() ? deadline : std::min(deadline, in_flight_.top().due), now);
      accept(0);
      accept(1);
    }
  }

 private:
  void wait_until(double due, double now) {
    const double seconds = std::max(0.0, due - now);
    const timespec timeout{
        static_cast<time_t>(seconds),
        static_cast<long>((seconds - static_cast<double>(static_cast<time_t>(seconds))) * 1e9)};
    std::array<pollfd, 2> polled{pollfd{ends_[0].get(), POLLIN, 0},
                                 pollfd{ends_[1].get(), POLLIN, 0}};
    ::ppoll(polled.data(), polled.size(), &timeout, nullptr);
  }

  void accept(std::size_t entrance) {
    for (int i = 0; i < kFramesPerTurn; ++i) {
      auto frame = receive_frame(ends_[entrance]);
      if (!frame) return;
      if (in_flight_.size() >= kMostInFlight || happens(path_.loss)) continue;
      if (!lower_ttl(*frame, path_.hops)) continue;
      double due = monotonic_seconds() + path_.delay_seconds;
      if (happens(path_.reorder)) due += kReorderSeconds;
      if (happens(path_.duplicate)) in_flight_.push({due, next_order_++, 1 - entrance, *frame});
      in_flight_.push({due, next_order_++, 1 - entrance, std::move(*frame)});
    }
  }

  void release(double now) {
    while (!in_flight_.empty() && in_flight_.top().due <= now) {
      send_frame(ends_[in_flight_.top().exit], in_flight_.top().frame);
      in_flight_.pop();
    }
  }

  bool happens(double share) {
    return share > 0 && std::uniform_real_distribution<double>(0, 1)(random_) < share;
  }

  std::array<Fd, 2> ends_;
  Path path_;
  std::mt19937_64 random_;
  std::uint64_t next_order_ = 0;
  std::priority_queue<InFlight, std::vector<InFlight>, std::greater<>> in_flight_;
};

int run(int argc, char** argv) {
  const Arguments arguments(
      argc, argv, {"a", "b", "delay-ms", "hops", "loss", "duplicate", "reorder", "seed", "seconds"},
      {});
  if (!arguments.words().empty()) throw UsageError("unexpected " + arguments.words().front());
  const Path path{.delay_seconds = arguments.number("delay-ms", 25, 0, 10000) / 1000,
                  .hops = static_cast<int>(arguments.whole("hops", 0, 0, 250)),
                  .loss = arguments.number("loss", 0, 0, 100) / 100,
                  .duplicate = arguments.number("duplicate", 0, 0, 100) / 100,
                  .reorder = arguments.number("reorder", 0, 0, 100) / 100};
  const double seconds = arguments.number("seconds", 600, 0, 86400);
  // A busy machine must not lengthen the path; without the right to it, it may.
  ::setpriority(PRIO_PROCESS, 0, -20);

  Hop hop(arguments, path, static_cast<std::uint64_t>(arguments.whole("seed", 1, 0, 1L << 53)));
  std::puts("ready");
  std::fflush(stdout);
  hop.run_until(monotonic_seconds() + seconds);
  return 0;
}

}  // namespace
}  // namespace mxray::lab

int main(int argc, char** argv) {
  return mxray::lab::guarded_main("lab-hop", mxray::lab::kUsage,
                                  [&] { return mxray::lab::run(argc, argv); });
}
