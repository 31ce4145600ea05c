// SPDX-License-Identifier: Apache-2.0
// Is the core the same in the kernel and natively?
//
// Every packet goes through BPF_PROG_TEST_RUN and through the replay's engine,
// with the same clock and the same secret; records, counters and histograms
// have to be equal to the last byte, and the kernel's program has to let every
// packet pass unchanged.
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/core_settings.h"
#include "core_in_kernel.h"
#include "kernel_frame.h"
#include "replay/capture_file.h"
#include "replay/engine.h"
#include "support/captures_folder.h"
#include "support/fuzzed_conversation.h"
#include "support/random_packets.h"
#include "support/random_sequences.h"

namespace mxray::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSecret = 0x0123456789abcdef;
// More than any test has, for the kernel's LRU lists evict by approximation.
constexpr std::uint32_t kMaxFlows = 1U << 18;
constexpr std::size_t kMostFailures = 5;

struct Frame {
  ByteView bytes;
  LinkLayer link = LinkLayer::kEthernet;
  std::uint64_t time_ns = 0;
  std::uint32_t interface = 0;  // of the stream's own
};
constexpr std::uint32_t kInterfacesOfOneStream = 4;

Bytes bytes_of_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string difference(const char* ring, const std::vector<CoreRecords::Record>& kernel,
                       const std::vector<CoreRecords::Record>& native) {
  if (kernel == native) return {};
  for (std::size_t i = 0; i < std::min(kernel.size(), native.size()); ++i) {
    if (kernel[i] == native[i]) continue;
    const auto [at, other] =
        std::mismatch(kernel[i].begin(), kernel[i].end(), native[i].begin(), native[i].end());
    if (at == kernel[i].end() || other == native[i].end()) {
      return fmt::format("{} record {}: {} bytes in the kernel, {} natively", ring, i,
                         kernel[i].size(), native[i].size());
    }
    return fmt::format("{} record {} of type {} differs at byte {}: {} in the kernel, {} natively",
                       ring, i, static_cast<int>(kernel[i][2]), at - kernel[i].begin(),
                       static_cast<int>(*at), static_cast<int>(*other));
  }
  return fmt::format("{}: {} records in the kernel, {} natively", ring, kernel.size(),
                     native.size());
}

// Every server port of the captures, so that one program serves all of them.
PortTable ports_of_captures() {
  PortTable ports = default_ports();
  for (const int port : {22, 80, 443, 4880, 6649, 8080, 9666}) {
    ports[static_cast<std::uint16_t>(port)] = core::PROTOCOL_OTHER;
  }
  return ports;
}

class Differential : public testing::TestWithParam<Hook> {
 protected:
  void SetUp() override {
    libbpf_set_print(nullptr);
    if (::geteuid() != 0) GTEST_SKIP() << "NOT TESTED: needs root to load BPF programs";
  }

  /// Loads the program and a new engine beside it.
  void watch(const PortTable& ports) {
    const core::core_config config = make_core_config(ports, 5, kSecret);
    auto loaded = CoreInKernel::load(GetParam(), config, kMaxFlows);
    ASSERT_TRUE(loaded) << loaded.error().message;
    kernel_.emplace(*std::move(loaded));
    engine_.emplace(
        config, [this](std::span<const std::byte> record) { native_.add(record); }, kMaxFlows);
  }

  void start_stream(std::string name) {
    stream_ = std::move(name);
    interface_ += kInterfacesOfOneStream;
    packet_ = 0;
  }

  /// Through both; what differs fails the test.
  void feed(const Frame& frame) {
    ++packet_;
    const auto cut = cut_for_kernel(frame.bytes);
    if (failures_ >= kMostFailures) return;
    const Bytes wrapped = wrapped_for_kernel(GetParam(), cut, frame.link);
    if (wrapped.empty()) return;

    kernel_->records().clear();
    native_.clear();
    const std::uint32_t interface = interface_ + frame.interface;
    std::string wrong = kernel_->run(wrapped, frame.time_ns, interface);
    engine_->handle(cut, static_cast<std::uint32_t>(cut.size()), frame.link, frame.time_ns,
                    interface);
    ++fed_;
    records_ += native_.incidents.size() + native_.dialogue.size();
    if (wrong.empty()) {
      wrong = difference("incident", kernel_->records().incidents, native_.incidents);
    }
    if (wrong.empty()) {
      wrong = difference("dialogue", kernel_->records().dialogue, native_.dialogue);
    }
    if (wrong.empty()) return;
    ++failures_;
    ADD_FAILURE() << stream_ << ", packet " << packet_ << ": " << wrong;
  }

