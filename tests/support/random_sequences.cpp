// SPDX-License-Identifier: Apache-2.0
#include "support/random_sequences.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "support/lookup_trace.h"
#include "support/variants.h"

namespace mxray::test {

std::vector<NamedTrace> made_up_traces(Wrapping wrapping) {
  using Options = ForgedReplyOptions;
  std::vector<NamedTrace> traces;
  for (const bool ipv6 : {false, true}) {
    for (const auto outcome : {Options::Outcome::kForged, Options::Outcome::kForgedOnly,
                               Options::Outcome::kGenuine, Options::Outcome::kRetransmitted}) {
      for (const auto middle :
           {Options::Middle::kAsDumped, Options::Middle::kReconstructed, Options::Middle::kCut}) {
        for (const char* text : {"500 error\r\n", kForged551}) {
          traces.push_back(
              {fmt::format("S0 outcome {} middle {} ipv6 {} {:.3}", static_cast<int>(outcome),
                           static_cast<int>(middle), ipv6, text),
               forged_reply_trace({outcome, middle, text, ipv6, wrapping})});
        }
      }
    }
  }
  for (const IdentCase ident : {IdentCase::kDropped, IdentCase::kReset}) {
    traces.push_back({"S1 outer", ident_stall_outer_trace(ident, wrapping)});
    traces.push_back({"S1 inner", ident_stall_inner_trace(ident, wrapping)});
  }
  for (const bool ipv6 : {false, true}) {
    for (const auto& variants :
         {forged_variants(wrapping, ipv6), genuine_variants(wrapping, ipv6)}) {
      for (const Variant& variant : variants) {
        traces.push_back({variant.name, packets_of(variant)});
      }
    }
    traces.push_back({"look-up", lookup_trace({true, ipv6, wrapping})});
  }
  return traces;
}

RandomSequences::RandomSequences(std::uint64_t seed, Wrapping wrapping)
    : wrapping_(wrapping), random_(seed), traces_(made_up_traces(wrapping)) {}

std::vector<FuzzedPacket> RandomSequences::next() {
  std::vector<FuzzedPacket> packets = happens(50) ? harmed_trace() : random_conversation();
  const std::uint64_t start_ns = packets.front().time_ns;
  for (FuzzedPacket& packet : packets) packet.time_ns += now_ns_ - start_ns;
  now_ns_ = packets.back().time_ns + random_.below(10'000'000'000);
  return packets;
}

std::vector<FuzzedPacket> RandomSequences::random_conversation() {
  Bytes bytes(7 + random_.below(600));
  for (std::uint8_t& each : bytes) each = random_.byte();
  FuzzedConversation conversation(bytes, wrapping_);
  std::vector<FuzzedPacket> packets;
  while (auto packet = conversation.next()) packets.push_back(*std::move(packet));
  return packets;
}

std::vector<FuzzedPacket> RandomSequences::harmed_trace() {
  const bool has_ethernet = wrapping_ != Wrapping::kNoLinkHeader;
  // One sequence in four is hardly harmed, so that flows reach their ends.
  const std::uint64_t percent = random_.below(4) == 0 ? 1 : 8;
  std::uint64_t now_ns = now_ns_;
  std::uint64_t before_ns = 0;
  std::vector<FuzzedPacket> packets;
  const auto add = [&](Bytes frame) {
    packets.push_back({std::move(frame), has_ethernet, now_ns, 1});
  };
  for (const TimedPacket& packet : traces_[random_.below(traces_.size())].packets) {
    const std::uint64_t wait_ns = before_ns == 0 ? 0 : packet.time_ns - before_ns;
    before_ns = packet.time_ns;
    now_ns += happens(percent) ? random_.below(2 * wait_ns + 1) : wait_ns;
    if (happens(percent) && !packets.empty()) continue;  // lost
    Bytes frame = packet.frame;
    if (happens(percent)) random_.damage(frame);
    if (happens(percent)) add(frame);  // twice
    if (happens(percent)) {
      const auto& others = traces_[random_.below(traces_.size())].packets;
      add(others[random_.below(others.size())].frame);
    }
    add(std::move(frame));
    const std::size_t count = packets.size();
    if (count > 1 && happens(percent)) {  // out of order
      std::swap(packets[count - 1].frame, packets[count - 2].frame);
    }
  }
  return packets;
}

}  // namespace mxray::test
