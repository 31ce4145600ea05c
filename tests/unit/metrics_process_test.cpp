// SPDX-License-Identifier: Apache-2.0
// Is /proc read right?
#include <gtest/gtest.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <string>

#include "metrics/process.h"

namespace mxray {
namespace {

class ProcessStatsTest : public testing::Test {
 protected:
  ProcessStatsTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mxray-proc-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    proc = pattern;
    std::filesystem::create_directories(proc / "self" / "fd");
  }
  ~ProcessStatsTest() override { std::filesystem::remove_all(proc); }
  std::filesystem::path proc;
};

TEST_F(ProcessStatsTest, AreReadFromTheRightFields) {
  std::ofstream(proc / "self" / "stat")
      << "4711 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 250 150 18 19 20 21 22 23 1000 8192000 500 99 0\n";
  std::ofstream(proc / "stat") << "cpu 1 2 3\nbtime 1790000000\nprocesses 5\n";
  for (const char* fd : {"0", "1", "2", "7"}) std::ofstream(proc / "self" / "fd" / fd) << "";
  const ProcessStats stats = read_process_stats(proc);
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  EXPECT_EQ(stats.cpu_seconds, 400 / ticks);
  EXPECT_EQ(stats.virtual_bytes, 8192000);
  EXPECT_EQ(stats.resident_bytes, 500.0 * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(stats.start_time_seconds, 1790000000 + 1000 / ticks);
  EXPECT_EQ(stats.open_fds, 3) << "one of the four is the reading itself";
}

TEST_F(ProcessStatsTest, WhatProcDoesNotSayIsLeftOut) {
  std::filesystem::remove_all(proc / "self");
  const ProcessStats stats = read_process_stats(proc);
  EXPECT_FALSE(stats.cpu_seconds);
  EXPECT_FALSE(stats.start_time_seconds);
  EXPECT_FALSE(stats.open_fds);
}

TEST_F(ProcessStatsTest, AShortLineIsLeftOutWhole) {
  std::ofstream(proc / "self" / "stat") << "4711 (mxrayd) S 1 2 3\n";
  const ProcessStats stats = read_process_stats(proc);
  EXPECT_FALSE(stats.cpu_seconds);
  EXPECT_FALSE(stats.resident_bytes);
}

TEST(ProcessStatsLive, AgreeWithWhatIsKnownOfThisProcess) {
  const ProcessStats before = read_process_stats();
  ASSERT_TRUE(before.start_time_seconds && before.open_fds && before.resident_bytes);
  EXPECT_NEAR(*before.start_time_seconds, static_cast<double>(std::time(nullptr)), 60);
  EXPECT_GT(*before.resident_bytes, 100'000);
  std::ifstream another("/dev/null");
  EXPECT_EQ(*read_process_stats().open_fds, *before.open_fds + 1);
}

}  // namespace
}  // namespace mxray
