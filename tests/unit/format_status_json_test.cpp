// SPDX-License-Identifier: Apache-2.0
// Does the daemon's status keep every number as JSON and back?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/status_json.h"
#include "format_samples.h"

namespace mxray {
namespace {

TEST(StatusJson, ComesBackWithEveryCounterAndTotalInItsPlace) {
  const DaemonStatus status = samples::status();
  const auto back = status_from_json(to_json_line(status));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->kernel.counters, status.kernel.counters);
  EXPECT_EQ(back->totals.incidents, status.totals.incidents);
  EXPECT_EQ(back->totals.ident_outcomes, status.totals.ident_outcomes);
  EXPECT_EQ(back->totals.refusals, status.totals.refusals);
  EXPECT_EQ(back->totals.flows, status.totals.flows);
  EXPECT_EQ(back->totals.flows_opened, status.totals.flows_opened);
  EXPECT_EQ(back->totals.syn_acks_repeated, status.totals.syn_acks_repeated);
  EXPECT_EQ(back->totals.resets, status.totals.resets);
  EXPECT_EQ(back->totals.records_unreadable, status.totals.records_unreadable);
  EXPECT_EQ(back->store.detail, "the disk is full");
  EXPECT_EQ(back->reload_problems.config, "");
  EXPECT_EQ(back->reload_problems.web_config, "web.yml:2: users: this key is unknown");
  EXPECT_EQ(back->privileges, status.privileges);
  EXPECT_EQ(back->pin_dir, "/sys/fs/bpf/mxray");
  ASSERT_EQ(back->kernel.attachments.size(), 2U);
  EXPECT_EQ(back->kernel.attachments[1].reason, "kernel 6.1 has no TCX");
  EXPECT_EQ(to_json_line(*back), to_json_line(status));
}

TEST(StatusJson, TakesAMissingCounterAsZero) {
  std::string text = to_json_line(samples::status());
  const std::string name = "\"mail_packets\"";
  text.replace(text.find(name), name.size(), "\"counter_of_tomorrow\"");
  const auto back = status_from_json(text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->kernel.counters[core::COUNT_MAIL_PACKETS], 0U);
  EXPECT_EQ(back->kernel.counters[core::COUNT_MAIL_BYTES], 101U);
}

TEST(StatusJson, TakesADaemonThatDoesNotTellOfReloadsForOneWithoutProblems) {
  std::string text = to_json_line(samples::status());
  const std::string name = "\"reload_problems\"";
  text.replace(text.find(name), name.size(), "\"something_else\"");
  const auto back = status_from_json(text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_THAT(sentences(back->reload_problems), testing::IsEmpty());
}

TEST(StatusJson, CountsAsLostWhatNeverReachedTheAnalysis) {
  KernelStats kernel;
  kernel.counters[core::COUNT_LOST_INCIDENT_RECORD] = 1;
  kernel.counters[core::COUNT_LOST_DIALOGUE_RECORD] = 20;
  kernel.counters[core::COUNT_TUNNEL] = 4000;  // skipped on purpose, not lost
  Totals totals;
  totals.records_unreadable = 300;
  EXPECT_EQ(records_lost(kernel, totals), 321U);
  kernel.lost_before = 15;  // the mxrayd before has told of them
  EXPECT_EQ(records_lost(kernel, totals), 306U);
}

}  // namespace
}  // namespace mxray
