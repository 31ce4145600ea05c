// SPDX-License-Identifier: Apache-2.0
// Are the buckets exactly the cells that the core counted?
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "metrics_page.h"

namespace mxray {
namespace {

std::string bucket(const std::string& family, const std::string& le) {
  return fmt::format(R"(mxray_{}_seconds_bucket{{protocol="smtp",le="{}"}})", family, le);
}

/// Counts a duration as the core does.
void observe(KernelStats& kernel, std::uint64_t duration_ns,
             core::protocol protocol = core::PROTOCOL_SMTP) {
  const auto which = core::HISTOGRAM_PATH_RTT;
  const auto index = core::histogram_bucket(duration_ns);
  ++kernel.histogram_cells.at(core::histogram_cell(which, protocol, index));
  kernel.histogram_cells.at(core::histogram_cell(which, protocol, core::HISTOGRAM_SUM_CELL)) +=
      duration_ns;
}

TEST(MetricsHistogram, BucketsAreCumulativeSumsOfCells) {
  MetricsInput input;
  // By hand: cell 24 begins at 128 us and cell 28 at 256 us, see counters.h.
  const auto cell = [&](std::uint32_t index) -> std::uint64_t& {
    return input.kernel.histogram_cells.at(
        core::histogram_cell(core::HISTOGRAM_REPLY_DELAY, core::PROTOCOL_SMTP, index));
  };
  ASSERT_EQ(core::histogram_bound_us(24), 128U);
  ASSERT_EQ(core::histogram_bound_us(28), 256U);
  cell(0) = 1;
  cell(23) = 2;
  cell(24) = 4;
  cell(27) = 8;
  cell(28) = 16;
  cell(core::HISTOGRAM_BUCKETS - 1) = 32;
  cell(core::HISTOGRAM_SUM_CELL) = 2'500'000'000;
  const MetricsPage page(input);
  EXPECT_EQ(page[bucket("reply_delay", "0.000128")], 1 + 2);
  EXPECT_EQ(page[bucket("reply_delay", "0.000256")], 1 + 2 + 4 + 8);
  EXPECT_EQ(page[bucket("reply_delay", "0.000512")], 1 + 2 + 4 + 8 + 16);
  EXPECT_EQ(page[bucket("reply_delay", "134.217728")], 1 + 2 + 4 + 8 + 16);
  EXPECT_EQ(page[bucket("reply_delay", "+Inf")], 63);
  EXPECT_EQ(page[R"(mxray_reply_delay_seconds_count{protocol="smtp"})"], 63);
  EXPECT_EQ(page[R"(mxray_reply_delay_seconds_sum{protocol="smtp"})"], 2.5);
}

TEST(MetricsHistogram, ARoundTripOf100MillisecondsIsBetweenItsTwoBounds) {
  MetricsInput input;
  observe(input.kernel, 100'800'000);
  const MetricsPage page(input);
  EXPECT_EQ(page[bucket("path_rtt", "0.065536")], 0);
  EXPECT_EQ(page[bucket("path_rtt", "0.131072")], 1);
  EXPECT_DOUBLE_EQ(page[R"(mxray_path_rtt_seconds_sum{protocol="smtp"})"], 0.1008);
}

TEST(MetricsHistogram, EveryDurationIsInTheBucketsAboveItAndInNoOther) {
  for (std::uint64_t power = 7; power <= 27; ++power) {
    const std::uint64_t bound_ns = (std::uint64_t{1} << power) * 1000;
    const auto le = fmt::format("{}", static_cast<double>(bound_ns) / 1e9);
    for (const std::uint64_t duration : {bound_ns - 1, bound_ns + 1}) {
      MetricsInput input;
      observe(input.kernel, duration);
      EXPECT_EQ(MetricsPage(input)[bucket("path_rtt", le)], duration < bound_ns ? 1 : 0)
          << duration << " ns, le " << le;
    }
  }
}

TEST(MetricsHistogram, EachFamilyAndProtocolHasItsOwnCells) {
  MetricsInput input;
  std::uint64_t count = 0;
  for (const auto which :
       {core::HISTOGRAM_PATH_RTT, core::HISTOGRAM_REPLY_DELAY, core::HISTOGRAM_GREETING_DELAY}) {
    for (const auto protocol :
         {core::PROTOCOL_SMTP, core::PROTOCOL_POP3, core::PROTOCOL_IMAP, core::PROTOCOL_OTHER}) {
      input.kernel.histogram_cells.at(core::histogram_cell(which, protocol, 50)) = ++count;
    }
  }
  const MetricsPage page(input);
  double expected = 0;
  for (const char* family : {"path_rtt", "reply_delay", "greeting_delay"}) {
    for (const char* protocol : {"smtp", "pop3", "imap", "other"}) {
      EXPECT_EQ(page[fmt::format(R"(mxray_{}_seconds_count{{protocol="{}"}})", family, protocol)],
                ++expected);
    }
  }
}

}  // namespace
}  // namespace mxray