  void feed(const std::vector<FuzzedPacket>& packets) {
    for (const FuzzedPacket& packet : packets) {
      feed({packet.frame, packet.has_ethernet ? LinkLayer::kEthernet : LinkLayer::kRaw,
            packet.time_ns, packet.interface});
    }
  }

  void expect_equal_counts() {
    const KernelStats kernel = kernel_->stats(), native = engine_->stats();
    for (std::size_t i = 0; i < kernel.counters.size(); ++i) {
      EXPECT_EQ(kernel.counters[i], native.counters[i])
          << stream_ << ": " << counter_name(static_cast<core::counter>(i));
    }
    for (std::size_t i = 0; i < kernel.histogram_cells.size(); ++i) {
      EXPECT_EQ(kernel.histogram_cells[i], native.histogram_cells[i]) << stream_ << ": cell " << i;
    }
    for (const MapFill& map : native.maps) {
      EXPECT_LT(map.entries, map.capacity * 9 / 10) << map.name << ": evictions may differ";
    }
  }

  [[nodiscard]] bool takes(Wrapping wrapping) const {
    return (wrapping == Wrapping::kNoLinkHeader) == (GetParam() == Hook::kTcRaw);
  }

  std::optional<CoreInKernel> kernel_;
  std::optional<Engine> engine_;
  CoreRecords native_;
  std::string stream_;
  std::uint32_t interface_ = 0;
  std::uint64_t packet_ = 0;
  std::uint64_t fed_ = 0;
  std::uint64_t records_ = 0;
  std::size_t failures_ = 0;
};

constexpr std::array kWrappings = {Wrapping::kEthernet, Wrapping::kVlan, Wrapping::kQinQ,
                                   Wrapping::kPppoe, Wrapping::kNoLinkHeader};

bool is_long_run() {
  const char* asked = std::getenv("MXRAY_TEST_LONG");
  return asked != nullptr && std::string_view(asked) == "1";
}
// New tables then, before the damage fills them and the kernel evicts otherwise than we.
constexpr std::uint64_t kPacketsOfOneRound = 400'000;

TEST_P(Differential, MadeUpTracesInEveryWrapping) {
  watch(default_ports());
  for (const Wrapping wrapping : kWrappings) {
    if (!takes(wrapping)) continue;
    const auto link = wrapping == Wrapping::kNoLinkHeader ? LinkLayer::kRaw : LinkLayer::kEthernet;
    for (const auto& [name, packets] : made_up_traces(wrapping)) {
      start_stream(name);
      for (const TimedPacket& packet : packets) feed({packet.frame, link, packet.time_ns});
    }
  }
  expect_equal_counts();
  EXPECT_GT(records_, 200U) << "too little was compared";
}

TEST_P(Differential, SharedCaptures) {
  if (!has_captures()) GTEST_SKIP() << no_captures();
  const fs::path folder = captures_folder();
  watch(ports_of_captures());
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension();
    if (extension != ".pcap" && extension != ".pcapng") continue;
    auto file = CaptureFile::open(entry.path());
    ASSERT_TRUE(file) << file.error().message;
    start_stream(fs::relative(entry.path(), folder));
    for (;;) {
      const auto packet = file->next();
      if (!packet || !*packet) break;
      const CapturedPacket& captured = **packet;
      if (GetParam() == Hook::kTcRaw) {
        feed({captured.network_bytes(), LinkLayer::kRaw, captured.time_ns});
      } else {
        feed({captured.frame(), captured.link, captured.time_ns});
      }
    }
    expect_equal_counts();
  }
  EXPECT_GT(records_, 700U) << "too little was compared";
}

