// SPDX-License-Identifier: Apache-2.0
#include "top/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "top/spark.h"

namespace mxray::top {
namespace {

constexpr double kWorthANote = 1;  // seconds; healthy servers greet sooner

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string text_of(const std::optional<Endpoint>& endpoint) {
  return endpoint ? to_string(*endpoint) : std::string();
}

std::string wait_in_words(double seconds) {
  if (seconds < 100) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(seconds);
  return fmt::format("{} min {:02} s", whole / 60, whole % 60);
}

std::string ident_in_words(const FlowView& flow) {
  if (flow.ident_queries == 0 && !flow.ident_outcome) return "no ident query";
  return fmt::format("{} ident {}", flow.ident_queries, flow.ident_outcome.value_or("unanswered"));
}

template <typename Item, typename Before>
void sort_by(std::vector<const Item*>& items, Before before) {
  std::stable_sort(items.begin(), items.end(),
                   [&](const Item* a, const Item* b) { return before(*a, *b); });
}

template <typename Items>
auto pointers_to(const Items& items) {
  std::vector<const typename Items::value_type*> pointers;
  for (const auto& item : items) pointers.push_back(&item);
  return pointers;
}

// Below are: wait, protocol, client, server, ident.
std::vector<Row> waiting_rows(const Observed& observed, const Reader& reader, double later) {
  auto flows = pointers_to(observed.waiting);
  std::erase_if(flows, [](const FlowView* flow) { return !flow->waiting_seconds; });
  sort_by(flows, [](const FlowView& a, const FlowView& b) {
    return *a.waiting_seconds > *b.waiting_seconds;
  });
  switch (reader.orders[static_cast<std::size_t>(Pane::kWaiting)]) {
    case 1:
      sort_by(flows, [](const FlowView& a, const FlowView& b) {
        return to_string(a.server) < to_string(b.server);
      });
      break;
    case 2:
      sort_by(flows, [](const FlowView& a, const FlowView& b) {
        return to_string(a.inside_client.value_or(a.client)) <
               to_string(b.inside_client.value_or(b.client));
      });
      break;
    default: break;
  }
  std::vector<Row> rows;
  for (const FlowView* flow : flows) {
    const double waits = *flow->waiting_seconds + later;
    Row& row = rows.emplace_back();
    row.key =
        fmt::format("{} {} {}", to_string(flow->client), to_string(flow->server), flow->opened_ns);
    row.cells = {wait_in_words(waits), std::string(name_of(flow->protocol)),
                 to_string(flow->inside_client.value_or(flow->client)), to_string(flow->server),
                 ident_in_words(*flow)};
    row.search = fmt::format("{} {} {}", to_string(flow->client), text_of(flow->published_server),
                             flow->interface);
    if (!flow->incidents.empty()) row.incident = flow->incidents.back();
    row.style = !row.incident.empty()  ? Style::kAlarm
                : waits >= kWorthANote ? Style::kWarning
                                       : Style::kPlain;
  }
  return rows;
}

// Of today the time only.
std::string short_time(std::uint64_t wall_ns, Instant now, Zone zone) {
  const std::string then = date_and_time(wall_ns, zone);
  const std::string today = date_and_time(now.wall_ns, zone);
  return then.substr(0, 10) == today.substr(0, 10) ? then.substr(11) : then.substr(5, 11);
}

// Without the kind at its start, which has a column of its own.
std::string_view summary_of(const Incident& incident) {
  std::string words(name_of(incident.kind));
  std::replace(words.begin(), words.end(), '_', ' ');
  const std::string_view summary = incident.summary;
  return summary.starts_with(words + ": ") ? summary.substr(words.size() + 2) : summary;
}

// Below are: time, kind, confidence, summary.
std::vector<Row> incident_rows(const Observed& observed, const Reader& reader, Instant now) {
  auto incidents = pointers_to(observed.incidents);
  switch (reader.orders[static_cast<std::size_t>(Pane::kIncidents)]) {
    case 1:
      sort_by(incidents,
              [](const Incident& a, const Incident& b) { return a.confidence > b.confidence; });
      break;
    case 2:
      sort_by(incidents, [](const Incident& a, const Incident& b) {
        return name_of(a.kind) < name_of(b.kind);
      });
      break;
    default: break;
  }
  std::vector<Row> rows;
  for (const Incident* incident : incidents) {
    Row& row = rows.emplace_back();
    row.key = row.incident = incident->id;
    row.cells = {short_time(incident->time_ns, now, reader.zone),
                 std::string(name_of(incident->kind)), std::string(name_of(incident->confidence)),
                 fmt::format("{}{}", incident->ongoing ? "(goes on) " : "", summary_of(*incident))};
    row.search = fmt::format("{} {} {} {} {} {}", incident->id, name_of(incident->protocol),
                             incident->interface, to_string(incident->client),
                             to_string(incident->server), text_of(incident->inside_client));
    row.style = incident->confidence == Confidence::kPossible ? Style::kWarning : Style::kAlarm;
  }
  return rows;
}

// Unknown ones lowest.
double latest_rtt(const ServerTrend& trend) { return trend.samples.back().rtt_ms.value_or(-1); }
int latest_hops(const ServerTrend& trend) { return trend.samples.back().hops.value_or(-1); }

// From 0, so that twice the round trip is twice the bar.
std::string rtt_bars(const ServerTrend& trend, Letters letters) {
  std::vector<double> values;
  for (const TrendSample& sample : trend.samples) {
    if (sample.rtt_ms) values.push_back(*sample.rtt_ms);
  }
  const double most = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  return spark(values, 0, most, letters);
}

// From the least, one bar higher for one hop more: a route's changes are that small.
std::string hop_bars(const ServerTrend& trend, Letters letters) {
  std::vector<double> values;
  for (const TrendSample& sample : trend.samples) {
    if (sample.hops) values.push_back(*sample.hops);
  }
  const double least = values.empty() ? 0 : *std::min_element(values.begin(), values.end());
  return spark(values, least, least + 7, letters);
}

// Below are: server, connections, round trip, its bars, hops, their bars.
std::vector<Row> server_rows(const Observed& observed, const Reader& reader, Letters letters) {
  auto servers = pointers_to(observed.servers.all());
  switch (reader.orders[static_cast<std::size_t>(Pane::kServers)]) {
    case 1:
      sort_by(servers, [](const ServerTrend& a, const ServerTrend& b) {
        return latest_hops(a) > latest_hops(b);
      });
      break;
    case 2:
      sort_by(servers, [](const ServerTrend& a, const ServerTrend& b) {
        return a.samples.back().opened_ns > b.samples.back().opened_ns;
      });
      break;
    default:
      sort_by(servers, [](const ServerTrend& a, const ServerTrend& b) {
        return latest_rtt(a) > latest_rtt(b);
      });
  }
  std::vector<Row> rows;
  for (const ServerTrend* trend : servers) {
    const TrendSample& latest = trend->samples.back();
    Row& row = rows.emplace_back();
    row.key = to_string(trend->server);
    row.cells = {row.key,
                 fmt::format("{} seen", trend->connections),
                 latest.rtt_ms ? fmt::format("{:.1f} ms", *latest.rtt_ms) : "- ms",
                 rtt_bars(*trend, letters),
                 latest.hops ? fmt::format("{} hops", *latest.hops) : "- hops",
                 hop_bars(*trend, letters)};
  }
  return rows;
}

bool passes(const Row& row, const std::string& wanted) {
  if (wanted.empty() || lower(row.search).find(wanted) != std::string::npos) return true;
  return std::any_of(row.cells.begin(), row.cells.end(), [&](const std::string& cell) {
    return lower(cell).find(wanted) != std::string::npos;
  });
}

}  // namespace

const std::vector<std::string>& orders_of(Pane pane) {
  static const std::array<std::vector<std::string>, kPaneCount> orders = {{
      {"longest first", "by server", "by client"},
      {"latest first", "surest first", "by kind"},
      {"longest round trip first", "farthest first", "latest first"},
  }};
  return orders[static_cast<std::size_t>(pane)];
}

std::vector<Row> rows_of(Pane pane, const Observed& observed, const Reader& reader, Instant now,
                         Letters letters) {
  std::vector<Row> rows;
  switch (pane) {
    case Pane::kWaiting:
      rows = waiting_rows(observed, reader, seconds_since(observed, reader.paused_since, now));
      break;
    case Pane::kIncidents: rows = incident_rows(observed, reader, now); break;
    case Pane::kServers: rows = server_rows(observed, reader, letters); break;
  }
  const std::string wanted = lower(reader.filter);
  std::erase_if(rows, [&](const Row& row) { return !passes(row, wanted); });
  return rows;
}

std::size_t selected_in(const std::vector<Row>& rows, const Cursor& cursor) {
  if (rows.empty() || cursor.key.empty()) return 0;
  const auto same =
      std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.key == cursor.key; });
  if (same != rows.end()) return static_cast<std::size_t>(same - rows.begin());
  return std::min(cursor.index, rows.size() - 1);
}

}  // namespace mxray::top
