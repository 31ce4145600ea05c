// SPDX-License-Identifier: Apache-2.0
// Does one daemon's programs hand over to the next one's without a packet unseen?
//
// Packets that were sent against those that the programs counted, by every hook there
// is. e2e.restart asks it of real daemons, by the hook that this kernel takes.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "counters.h"
#include "lab/wire.h"
#include "probe/interface_set.h"
#include "probe/kept_links.h"
#include "probe/map_reader.h"
#include "probe/programs.h"
#include "probe_bpffs.h"
#include "support/packet_builder.h"

namespace mxray::test {
namespace {

/// SYNs into one end of the wire, until it is destroyed.
class Sender {
 public:
  Sender() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

  /// Ends it; how many were sent.
  std::uint64_t finish() {
    thread_.request_stop();
    thread_.join();
    return sent_;
  }

 private:
  void run(const std::stop_token& stop) {
    Packet syn;
    syn.ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2})
        .ipv4("198.51.100.7", "203.0.113.25")
        .tcp(20'000, 25)
        .flags(kSyn);
    const auto frame = syn.build();
    const Fd socket = lab::open_packet_socket("inner");
    while (!stop.stop_requested()) {
      if (lab::send_frame(socket, frame)) ++sent_;
      // The receiving queue of a veth holds 256 where XDP runs natively: 50 ms of these.
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }

  std::atomic<std::uint64_t> sent_ = 0;
  std::jthread thread_;
};

class GapTest : public WithBpffs, public ::testing::WithParamInterface<AttachPolicy> {
 protected:
  [[nodiscard]] PinFolder open() const {
    auto folder = PinFolder::open(bpffs_->directory());
    if (!folder) throw std::runtime_error(folder.error().message);
    return std::move(*folder);
  }

  static Programs load(const PinFolder& folder) {
    auto loaded = Programs::load({default_ports(), 1024}, &folder);
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return std::move(*loaded);
  }

  static std::uint64_t seen(const Programs& programs) {
    std::array<std::uint64_t, core::COUNTER_COUNT> counters{};
    sum_per_cpu_array(programs.counters(), counters);
    return counters[core::COUNT_SYN] + counters[core::COUNT_SYN_REPEATED];
  }

  /// What was sent last may still wait in a queue.
  static std::uint64_t await_seen(const Programs& programs, std::uint64_t wanted) {
    for (int i = 0; i < 100 && seen(programs) < wanted; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return seen(programs);
  }

  /// Until then, what is sent is dropped, which the sender is not told.
  static void await_wire() {
    run("ip link set inner up; ip link set outer up");
    for (int i = 0; i < 100 && run("ip -o link show inner").find("state UP") == std::string::npos;
         ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  /// A daemon's time: it takes over what is there, and leaves it.
  static void watch_with(const Programs& programs, const KeptLinks& links) {
    const ProgramFds fds{programs.xdp(), programs.tc_ethernet(), programs.tc_raw()};
    const auto watched = watch_interface(fds, facts_of("outer"), GetParam(), &links);
    ASSERT_TRUE(watched.complete())
        << watched.attachments[0].reason << "; " << watched.attachments[1].reason;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
};

TEST_P(GapTest, EveryPacketIsSeenByOneOfThem) {
  const auto folder = open();
  const KeptLinks links(folder.links());
  const Programs one = load(folder);
  const Programs other = load(folder);
  ASSERT_EQ(other.beginning(), Beginning::kTakenOver);
  watch_with(one, links);
  if (HasFatalFailure()) return;

  await_wire();
  Sender sender;
  for (int i = 0; i < 20 && !HasFatalFailure(); ++i) watch_with(i % 2 == 0 ? other : one, links);
  const std::uint64_t sent = sender.finish();
  EXPECT_GT(sent, 500U);
  EXPECT_EQ(await_seen(one, sent), sent);
  links.take_off_others({});
}

std::string name_of(const ::testing::TestParamInfo<AttachPolicy>& info) {
  constexpr std::array kNames = {"Tcx", "Clsact", "NativeXdp", "GenericXdp"};
  return kNames.at(info.index);
}

INSTANTIATE_TEST_SUITE_P(Hooks, GapTest,
                         ::testing::Values(AttachPolicy{AttachMode::kTc, true},
                                           AttachPolicy{AttachMode::kTc, false},
                                           AttachPolicy{AttachMode::kNative},
                                           AttachPolicy{AttachMode::kGeneric}),
                         name_of);

}  // namespace
}  // namespace mxray::test
