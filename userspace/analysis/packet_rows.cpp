// SPDX-License-Identifier: Apache-2.0
#include "analysis/packet_rows.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <utility>

#include "analysis/record_view.h"

namespace mxray {
namespace {

constexpr std::size_t kMaxRows = 64;
constexpr std::size_t kFirstRows = 8;

std::string option_names(std::uint8_t options) {
  constexpr std::array<std::pair<core::tcp_option, std::string_view>, 7> kNames = {
      {{core::OPTION_MSS, "MSS"},
       {core::OPTION_SACK_PERMITTED, "SACK-ok"},
       {core::OPTION_SACK, "SACK"},
       {core::OPTION_TIMESTAMPS, "TS"},
       {core::OPTION_WINDOW_SCALE, "WS"},
       {core::OPTION_OTHER, "other"},
       {core::OPTION_MALFORMED, "malformed"}}};
  std::string text;
  for (const auto& [bit, name] : kNames) {
    if ((options & bit) == 0) continue;
    if (!text.empty()) text += ' ';
    text += name;
  }
  return text;
}

std::string kind_of(const core::segment& segment) {
  const unsigned flags = segment.tcp_flags;
  std::string kind;
  if ((flags & core::TCP_FLAG_SYN) != 0) {
    kind = (flags & core::TCP_FLAG_ACK) != 0 ? "SYN-ACK" : "SYN";
  } else if ((flags & core::TCP_FLAG_RST) != 0) {
    kind = (flags & core::TCP_FLAG_ACK) != 0 ? "RST-ACK" : "RST";
  } else if (segment.length > 0) {
    kind = (flags & core::TCP_FLAG_FIN) != 0 ? "data+FIN" : "data";
  } else {
    kind = (flags & core::TCP_FLAG_FIN) != 0 ? "FIN" : "ACK";
  }
  if ((segment.traits & core::TRAIT_RETRANSMITTED) != 0) kind += " again";
  return kind;
}

PacketRow row_of(const core::segment& segment, core::protocol protocol, bool from_server) {
  PacketRow row;
  row.time_ns = segment.time_ns;
  row.from_server = from_server;
  row.suspect = (segment.traits & core::TRAIT_SUSPECT) != 0;
  row.what = kind_of(segment);
  row.seq = segment.seq;
  row.ack = segment.ack;
  row.length = segment.length;
  row.digest = segment.digest;
  row.ip_id = segment.ip_id;
  row.window = segment.window;
  row.ttl = segment.ttl;
  row.dont_fragment = (segment.traits & core::TRAIT_DONT_FRAGMENT) != 0;
  row.ipv6 = (segment.traits & core::TRAIT_IPV6) != 0;
  row.options = option_names(segment.options);
  row.text = shown_text(segment, protocol, from_server);
  return row;
}

auto identity(const PacketRow& row) {
  return std::tie(row.time_ns, row.from_server, row.seq, row.length, row.ack, row.ttl);
}

}  // namespace

std::vector<PacketRow> packet_rows(const core::record_signal& record) {
  const auto protocol = static_cast<core::protocol>(record.header.protocol);
  std::vector<PacketRow> rows;
  const auto add = [&](const core::segment& segment, bool from_server) {
    if (segment.time_ns != 0) rows.push_back(row_of(segment, protocol, from_server));
  };
  const auto add_side = [&](const core::signal_side& side, bool from_server) {
    for (const core::segment& segment : side.first) add(segment, from_server);
    for (const core::segment& segment : side.recent) add(segment, from_server);
  };
  add_side(record.client, false);
  add_side(record.server, true);
  const bool from_server = record.from_server != 0;
  const bool other_from_server =
      record.reason == core::REASON_ACCEPTED ? !from_server : from_server;
  add(record.other, other_from_server);
  add(record.current, from_server);
  if (record.text_length > 0 && !rows.empty()) rows.back().text = reply_text(record);
  std::vector<PacketRow> merged;
  merge_rows(merged, std::move(rows));
  return merged;
}

bool is_row_of(const PacketRow& row, const core::segment& segment) {
  return row.seq == segment.seq && row.length == segment.length && row.digest == segment.digest &&
         row.ttl == segment.ttl && row.ip_id == segment.ip_id;
}

PacketRow ident_row(const core::record_ident& record) {
  PacketRow row;
  row.time_ns = record.header.time_ns;
  row.ttl = record.ttl;
  row.ipv6 = !is_ipv4(record.header.flow.server);
  switch (record.event) {
    case core::IDENT_QUERY: row.what = "ident SYN"; break;
    case core::IDENT_REPEATED: row.what = "ident SYN again"; break;
    case core::IDENT_RESET: row.what = "ident RST"; break;
    case core::IDENT_UNREACHABLE: row.what = "ICMP unreachable"; break;
    default: row.what = "ident SYN-ACK"; break;
  }
  row.from_server = record.event == core::IDENT_QUERY || record.event == core::IDENT_REPEATED;
  row.text = "port 113 of " + to_string(record.header.flow.server);
  return row;
}

void merge_rows(std::vector<PacketRow>& rows, std::vector<PacketRow> more) {
  rows.insert(rows.end(), std::make_move_iterator(more.begin()),
              std::make_move_iterator(more.end()));
  std::stable_sort(rows.begin(), rows.end(), [](const PacketRow& a, const PacketRow& b) {
    return identity(a) < identity(b);
  });
  std::vector<PacketRow> once;
  for (PacketRow& row : rows) {
    if (!once.empty() && identity(once.back()) == identity(row)) {
      once.back().suspect = once.back().suspect || row.suspect;
      if (row.text.size() > once.back().text.size()) once.back().text = std::move(row.text);
      continue;
    }
    once.push_back(std::move(row));
  }
  if (once.size() > kMaxRows) {
    const auto excess = static_cast<std::ptrdiff_t>(once.size() - kMaxRows);
    once.erase(once.begin() + kFirstRows, once.begin() + kFirstRows + excess);
  }
  rows = std::move(once);
}

}  // namespace mxray
