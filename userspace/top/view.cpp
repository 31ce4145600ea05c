// SPDX-License-Identifier: Apache-2.0
#include "top/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/time.h"
#include "format/table.h"
#include "format/uptime.h"
#include "top/explanation.h"
#include "top/panes.h"
#include "top/spark.h"

namespace mxray::top {
namespace {

constexpr std::array kProtocolsShown = {core::PROTOCOL_SMTP, core::PROTOCOL_POP3,
                                        core::PROTOCOL_IMAP, core::PROTOCOL_OTHER};

struct KeyHint {
  const char* key;
  const char* does;
};
// By importance: what does not fit is in the help.
constexpr std::array<KeyHint, 9> kPaneKeys = {{{"q", "quit"},
                                               {"?", "help"},
                                               {"Tab", "pane"},
                                               {"jk", "row"},
                                               {"Enter", "explain"},
                                               {"/", "find"},
                                               {"s", "sort"},
                                               {"p", "pause"},
                                               {"t", "zone"}}};
constexpr std::array<KeyHint, 4> kTextKeys = {
    {{"q", "back"}, {"jk", "scroll"}, {"hl", "left, right"}, {"PgUp PgDn Home End", "farther"}}};
constexpr std::array<KeyHint, 2> kFilterKeys = {{{"Enter", "keep"}, {"Esc", "show all"}}};

template <std::size_t count>
std::vector<Piece> key_line(const std::array<KeyHint, count>& hints, Size size, Letters letters) {
  LineWriter line(size.columns, letters);
  for (const KeyHint& hint : hints) {
    const std::string does = fmt::format(" {}", hint.does);
    const std::size_t gap = line.room() == size.columns ? 0 : 2;
    if (line.room() < gap + std::string_view(hint.key).size() + does.size()) break;
    line.add(std::string(gap, ' ')).add(hint.key, Style::kBold).add(does, Style::kDim);
  }
  return line.done();
}

std::vector<Piece> bottom_line(const Reader& reader, Size size, Letters letters) {
  if (reader.types_filter) {
    LineWriter line(size.columns, letters);
    line.add("/", Style::kBold).add(cut(reader.filter, size.columns / 2, letters, Keep::kEnd));
    line.add("_  ");
    for (const KeyHint& hint : kFilterKeys) {
      line.add(hint.key, Style::kBold).add(fmt::format(" {}  ", hint.does), Style::kDim);
    }
    return line.done();
  }
  if (!reader.note.empty()) {
    return LineWriter(size.columns, letters).add(reader.note, Style::kWarning).done();
  }
  return reader.page == Page::kPanes ? key_line(kPaneKeys, size, letters)
                                     : key_line(kTextKeys, size, letters);
}

std::vector<Piece> title_line(const Observed& observed, const Reader& reader, const Place& place,
                              Size size, Instant now) {
  const std::string clock = fmt::format(" {} {} ", date_and_time(now.wall_ns, reader.zone),
                                        reader.zone == Zone::kLocal ? "local" : "UTC");
  const double later = seconds_since(observed, reader.paused_since, now);
  const std::string daemon = observed.answered
                                 ? fmt::format("mxrayd {} up {}", observed.status.version,
                                               uptime(observed.status.uptime_seconds + later))
                                 : std::string("asking mxrayd ...");
  return LineWriter(size.columns, place.letters)
      .add(cut(fmt::format(" mxray top  {}  {}", place.host, daemon), size.columns - clock.size(),
               place.letters),
           Style::kBar)
      .fill(" ", Style::kBar, clock.size())
      .add(clock, Style::kBar)
      .done();
}

std::vector<Piece> interface_line(const Observed& observed, Size size, Letters letters) {
  LineWriter line(size.columns, letters);
  line.add(" ");
  const std::vector<Attachment>& attachments = observed.status.kernel.attachments;
  for (const std::string& interface : observed.status.interfaces) {
    line.add(" ").add(interface, Style::kBold);
    bool is_attached = false;
    for (const Attachment& attachment : attachments) {
      if (attachment.interface != interface) continue;
      const bool failed = attachment.hook == "none";
      const std::string_view direction = attachment.direction == "ingress" ? "in" : "out";
      line.add(fmt::format(" {} {}", direction, failed ? "NOT WATCHED" : attachment.hook),
               failed ? Style::kAlarm : Style::kPlain);
      is_attached = true;
    }
    if (!is_attached) line.add(" NOT WATCHED", Style::kAlarm);
    line.add(" ");
  }
  return line.done();
}

// `lost_incident_record 40, lost_dialogue_record 2`
std::string losses_by_cause(const KernelStats& kernel) {
  std::string text;
  for (std::size_t i = 0; i < kernel.counters.size(); ++i) {
    const std::string_view name = counter_name(static_cast<core::counter>(i));
    if (kernel.counters[i] == 0 || !name.starts_with("lost_")) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, kernel.counters[i]);
  }
  return text;
}

// The state of things, the worst first; what does not fit is less bad.
std::vector<Piece> state_line(const Observed& observed, const Reader& reader, Size size,
                              Instant now, Letters letters) {
  LineWriter line(size.columns, letters);
  const auto clock = [&](const Instant& time) {
    return date_and_time(time.wall_ns, reader.zone).substr(11);
  };
  if (observed.silent_since) {
    const std::uint64_t since = observed.silent_since->steady_ns;
    const std::uint64_t seconds =
        now.steady_ns > since ? (now.steady_ns - since) / 1'000'000'000 : 0;
    line.add("  ").add(fmt::format("NO ANSWER since {}, {} s; asking again each second: {}",
                                   clock(*observed.silent_since), seconds, observed.problem),
                       Style::kAlarm);
  }
  if (reader.paused_since) {
    line.add("  ").add(fmt::format("PAUSED at {}", clock(*reader.paused_since)), Style::kWarning);
  }
  if (!reader.filter.empty()) {
    line.add("  ").add(fmt::format("only with '{}'", reader.filter), Style::kWarning);
  }
  if (!observed.answered) return line.done();
  const DaemonStatus& status = observed.status;
  if (status.records_lost > 0) {
    const std::string causes = losses_by_cause(status.kernel);
    line.add("  ").add(
        fmt::format("{} records LOST{}{}", status.records_lost, causes.empty() ? "" : ": ", causes),
        Style::kAlarm);
  }
  if (status.store.state == "degraded") {
    line.add("  ").add("store degraded: " + status.store.detail, Style::kWarning);
  }
  for (const std::string& sentence : sentences(status.reload_problems)) {
    line.add("  ").add(sentence, Style::kWarning);
  }
  if (status.records_lost == 0) {
    line.add("  ").add(fmt::format("{} records read, none lost", status.totals.records),
                       Style::kGood);
  }
  return line.done();
}

void draw_flow_table(Picture& picture, const Observed& observed, Size size, Letters letters) {
  constexpr std::size_t kColumn = 10;
  LineWriter head(size.columns, letters);
  head.cell("  flows", 9, Style::kDim);
  for (std::size_t state = 0; state < kFlowStateCount; ++state) {
    head.add(fmt::format("{:>{}}", name_of(static_cast<FlowState>(state)), kColumn), Style::kDim);
  }
  head.add(fmt::format("{:>{}}", "opened/s", kColumn), Style::kDim);
  const auto& rates = observed.opened_rates;
  const double most = rates.empty() ? 0 : *std::max_element(rates.begin(), rates.end());
  const std::size_t room = head.room() > 2 ? head.room() - 2 : 0;
  head.add("  ").add(
      cut(spark({rates.begin(), rates.end()}, 0, most, letters), room, letters, Keep::kEnd));
  picture.push_back(head.done());
  for (const core::protocol protocol : kProtocolsShown) {
    const auto& counts = observed.status.totals.flows[protocol];
    const bool any = std::any_of(counts.begin(), counts.end(), [](auto n) { return n > 0; });
    if (protocol == core::PROTOCOL_OTHER && !any) continue;  // rare
    LineWriter line(size.columns, letters);
    line.cell(fmt::format("  {}", name_of(protocol)), 9);
    for (const std::uint64_t count : counts) {
      line.add(fmt::format("{:>{}}", count, kColumn), count > 0 ? Style::kPlain : Style::kDim);
    }
    line.add(fmt::format("{:>{}.1f}", observed.opened_rate[protocol], kColumn));
    picture.push_back(line.done());
  }
}

// The pane that has the reader's attention gets half of the rows.
void draw_panes(Picture& picture, const Observed& observed, const Reader& reader, Size size,
                Instant now, Letters letters) {
  const std::size_t rows = size.rows - 1 - picture.size() - kPaneCount;
  const std::size_t small = std::max<std::size_t>(rows / 4, 1);
  for (std::size_t i = 0; i < kPaneCount; ++i) {
    const auto pane = static_cast<Pane>(i);
    const std::size_t height = pane == reader.pane ? rows - (kPaneCount - 1) * small : small;
    draw_pane(picture, pane, observed, reader, now, letters, size, height);
  }
}

Picture too_small(Size size, Letters letters) {
  const std::string text = wrap(
      fmt::format("mxray top needs {} x {}; this terminal has {} x {}. Enlarge it, or q quits.",
                  kLeastSize.columns, kLeastSize.rows, size.columns, size.rows),
      size.columns);
  Picture picture;
  for (std::size_t start = 0; start < text.size() && picture.size() < size.rows;) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    picture.push_back(
        LineWriter(size.columns, letters).add(text.substr(start, end - start)).done());
    start = end + 1;
  }
  picture.resize(size.rows);
  return picture;
}

}  // namespace

Picture draw(const Observed& observed, const Reader& reader, const Place& place, Size size,
             Instant now) {
  if (is_too_small(size)) return too_small(size, place.letters);
  if (reader.paused_since) now = {reader.paused_since->wall_ns, reader.paused_since->steady_ns};
  Picture picture;
  if (reader.page == Page::kPanes) {
    picture.push_back(title_line(observed, reader, place, size, now));
    picture.push_back(interface_line(observed, size, place.letters));
    picture.push_back(state_line(observed, reader, size, now, place.letters));
    draw_flow_table(picture, observed, size, place.letters);
    draw_panes(picture, observed, reader, size, now, place.letters);
  } else {
    draw_long_text(picture, reader, size, size.rows - 1, place.letters);
  }
  picture.push_back(bottom_line(reader, size, place.letters));
  return picture;
}

}  // namespace mxray::top
