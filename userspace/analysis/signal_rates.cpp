// SPDX-License-Identifier: Apache-2.0
#include "analysis/signal_rates.h"

namespace mxray {
namespace {

constexpr std::array<std::string_view, core::SIGNAL_COUNT> kNames = {"ttl_handshake",
                                                                     "ttl_data",
                                                                     "no_timestamps",
                                                                     "window_zero",
                                                                     "dont_fragment",
                                                                     "ip_id",
                                                                     "too_early",
                                                                     "content_conflict",
                                                                     "reflected_header",
                                                                     "window",
                                                                     "reset",
                                                                     "reset_ttl",
                                                                     "reset_sequence",
                                                                     "reset_burst",
                                                                     "alive_after_reset",
                                                                     "second_syn_ack",
                                                                     "constant_window",
                                                                     "reserved_bits",
                                                                     "ip_id_copied",
                                                                     "ip_id_repeated",
                                                                     "reset_ahead",
                                                                     "ttl_any",
                                                                     "ttl_far",
                                                                     "ttl_handshake_far"};

}  // namespace

void SignalRates::add(const core::record_flow& ended) {
  if (ended.handshake.midstream != 0 || ended.server.data_segments == 0) return;
  const std::uint32_t signals = ended.server_signals;
  ++connections;
  if ((signals & core::SIGNAL_RESET) != 0) ++reset;
  for (std::size_t bit = 0; bit < showing.size(); ++bit) showing.at(bit) += (signals >> bit) & 1U;
  constexpr std::uint32_t kEarly = core::SIGNAL_TOO_EARLY | core::SIGNAL_TTL_HANDSHAKE;
  if ((signals & kEarly) == core::SIGNAL_TOO_EARLY) ++early_from_one_box;
}

void SignalRates::add(const SignalRates& more) {
  connections += more.connections;
  reset += more.reset;
  early_from_one_box += more.early_from_one_box;
  for (std::size_t bit = 0; bit < showing.size(); ++bit) showing.at(bit) += more.showing.at(bit);
}

std::string_view signal_name(std::size_t bit) { return kNames.at(bit); }

}  // namespace mxray
