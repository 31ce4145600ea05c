// SPDX-License-Identifier: Apache-2.0
// Do the records of the kernel's programs lead to the right verdicts?
//
// The counterpart of tests/unit/verdict_variants_test.cpp and
// captures_verdicts_test.cpp: same packets, same expectations.
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "base/core_settings.h"
#include "core_in_kernel.h"
#include "kernel_frame.h"
#include "replay/capture_file.h"
#include "support/captures_folder.h"
#include "support/variants.h"
#include "unit/captures_verdicts.h"
#include "unit/engine_run.h"
#include "unit/record_judge.h"
#include "unit/variant_verdicts.h"

namespace mxray::test {
namespace {

constexpr std::uint64_t kSeeds = 20;
constexpr std::uint32_t kMaxFlows = 1U << 14;

class KernelVerdicts : public testing::TestWithParam<Hook> {
 protected:
  void SetUp() override {
    libbpf_set_print(nullptr);
    if (::geteuid() != 0) GTEST_SKIP() << "NOT TESTED: needs root to load BPF programs";
  }

  void watch(const PortTable& ports) {
    auto loaded =
        CoreInKernel::load(GetParam(), make_core_config(ports, 5, 0x0123456789abcdef), kMaxFlows);
    ASSERT_TRUE(loaded) << loaded.error().message;
    kernel_.emplace(*std::move(loaded));
  }

  /// A new interface and a new analyzer: nothing is left of what was before.
  void start_stream() {
    ++interface_;
    judge_.emplace();
  }

  void feed(ByteView bytes, LinkLayer link, std::uint64_t time_ns) {
    const Bytes frame = wrapped_for_kernel(GetParam(), cut_for_kernel(bytes), link);
    judge_->advance_to(time_ns);
    if (frame.empty()) return;
    kernel_->records().clear();
    EXPECT_EQ(kernel_->run(frame, time_ns, interface_), "");
    // In the daemon's order: the ring of incidents is read first.
    for (const auto& record : kernel_->records().incidents) judge_->consume(record);
    for (const auto& record : kernel_->records().dialogue) judge_->consume(record);
  }

  std::vector<Incident> incidents_of(const std::vector<TimedPacket>& packets, LinkLayer link) {
    start_stream();
    for (const TimedPacket& packet : packets) feed(packet.frame, link, packet.time_ns);
    judge_->advance_to(packets.back().time_ns + 120'000'000'000);
    return judge_->incidents();
  }

  std::vector<Incident> incidents_of(const std::filesystem::path& capture) {
    start_stream();
    auto file = CaptureFile::open(capture);
    if (!file) {
      ADD_FAILURE() << file.error().message;
      return {};
    }
    for (;;) {
      const auto packet = file->next();
      if (!packet || !*packet) break;
      const CapturedPacket& captured = **packet;
      if (GetParam() == Hook::kTcRaw) {
        feed(captured.network_bytes(), LinkLayer::kRaw, captured.time_ns);
      } else {
        feed(captured.frame(), captured.link, captured.time_ns);
      }
    }
    return judge_->incidents();
  }

  /// Those in which the hook sees packets, with IPv4 and with IPv6.
  [[nodiscard]] std::vector<std::pair<Wrapping, bool>> forms() const {
    std::vector<Wrapping> wrappings = {Wrapping::kEthernet, Wrapping::kVlan, Wrapping::kQinQ,
                                       Wrapping::kPppoe};
    if (GetParam() == Hook::kTcRaw) wrappings = {Wrapping::kNoLinkHeader};
    std::vector<std::pair<Wrapping, bool>> forms;
    for (const Wrapping wrapping : wrappings) {
      for (const bool ipv6 : {false, true}) forms.emplace_back(wrapping, ipv6);
    }
    return forms;
  }

 private:
  std::optional<CoreInKernel> kernel_;
  std::optional<RecordJudge> judge_;
  std::uint32_t interface_ = 0;
};

TEST_P(KernelVerdicts, TellEveryForgedVariant) {
  watch(default_ports());
  for (const auto& [wrapping, ipv6] : forms()) {
    const std::string when = form_name(wrapping, ipv6);
    for (const Variant& variant : forged_variants(wrapping, ipv6)) {
      const auto incidents = incidents_of(packets_of(variant), link_of(wrapping));
      expect_one_forgery(variant, incidents, when);
      if (incidents.size() == 1) expect_description(variant, incidents[0]);
      if (!variant.expected.at_once) continue;
      expect_one_forgery(variant, incidents_of(packets_of(variant, true), link_of(wrapping)),
                         when + ", up to the forged packet");
    }
  }
}

TEST_P(KernelVerdicts, TellEveryForgedVariantInALossyCapture) {
  watch(default_ports());
  const Wrapping wrapping = forms().front().first;
  for (const Variant& variant : forged_variants(wrapping)) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      expect_one_forgery(variant,
                         incidents_of(impaired_packets_of(variant, seed), link_of(wrapping)),
                         "seed " + std::to_string(seed));
    }
  }
}

TEST_P(KernelVerdicts, TellNoGenuineVariant) {
  watch(default_ports());
  for (const auto& [wrapping, ipv6] : forms()) {
    for (const Variant& variant : genuine_variants(wrapping, ipv6)) {
      expect_no_forgery(variant, incidents_of(packets_of(variant), link_of(wrapping)),
                        form_name(wrapping, ipv6));
    }
  }
  const Wrapping wrapping = forms().front().first;
  for (const Variant& variant : genuine_variants(wrapping)) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      expect_no_forgery(variant,
                        incidents_of(impaired_packets_of(variant, seed), link_of(wrapping)),
                        "seed " + std::to_string(seed));
    }
  }
}

TEST_P(KernelVerdicts, TellTheForgedConnectionsOfTheCaptures) {
  if (!has_captures()) GTEST_SKIP() << no_captures();
  const auto ports = parse_ports(kCapturePorts);
  ASSERT_TRUE(ports) << ports.error().message;
  watch(*ports);
  for (const ForgedCapture& capture : forged_captures()) {
    const auto incidents = incidents_of(captures_folder() / capture.file);
    expect_forged_flows(capture, incidents);
    expect_no_other_flows(capture, incidents);
    expect_descriptions(capture, incidents);
  }
  for (const std::string& file : files_of({"C", "D", "F", "G"})) {
    expect_genuine(file, incidents_of(captures_folder() / file));
  }
}

INSTANTIATE_TEST_SUITE_P(Hooks, KernelVerdicts,
                         testing::Values(Hook::kXdp, Hook::kTcEthernet, Hook::kTcRaw),
                         [](const auto& tested) {
                           switch (tested.param) {
                             case Hook::kXdp: return "Xdp";
                             case Hook::kTcEthernet: return "TcEthernet";
                             default: return "TcRaw";
                           }
                         });

}  // namespace
}  // namespace mxray::test