TEST_P(Differential, RandomPackets) {
  const std::uint64_t packets = is_long_run() ? MXRAY_RANDOM_PACKETS : 200'000;
  for (std::uint64_t round = 0; fed_ < packets && failures_ == 0; ++round) {
    watch(default_ports());
    start_stream(fmt::format("random packets, round {}", round));
    RandomPackets random(3 * round + static_cast<std::uint64_t>(GetParam()));
    const std::uint64_t end = fed_ + std::min(kPacketsOfOneRound, packets);
    for (std::uint64_t i = 0; fed_ < end && failures_ == 0; ++i) {
      const RandomPacket packet = random.next();
      if (GetParam() == Hook::kTcRaw && packet.has_ethernet) continue;
      const auto link = packet.has_ethernet ? LinkLayer::kEthernet : LinkLayer::kRaw;
      feed({packet.frame, link, 1'000'000'000 + i * 1'000'000});
    }
    expect_equal_counts();
  }
  EXPECT_GT(records_, packets / 100) << "too little was compared";
  fmt::print("{} packets compared, {} records\n", fed_, records_);
}

TEST_P(Differential, RandomSequences) {
  const std::uint64_t packets = is_long_run() ? MXRAY_RANDOM_PACKETS / 3 : 200'000;
  const std::size_t hook = static_cast<std::size_t>(GetParam());
  for (std::uint64_t round = 0; fed_ < packets && failures_ == 0; ++round) {
    const Wrapping wrapping = GetParam() == Hook::kTcRaw ? Wrapping::kNoLinkHeader
                                                         : kWrappings.at((round + 2 * hook) % 4);
    watch(default_ports());
    start_stream(fmt::format("random sequences, round {}", round));
    RandomSequences random(3 * round + hook, wrapping);
    const std::uint64_t end = fed_ + std::min(kPacketsOfOneRound, packets / 2);
    while (fed_ < end && failures_ == 0) feed(random.next());
    expect_equal_counts();
  }
  EXPECT_GT(records_, packets / 10) << "too little was compared";
  fmt::print("{} packets compared, {} records\n", fed_, records_);
}

// What the fuzzers of tests/fuzz have found worth keeping, here and on this machine.
TEST_P(Differential, CorporaOfTheFuzzers) {
  watch(default_ports());
  for (const char* root : {MXRAY_FUZZ_CORPUS, MXRAY_FUZZ_GROWN}) {
    for (const std::string target : {"frame", "conversation"}) {
      const fs::path folder = fs::path(root) / target;
      if (!fs::is_directory(folder)) continue;
      for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        const Bytes input = bytes_of_file(entry.path());
        if (input.empty()) continue;
        start_stream(target + "/" + entry.path().filename().string());
        if (target == "frame") {
          const bool is_raw = (input[0] & 1U) != 0;
          if (GetParam() == Hook::kTcRaw && !is_raw) continue;
          feed({ByteView(input).subspan(1), is_raw ? LinkLayer::kRaw : LinkLayer::kEthernet,
                1'000'000'000});
        } else {
          const bool is_raw = GetParam() == Hook::kTcRaw;
          FuzzedConversation conversation(
              input, is_raw ? std::optional(Wrapping::kNoLinkHeader) : std::nullopt);
          std::vector<FuzzedPacket> packets;
          while (auto packet = conversation.next()) packets.push_back(*std::move(packet));
          feed(packets);
        }
      }
    }
  }
  expect_equal_counts();
  EXPECT_GT(fed_, 100U) << "too little was compared";
  fmt::print("{} packets compared, {} records\n", fed_, records_);
}

INSTANTIATE_TEST_SUITE_P(Hooks, Differential,
                         testing::Values(Hook::kXdp, Hook::kTcEthernet, Hook::kTcRaw),
                         [](const auto& test_case) {
                           switch (test_case.param) {
                             case Hook::kXdp: return "Xdp";
                             case Hook::kTcEthernet: return "TcEthernet";
                             default: return "TcRaw";
                           }
                         });

}  // namespace
}  // namespace mxray::test
