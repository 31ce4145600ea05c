// SPDX-License-Identifier: Apache-2.0
// Does the log tell each change of what is watched, and nothing twice?
#include "daemon/watchfulness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace mxray {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string logged(const std::function<void()>& work) {
  ::testing::internal::CaptureStderr();
  work();
  return ::testing::internal::GetCapturedStderr();
}

KernelStats watching(const std::vector<std::string>& interfaces, const std::string& hook) {
  KernelStats stats;
  for (const std::string& name : interfaces) {
    stats.attachments.push_back({name, "ingress", hook, "a test"});
  }
  return stats;
}

TEST(Watchfulness, TellsOnceThatRoutesCannotBeFollowedAndOnceThatTheyCanAgain) {
  Watchfulness watchfulness;
  const auto report = [&](const Status& followed) {
    return logged([&] { watchfulness.report_routes(followed); });
  };
  EXPECT_THAT(report(Ok{}), IsEmpty());
  EXPECT_EQ(report(Error{"out of memory"}), "mxrayd: warning: out of memory\n");
  EXPECT_THAT(report(Error{"out of memory"}), IsEmpty());
  EXPECT_THAT(report(Error{"out of descriptors"}), HasSubstr("out of descriptors"));
  EXPECT_THAT(report(Ok{}), HasSubstr("are followed again"));
  EXPECT_THAT(report(Ok{}), IsEmpty());
}

TEST(Watchfulness, TellsOfRecordsThatWereLostSinceTheMxraydBefore) {
  Watchfulness watchfulness;
  KernelStats stats;
  stats.counters[core::COUNT_LOST_DIALOGUE_RECORD] = 20;
  stats.lost_before = 20;
  const auto report = [&] { return logged([&] { watchfulness.report(stats, 0); }); };
  EXPECT_THAT(report(), IsEmpty());
  stats.counters[core::COUNT_LOST_INCIDENT_RECORD] = 3;
  EXPECT_THAT(report(), HasSubstr("3 records were lost, 23 in all"));
  EXPECT_THAT(report(), IsEmpty());
}

TEST(Watchfulness, TellsOnceThatAnInterfaceIsForgottenAndAnewIfItComesBack) {
  Watchfulness watchfulness;
  const auto report = [&](const KernelStats& stats) {
    return logged([&] { watchfulness.report(stats, 0); });
  };
  EXPECT_THAT(report(watching({"ppp0"}, "tc")), HasSubstr("ppp0 ingress is watched by tc"));
  EXPECT_THAT(report(watching({"ppp0"}, "tc")), IsEmpty());
  EXPECT_THAT(report(watching({"ppp1"}, "tc")), AllOf(HasSubstr("ppp1 ingress is watched by tc"),
                                                      HasSubstr("ppp0 ingress is forgotten")));
  EXPECT_THAT(report(watching({"ppp1"}, "tc")), IsEmpty());
  EXPECT_THAT(report(watching({"ppp0", "ppp1"}, "tc")), HasSubstr("ppp0 ingress is watched by tc"));
}

}  // namespace
}  // namespace mxray
