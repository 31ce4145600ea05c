// SPDX-License-Identifier: Apache-2.0
#include "format/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time.h"
#include "format/packet_cells.h"
#include "format/table.h"

namespace mxray {
namespace {

// What a terminal must have for the packet table with its payload column, and
// with the sequence numbers; what has no room goes beneath its row.
constexpr int kWidthForPayload = 130;
constexpr int kWidthForSequence = 104;

Colour colour_of(Confidence confidence) {
  return confidence == Confidence::kPossible ? Colour::kYellow : Colour::kRed;
}

std::string heading(std::string_view text, bool colour) {
  return "\n" + paint(text, Colour::kBold, colour) + "\n";
}

std::string headline(const Incident& incident, const ExplainOptions& options) {
  const std::string what = fmt::format("{} ({}, score {:.1f})", name_of(incident.kind),
                                       name_of(incident.confidence), incident.score);
  std::string out =
      fmt::format("{}  {}{}\n", paint(what, colour_of(incident.confidence), options.colour),
                  printable(incident.id), incident.ongoing ? "  still going on" : "");
  out += wrap(incident.summary, static_cast<std::size_t>(options.width));
  std::string where = fmt::format("{}  {} -> {}", timestamp(incident.time_ns, options.zone),
                                  to_string(incident.client), to_string(incident.server));
  if (incident.inside_client) {
    where +=
        fmt::format("  ({}: {})", incident.kind == Kind::kSourceMasked ? "before NAT" : "inside",
                    to_string(*incident.inside_client));
  }
  if (incident.protocol != core::PROTOCOL_NONE) {
    where += fmt::format("  {}", name_of(incident.protocol));
  }
  if (!incident.interface.empty()) where += fmt::format(" on {}", printable(incident.interface));
  return out + wrap(where, static_cast<std::size_t>(options.width));
}

Table packet_table(const std::vector<PacketRow>& packets, std::uint64_t minute, int width) {
  const bool payload_column = width == 0 || width >= kWidthForPayload;
  const bool sequence_columns = width == 0 || width >= kWidthForSequence;
  Table table;
  table.add_column("");
  table.add_column("time", Table::Align::kRight);
  table.add_column("from");
  table.add_column("packet");
  table.add_column("TTL", Table::Align::kRight);
  table.add_column("IP ID", Table::Align::kRight);
  table.add_column("DF");
  table.add_column("options");
  table.add_column("window", Table::Align::kRight);
  if (sequence_columns) table.add_column("bytes", Table::Align::kRight);
  if (sequence_columns) table.add_column("seq");
  if (sequence_columns) table.add_column("ack");
  if (payload_column) table.add_column("payload");
  for (const PacketRow& packet : packets) {
    const PacketCells all = cells_of(packet, minute);
    std::vector<std::string> cells = {all.mark,  all.time,     all.from,    all.packet, all.ttl,
                                      all.ip_id, all.fragment, all.options, all.window};
    std::string note;
    if (sequence_columns) {
      cells.insert(cells.end(), {all.bytes, all.seq, all.ack});
    } else if (all.seq != "-") {
      note = fmt::format("seq {} ack {}, {} bytes  ", all.seq, all.ack, all.bytes);
    }
    (payload_column ? cells.emplace_back() : note) += all.payload;
    table.add_row(std::move(cells), packet.suspect ? Colour::kRed : Colour::kNone, note);
  }
  return table;
}

std::string packets(const Incident& incident, const ExplainOptions& options) {
  if (incident.packets.empty()) return {};
  const std::uint64_t minute = minute_of(incident.packets);
  const Table table = packet_table(incident.packets, minute, options.width);
  const bool any_suspect = std::any_of(incident.packets.begin(), incident.packets.end(),
                                       [](const PacketRow& packet) { return packet.suspect; });
  const std::string start = date_and_time(minute, options.zone).substr(0, 16);
  return heading(fmt::format("Packets, in seconds after {} {}{}", start,
                             zone_name(minute, options.zone),
                             any_suspect ? "; ! marks the suspect ones" : ""),
                 options.colour) +
         table.render(options.colour, options.width);
}

std::string reasons(const Incident& incident, const ExplainOptions& options) {
  if (incident.evidence.empty()) return {};
  Table table;
  table.add_column("signal");
  table.add_column("weight", Table::Align::kRight);
  table.add_column("seen");
  table.add_column("expected", Table::Align::kText);
  for (const Evidence& evidence : incident.evidence) {
    table.add_row({evidence.signal,
                   evidence.weight == 0 ? "" : fmt::format("{:+.1f}", evidence.weight),
                   evidence.seen, evidence.expected});
  }
  return heading("Why (weight: +1 makes it ten times likelier, the score is their sum)",
                 options.colour) +
         table.render(options.colour, options.width);
}

std::string waiting(const Incident& incident, const ExplainOptions& options) {
  if (!incident.waiting) return {};
  const Waiting& parts = *incident.waiting;
  Table table;
  table.add_column("waited for");
  table.add_column("seconds", Table::Align::kRight);
  const auto add = [&table](const char* name, const std::optional<double>& seconds) {
    if (seconds) table.add_row({name, fmt::format("{:.3f}", *seconds)});
  };
  add("handshake", parts.handshake);
  add("repeated SYN-ACK", parts.repeated_synack);
  add("ident (TCP port 113)", parts.ident);
  add("the server itself", parts.rest);
  add("greeting, in all", parts.greeting_delay_seconds);
  if (table.empty()) return {};
  return heading("Where the time went", options.colour) + table.render(options.colour);
}

}  // namespace

std::string explain(const Incident& incident, ExplainOptions options) {
  options.width = std::max(options.width, 0);
  std::string out = headline(incident, options) + packets(incident, options) +
                    waiting(incident, options) + reasons(incident, options);
  if (!incident.remedy.empty()) {
    out += heading("What to do", options.colour) +
           wrap_advice(incident.remedy, static_cast<std::size_t>(options.width));
  }
  if (!options.where.empty()) {
    out += heading("Where", options.colour) +
           wrap(options.where, static_cast<std::size_t>(options.width));
  }
  return out;
}

std::string one_line(const Incident& incident, Zone zone) {
  return fmt::format("{} {} {} {} {}{}", timestamp(incident.time_ns, zone),
                     name_of(incident.confidence), name_of(incident.kind), printable(incident.id),
                     printable(incident.summary), incident.ongoing ? " (still going on)" : "");
}

}  // namespace mxray
