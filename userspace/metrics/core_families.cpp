// SPDX-License-Identifier: Apache-2.0
// What did the core count, and where does it run? The table below says which
// sample each counter of bpf/counters.h becomes.
#include <string_view>

#include "metrics/subjects.h"

namespace mxray {
namespace {

/// One sample. Neighbours of one name are one family; `help` is the first one's.
struct CounterSample {
  core::counter counter;
  std::string_view name;
  std::string_view label;
  std::string_view value;
  std::string_view help;
};

constexpr std::string_view kPackets = "mxray_packets_total";
constexpr std::string_view kBytes = "mxray_bytes_total";
constexpr std::string_view kUnreadable = "mxray_packets_unreadable_total";
constexpr std::string_view kStateLost = "mxray_state_lost_total";
constexpr std::string_view kEvicted = "mxray_evidence_evicted_total";
constexpr std::string_view kRecords = "mxray_records_total";
constexpr std::string_view kRecordsLost = "mxray_records_lost_total";
constexpr std::string_view kSuppressed = "mxray_signals_suppressed_total";
constexpr std::string_view kAttempts = "mxray_attempts_suppressed_total";
constexpr std::string_view kUnproven = "mxray_unproven_suppressed_total";
constexpr std::string_view kSyns = "mxray_syn_packets_total";
constexpr std::string_view kFlowEvents = "mxray_flow_events_total";
constexpr std::string_view kResets = "mxray_reset_packets_total";
constexpr std::string_view kIdent = "mxray_ident_syn_packets_total";

constexpr CounterSample kSamples[] = {
    {core::COUNT_MAIL_PACKETS, kPackets, "", "", "Packets of watched ports that were tracked."},
    {core::COUNT_MAIL_BYTES, kBytes, "", "", "TCP stream bytes of the tracked packets."},
    {core::COUNT_MALFORMED_LINK, kUnreadable, "cause", "malformed_link",
     "Packets passed on without a judgement, by what could not be read."},
    {core::COUNT_MALFORMED_IP, kUnreadable, "cause", "malformed_ip", ""},
    {core::COUNT_MALFORMED_TCP, kUnreadable, "cause", "malformed_tcp", ""},
    {core::COUNT_MALFORMED_OPTIONS, kUnreadable, "cause", "malformed_options", ""},
    {core::COUNT_FRAGMENT, kUnreadable, "cause", "fragment", ""},
    {core::COUNT_TUNNEL, kUnreadable, "cause", "tunnel", ""},
    {core::COUNT_LOST_HALF_OPEN, kStateLost, "table", "half_open",
     "State that a table of the core refused, by table."},
    {core::COUNT_LOST_FLOW, kStateLost, "table", "flow", ""},
    {core::COUNT_LOST_EVIDENCE, kStateLost, "table", "evidence", ""},
    {core::COUNT_LOST_IDENT, kStateLost, "table", "ident", ""},
    {core::COUNT_LOST_LOOKUP, kStateLost, "table", "lookup", ""},
    {core::COUNT_EVIDENCE_EVICTED, kEvicted, "", "",
     "Live flows whose evidence had been pushed out by others."},
    {core::COUNT_INCIDENT_RECORDS, kRecords, "ring", "incident",
     "Records handed over by the core, by ring buffer."},
    {core::COUNT_DIALOGUE_RECORDS, kRecords, "ring", "dialogue", ""},
    {core::COUNT_LOST_INCIDENT_RECORD, kRecordsLost, "ring", "incident",
     "Records lost because a ring buffer was full, by ring buffer."},
    {core::COUNT_LOST_DIALOGUE_RECORD, kRecordsLost, "ring", "dialogue", ""},
    {core::COUNT_SIGNALS_SUPPRESSED, kSuppressed, "", "",
     "Signals past the cap of one flow, not handed over."},
    {core::COUNT_ATTEMPTS_SUPPRESSED, kAttempts, "", "",
     "Attempts without a connection past the cap of a second, not handed over."},
    {core::COUNT_UNPROVEN_SUPPRESSED, kUnproven, "", "",
     "Packets of unknown connections past the cap of a second, which opened none."},
    {core::COUNT_SYN, kSyns, "attempt", "first", "SYN packets to watched ports, by attempt."},
    {core::COUNT_SYN_REPEATED, kSyns, "attempt", "repeated", ""},
    {core::COUNT_FLOW_OPENED, kFlowEvents, "event", "opened",
     "Flows that the core began to track by a handshake or in midstream, or saw closed."},
    {core::COUNT_FLOW_MIDSTREAM, kFlowEvents, "event", "midstream", ""},
    {core::COUNT_FLOW_CLOSED, kFlowEvents, "event", "closed", ""},
    {core::COUNT_RESET, kResets, "", "", "TCP reset packets of tracked flows."},
    {core::COUNT_IDENT_QUERY, kIdent, "mail", "yes",
     "SYN packets to port 113, by whether a mail flow waits on them."},
    {core::COUNT_IDENT_UNRELATED, kIdent, "mail", "no", ""},
};

void add_counters(const KernelStats& kernel, Families& families) {
  for (const CounterSample& sample : kSamples) {
    if (families.empty() || families.back().name != sample.name) {
      families.push_back(counter(std::string(sample.name), std::string(sample.help)));
    }
    Labels labels;
    if (!sample.label.empty()) labels.emplace_back(sample.label, sample.value);
    add(families.back(), labels, kernel.counters.at(sample.counter));
  }
}

}  // namespace

void add_core_families(const KernelStats& kernel, Families& families) {
  add_counters(kernel, families);

  auto entries = gauge("mxray_map_entries", "Entries in a map of the core; 0 if unknown.");
  auto max_entries = gauge("mxray_map_max_entries", "Entries that a map of the core can hold.");
  for (const MapFill& map : kernel.maps) {
    add(entries, {{"map", map.name}}, map.entries);
    add(max_entries, {{"map", map.name}}, map.capacity);
  }
  auto attached = gauge("mxray_attached",
                        "1 if a program watches this direction of an interface, 0 if none could.");
  for (const Attachment& attachment : kernel.attachments) {
    add(attached,
        {{"interface", attachment.interface},
         {"direction", attachment.direction},
         {"hook", attachment.hook}},
        attachment.hook == "none" ? 0.0 : 1.0);
  }
  auto runs = counter("mxray_program_runs_total",
                      "Runs of a BPF program, over all hooks; counted only while measured.");
  auto run_time = counter("mxray_program_run_seconds_total",
                          "Time spent in a BPF program, over all hooks; only while measured.");
  for (const ProgramRuns& program : kernel.programs) {
    add(runs, {{"program", program.name}}, program.runs);
    add(run_time, {{"program", program.name}}, static_cast<double>(program.run_ns) / 1e9);
  }
  families.push_back(with(gauge("mxray_program_statistics_enabled",
                                "1 while the kernel measures its BPF programs, else 0."),
                          kernel.programs_measured ? 1.0 : 0.0));
  for (auto* family : {&entries, &max_entries, &attached, &runs, &run_time}) {
    families.push_back(std::move(*family));
  }
}

}  // namespace mxray
