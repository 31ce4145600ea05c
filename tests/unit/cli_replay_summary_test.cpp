// SPDX-License-Identifier: Apache-2.0
// Does the paragraph after a replay tell what was seen and what was skipped?
#include <gtest/gtest.h>

#include "cli/replay_summary.h"

namespace mxray::cli {
namespace {

TEST(ReplaySummary, SaysSoIfThereWasNothing) {
  EXPECT_EQ(
      replay_summary({}),
      "No incident in 0 mail flows of 0 packets. No ident query was seen. Nothing was skipped.");
}

TEST(ReplaySummary, CountsFlowsIdentOutcomesAndWhatWasSkipped) {
  ReplayFigures figures;
  figures.packets = 1204;
  figures.incidents = 1;
  figures.totals.flows_opened[core::PROTOCOL_SMTP] = 3;
  figures.totals.flows_opened[core::PROTOCOL_POP3] = 1;
  figures.totals.ident_outcomes[static_cast<std::size_t>(IdentOutcome::kDropped)] = 2;
  figures.totals.ident_outcomes[static_cast<std::size_t>(IdentOutcome::kReset)] = 1;
  figures.stats.counters[core::COUNT_MALFORMED_IP] = 2;
  figures.stats.counters[core::COUNT_MALFORMED_TCP] = 3;
  figures.stats.counters[core::COUNT_FRAGMENT] = 1;
  figures.stats.counters[core::COUNT_TUNNEL] = 4;
  EXPECT_EQ(
      replay_summary(figures),
      "1 incident in 4 mail flows (3 smtp and 1 pop3) of 1204 packets. Ident queries: 2 "
      "dropped and 1 reset. Skipped: 5 malformed packets, 1 fragment and 4 tunnelled packets.");
}

}  // namespace
}  // namespace mxray::cli
