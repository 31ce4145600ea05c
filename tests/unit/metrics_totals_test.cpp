// SPDX-License-Identifier: Apache-2.0
// Does each number get to the sample that it belongs to?
#include <gmock/gmock.h>

#include <chrono>

#include "metrics_page.h"

namespace mxray {
namespace {

TEST(Metrics, EveryIncidentKindAndConfidenceIsThereFromZero) {
  const MetricsPage page(MetricsInput{});
  std::size_t found = 0;
  for (const auto& [sample, value] : page.samples()) {
    if (!sample.starts_with("mxray_incidents_total{")) continue;
    EXPECT_EQ(value, 0) << sample;
    ++found;
  }
  EXPECT_EQ(found, kKindCount * kConfidenceCount);
  EXPECT_TRUE(page.has(R"(mxray_incidents_total{kind="ident_stall",confidence="certain"})"));
}

TEST(Metrics, TotalsCarryTheRightLabels) {
  MetricsInput input;
  Totals& totals = input.totals;
  totals.incidents[1][2] = 1;  // forged_reset, certain
  totals.incident_amendments = 2;
  totals.ident_outcomes = {3, 4, 5, 6};
  totals.refusals[core::PROTOCOL_SMTP][1] = 7;
  totals.refusals[core::PROTOCOL_POP3][1] = 8;
  totals.refusals[core::PROTOCOL_SMTP][0] = 9;
  totals.flows_opened[core::PROTOCOL_IMAP] = 10;
  totals.syn_acks_repeated[core::PROTOCOL_SMTP] = 11;
  totals.resets = {12, 13};
  totals.records = 14;
  totals.records_unreadable = 15;
  totals.flows_forgotten = 16;
  totals.refusal_reasons[1][static_cast<std::size_t>(Reason::kBlocklisted)] = 18;
  totals.connections_translated = 19;
  totals.longest_wait_seconds = 20.5;
  totals.latest[1][0] = {"0123456789ab", 21'500'000'000};
  totals.flows[core::PROTOCOL_OTHER][static_cast<std::size_t>(FlowState::kEncrypted)] = 17;
  const MetricsPage page(input);
  EXPECT_EQ(page[R"(mxray_incidents_total{kind="forged_reset",confidence="certain"})"], 1);
  EXPECT_EQ(page["mxray_incident_amendments_total"], 2);
  EXPECT_EQ(page[R"(mxray_ident_queries_total{outcome="dropped"})"], 3);
  EXPECT_EQ(page[R"(mxray_ident_queries_total{outcome="reset"})"], 4);
  EXPECT_EQ(page[R"(mxray_ident_queries_total{outcome="unreachable"})"], 5);
  EXPECT_EQ(page[R"(mxray_ident_queries_total{outcome="answered"})"], 6);
  EXPECT_EQ(page[R"(mxray_refusals_total{protocol="smtp",class="5xx"})"], 7);
  EXPECT_EQ(page[R"(mxray_refusals_total{protocol="pop3",class="5xx"})"], 8);
  EXPECT_EQ(page[R"(mxray_refusals_total{protocol="smtp",class="4xx"})"], 9);
  EXPECT_EQ(page[R"(mxray_flows_opened_total{protocol="imap"})"], 10);
  EXPECT_EQ(page[R"(mxray_syn_acks_repeated_total{protocol="smtp"})"], 11);
  EXPECT_EQ(page[R"(mxray_resets_total{by="client"})"], 12);
  EXPECT_EQ(page[R"(mxray_resets_total{by="server"})"], 13);
  EXPECT_EQ(page["mxray_records_read_total"], 14);
  EXPECT_EQ(page["mxray_records_unreadable_total"], 15);
  EXPECT_EQ(page["mxray_flows_forgotten_total"], 16);
  EXPECT_EQ(page[R"(mxray_flows{protocol="other",state="encrypted"})"], 17);
  EXPECT_EQ(page[R"(mxray_refusals_by_reason_total{server="others",reason="blocklisted"})"], 18);
  EXPECT_EQ(page["mxray_connections_translated_total"], 19);
  EXPECT_EQ(page["mxray_greeting_wait_longest_seconds"], 20.5);
  EXPECT_EQ(page[R"(mxray_incident_last_timestamp_seconds{kind="forged_reset"})"], 21.5);
  EXPECT_EQ(page[R"(mxray_incident_last_timestamp_seconds{kind="rejected"})"], 0);
}

TEST(Metrics, ForgersAreCountedByClassAndHops) {
  MetricsInput input;
  const auto add = [&input](std::optional<std::string> forger_class, std::optional<int> hops) {
    Forgery forgery;
    forgery.forger_class = std::move(forger_class);
    forgery.forger_hops = hops;
    input.totals.forgeries.add(forgery);
  };
  add("simple", 0);
  add("simple", 4);
  add("simple", 5);
  add("simple", 7);
  add("mimic", 255);
  add("constant_window", std::nullopt);
  add(std::nullopt, -3);
  add("a class of the future", 15);
  const MetricsPage page(input);
  EXPECT_EQ(page[R"(mxray_forgeries_total{class="simple",hops="0"})"], 1);
  EXPECT_EQ(page[R"(mxray_forgeries_total{class="simple",hops="4"})"], 1);
  EXPECT_EQ(page[R"(mxray_forgeries_total{class="simple",hops="5-7"})"], 2);
  EXPECT_EQ(page[R"(mxray_forgeries_total{class="mimic",hops="16+"})"], 1);
  EXPECT_EQ(page[R"(mxray_forgeries_total{class="constant_window",hops="unknown"})"], 1);
  EXPECT_EQ(page[R"(mxray_forgeries_total{class="unknown",hops="unknown"})"], 1);
  EXPECT_EQ(page[R"(mxray_forgeries_total{class="unknown",hops="12-15"})"], 1);
}

TEST(Metrics, EveryCounterOfTheCoreIsShownExactlyOnce) {
  MetricsInput input;
  constexpr int kBase = 770'000;  // no other sample has such a value
  for (int i = 0; i < core::COUNTER_COUNT; ++i) {
    input.kernel.counters.at(static_cast<std::size_t>(i)) = static_cast<unsigned>(kBase + i);
  }
  const MetricsPage page(input);
  for (int i = 0; i < core::COUNTER_COUNT; ++i) {
    int shown = 0;
    for (const auto& [sample, value] : page.samples()) shown += value == kBase + i ? 1 : 0;
    EXPECT_EQ(shown, 1) << counter_name(static_cast<core::counter>(i));
  }
}

TEST(Metrics, CountersOfTheCoreCarryTheRightLabels) {
  MetricsInput input;
  auto& counters = input.kernel.counters;
  counters[core::COUNT_MAIL_PACKETS] = 1;
  counters[core::COUNT_MAIL_BYTES] = 2;
  counters[core::COUNT_TUNNEL] = 3;
  counters[core::COUNT_LOST_IDENT] = 4;
  counters[core::COUNT_LOST_DIALOGUE_RECORD] = 5;
  counters[core::COUNT_INCIDENT_RECORDS] = 6;
  counters[core::COUNT_SIGNALS_SUPPRESSED] = 7;
  const MetricsPage page(input);
  EXPECT_EQ(page["mxray_packets_total"], 1);
  EXPECT_EQ(page["mxray_bytes_total"], 2);
  EXPECT_EQ(page[R"(mxray_packets_unreadable_total{cause="tunnel"})"], 3);
  EXPECT_EQ(page[R"(mxray_state_lost_total{table="ident"})"], 4);
  EXPECT_EQ(page[R"(mxray_records_lost_total{ring="dialogue"})"], 5);
  EXPECT_EQ(page[R"(mxray_records_total{ring="incident"})"], 6);
  EXPECT_EQ(page["mxray_signals_suppressed_total"], 7);
}

TEST(Metrics, HooksMapsStoreAndRequestsAreShown) {
  MetricsInput input;
  input.version = "0.1.0";
  input.kernel_release = "6.1.0-9";
  input.kernel.attachments = {{"eth0", "ingress", "xdp_native", "the driver can"},
                              {"ppp0", "egress", "none", "no such device"}};
  input.kernel.maps = {{"flows", 12, 65536}};
  input.kernel.programs = {{"mxray_xdp", 4, 500}};
  input.records_refused = 13;
  input.config = {.successful = false, .success_seconds = 14};
  input.web_config = {.successful = true, .success_seconds = 15};
  input.store.working = true;
  input.store.bytes = 4096;
  input.store.incidents_kept = 3;
  input.store.writes = 5;
  input.store.write_failures = 6;
  input.store.rows_dropped = 7;
  input.store.incidents_deleted = 8;
  input.store.flows_deleted = 9;
  input.http_requests = {{"metrics", 200, 10}, {"other", 404, 11}};
  const MetricsPage page(input);
  EXPECT_EQ(page[R"(mxray_build_info{version="0.1.0",kernel="6.1.0-9"})"], 1);
  EXPECT_EQ(page[R"(mxray_attached{interface="eth0",direction="ingress",hook="xdp_native"})"], 1);
  EXPECT_EQ(page[R"(mxray_attached{interface="ppp0",direction="egress",hook="none"})"], 0);
  EXPECT_EQ(page[R"(mxray_map_entries{map="flows"})"], 12);
  EXPECT_EQ(page[R"(mxray_map_max_entries{map="flows"})"], 65536);
  EXPECT_EQ(page[R"(mxray_program_runs_total{program="mxray_xdp"})"], 4);
  EXPECT_EQ(page[R"(mxray_program_run_seconds_total{program="mxray_xdp"})"], 5e-7);
  EXPECT_EQ(page["mxray_program_statistics_enabled"], 0);
  EXPECT_EQ(page["mxray_records_refused_total"], 13);
  EXPECT_EQ(page["mxray_config_last_reload_successful"], 0);
  EXPECT_EQ(page["mxray_config_last_reload_success_timestamp_seconds"], 14);
  EXPECT_EQ(page["mxray_web_config_last_reload_successful"], 1);
  EXPECT_EQ(page["mxray_web_config_last_reload_success_timestamp_seconds"], 15);
  EXPECT_EQ(page["mxray_store_working"], 1);
  EXPECT_EQ(page["mxray_store_bytes"], 4096);
  EXPECT_EQ(page["mxray_store_incidents"], 3);
  EXPECT_EQ(page["mxray_store_writes_total"], 5);
  EXPECT_EQ(page["mxray_store_write_failures_total"], 6);
  EXPECT_EQ(page["mxray_store_rows_dropped_total"], 7);
  EXPECT_EQ(page[R"(mxray_store_deleted_total{what="incident"})"], 8);
  EXPECT_EQ(page[R"(mxray_store_deleted_total{what="flow"})"], 9);
  EXPECT_EQ(page[R"(mxray_http_requests_total{handler="metrics",code="200"})"], 10);
  EXPECT_EQ(page[R"(mxray_http_requests_total{handler="other",code="404"})"], 11);
}

TEST(Metrics, AHundredThousandFlowsMakeNoLongerAPage) {
  MetricsInput busy;
  busy.totals.flows[core::PROTOCOL_SMTP] = {1000, 98'000, 900, 100};
  busy.totals.flows_opened.fill(1'000'000'000);
  const auto start = std::chrono::steady_clock::now();
  const MetricsPage page(busy);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(100));
  EXPECT_EQ(page.samples().size(), MetricsPage(MetricsInput{}).samples().size());
}

}  // namespace
}  // namespace mxray
