// SPDX-License-Identifier: Apache-2.0
// What do an incident's numbers look like? A forged packet's TTL beside the server's,
// its delay beside the round trip, the parts of a wait.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/hops.h"
#include "report/plot.h"
#include "report/sections.h"
#include "report/words.h"

namespace mxray {
namespace {

using plot::Scale;

constexpr std::size_t kMostMarks = 200;
constexpr std::size_t kMostBars = 12;

double since(std::uint64_t start_ns, std::uint64_t time_ns) {
  return time_ns < start_ns ? 0 : static_cast<double>(time_ns - start_ns) / 1e9;
}

// A TTL is one byte; whatever else is written in a file or by a daemon is none.
bool is_distance(std::optional<int> hops) { return hops && *hops >= 0 && *hops <= 255; }

std::string hops_in_words(int ttl) {
  const int hops = hops_of(static_cast<std::uint8_t>(ttl));
  return fmt::format("{} hop{}", hops, hops == 1 ? "" : "s");
}

// The packets of the end in whose name was forged.
std::vector<const PacketRow*> packets_of_victim(const Incident& incident) {
  const bool client = incident.forgery && incident.forgery->impersonated == "client";
  std::vector<const PacketRow*> packets;
  for (const PacketRow& packet : incident.packets) {
    if (packet.from_server != client && !packet.what.starts_with("ident") &&
        packet.what != "ICMP unreachable" && packets.size() < kMostMarks) {
      packets.push_back(&packet);
    }
  }
  return packets;
}

struct Part {
  const char* name;
  Literal look;
  std::optional<double> Waiting::*seconds;
};

constexpr std::array<Part, 4> kParts = {
    {{"handshake", "part-handshake", &Waiting::handshake},
     {"repeated SYN-ACK", "part-synack", &Waiting::repeated_synack},
     {"ident (TCP port 113)", "part-ident", &Waiting::ident},
     {"the server itself", "part-rest", &Waiting::rest}}};

double total_of(const Waiting& waiting) {
  double total = 0;
  for (const Part& part : kParts) total += std::max(0.0, (waiting.*part.seconds).value_or(0));
  return std::max(total, waiting.greeting_delay_seconds.value_or(0));
}

Html legend() {
  Html items;
  for (const Part& part : kParts) {
    items += element("span", {{"class", "key " + std::string(part.look.text())}}, Html()) +
             element("span", {{"class", "key-name"}}, part.name);
  }
  return element("p", {{"class", "legend"}}, items);
}

}  // namespace

Html ttl_picture(const Incident& incident) {
  if (!is_forgery(incident.kind)) return {};
  const auto packets = packets_of_victim(incident);
  const bool any = std::any_of(packets.begin(), packets.end(),
                               [](const PacketRow* packet) { return packet->suspect; });
  if (packets.size() < 2 || !any) return {};
  const auto ends =
      std::minmax_element(packets.begin(), packets.end(),
                          [](const PacketRow* a, const PacketRow* b) { return a->ttl < b->ttl; });
  const int least = (*ends.first)->ttl, most = (*ends.second)->ttl;
  const std::uint64_t start = packets.front()->time_ns;
  const Scale time(0, std::max(since(start, packets.back()->time_ns), 0.001));
  const double extent = std::max(1, most - least);
  constexpr double kTop = 30;
  constexpr double kBottom = 130;
  const auto y_of = [&](int ttl) { return kBottom - (kBottom - kTop) * (ttl - least) / extent; };
  constexpr double kAxis = 152;
  const std::string end = packets.front()->from_server ? "server" : "client";
  Html drawn = plot::axis(time, plot::number_ticks(time, "s"), kAxis, 8);
  if (const auto baseline = incident.forgery->baseline_ttl;
      baseline && *baseline >= least && *baseline <= most) {
    drawn += plot::line(0, y_of(*baseline), 100, y_of(*baseline), "reference");
  }
  bool genuine_labelled = false;
  bool forged_labelled = false;
  for (const PacketRow* packet : packets) {
    const double x = time.percent(since(start, packet->time_ns));
    const double y = y_of(packet->ttl);
    const std::string tip =
        fmt::format("{}, TTL {}, {:.3f} s{}", packet->what, packet->ttl,
                    since(start, packet->time_ns), packet->suspect ? ", suspect" : "");
    drawn += packet->suspect ? plot::diamond(x, y, "forged", tip) : plot::dot(x, y, "genuine", tip);
    bool& labelled = packet->suspect ? forged_labelled : genuine_labelled;
    if (labelled) continue;
    labelled = true;
    const std::string text = packet->suspect ? fmt::format("forged: TTL {}", packet->ttl)
                                             : fmt::format("{}: TTL {}, {}", end, packet->ttl,
                                                           hops_in_words(packet->ttl));
    drawn += plot::label(x, y - 13, x > 50 ? Literal("end") : Literal("start"), text);
  }
  const std::string seen = fmt::format(
      "{} packets in the name of the {}; the forged one has TTL {}, the {}'s own have {}",
      packets.size(), end, incident.forgery->forged_ttl.value_or(0), end,
      incident.forgery->baseline_ttl.value_or(0));
  return plot::figure("TTL of the packets", seen, kAxis + 22, drawn,
                      fmt::format("in the name of the {}, in seconds after the first; each router "
                                  "on the way takes one off.",
                                  end));
}

Html delay_picture(const Incident& incident) {
  if (!incident.forgery || !incident.forgery->rtt_ms || !incident.forgery->forged_delay_ms) {
    return {};
  }
  const Forgery& forgery = *incident.forgery;
  struct Row {
    std::string name;
    double ms;
    Literal look;
  };
  std::vector<Row> rows = {{"round trip of the path", *forgery.rtt_ms, "neutral"},
                           {"forged packet came after", *forgery.forged_delay_ms, "forged"}};
  if (forgery.genuine_delay_ms) {
    rows.push_back({"genuine reply came after", *forgery.genuine_delay_ms, "genuine"});
  }
  double longest = 0;
  for (const Row& row : rows) longest = std::max(longest, row.ms);
  const Scale scale(0, longest * 1.02);
  const double height = 42 * static_cast<double>(rows.size());
  Html drawn = plot::axis(scale, plot::number_ticks(scale, "ms"), height, 0);
  std::string seen;
  double y = 0;
  for (const Row& row : rows) {
    const std::string text = fmt::format("{} {:.1f} ms", row.name, row.ms);
    seen += (seen.empty() ? "" : ", ") + text;
    drawn += plot::label(scale.percent(0), y + 16, "start", text);
    drawn += plot::bar(scale.percent(0), scale.percent(row.ms), y + 22, 12, row.look, text);
    y += 42;
  }
  const double rtt = scale.percent(*forgery.rtt_ms);
  drawn += plot::line(rtt, 0, rtt, height, "reference");
  const bool early = *forgery.forged_delay_ms < *forgery.rtt_ms;
  return plot::figure("Delay against the round trip", seen, height + 22, drawn,
                      early ? "in milliseconds. What comes before the dashed line cannot come from "
                              "the other end of the path."
                            : "in milliseconds. The dashed line is the path's round trip.");
}

Html waiting_picture(const std::vector<const Incident*>& incidents) {
  std::vector<const Incident*> longest;
  for (const Incident* incident : incidents) {
    if (incident->waiting && total_of(*incident->waiting) > 0) longest.push_back(incident);
  }
  if (longest.empty()) return {};
  std::stable_sort(longest.begin(), longest.end(), [](const Incident* a, const Incident* b) {
    return total_of(*a->waiting) > total_of(*b->waiting);
  });
  const std::size_t all = longest.size();
  longest.resize(std::min(all, kMostBars));
  const Scale scale(0, total_of(*longest.front()->waiting) * 1.02);
  const double height = 42 * static_cast<double>(longest.size());
  Html drawn = plot::axis(scale, plot::number_ticks(scale, "s"), height, 0);
  std::string seen;
  double y = 0;
  for (const Incident* incident : longest) {
    const Waiting& waiting = *incident->waiting;
    const std::string client =
        to_string(incident->inside_client.value_or(incident->client).address);
    drawn += plot::label(scale.percent(0), y + 16, "start", client);
    drawn += plot::label(98.5, y + 16, "end", fmt::format("{:.1f} s", total_of(waiting)));
    double at = 0;
    for (const Part& part : kParts) {
      const double seconds = std::max(0.0, (waiting.*part.seconds).value_or(0));
      if (seconds == 0) continue;
      const std::string text = fmt::format("{} {:.1f} s", part.name, seconds);
      drawn +=
          plot::bar(scale.percent(at), scale.percent(at + seconds), y + 22, 12, part.look, text);
      at += seconds;
      if (incident == longest.front()) seen += (seen.empty() ? "" : ", ") + text;
    }
    y += 42;
  }
  const std::string which =
      all == 1 ? "of one connection"
      : all <= longest.size()
          ? fmt::format("of {} connections", all)
          : fmt::format("of the {} of {} connections that waited longest", longest.size(), all);
  return plot::figure("Wait for the greeting", "the longest: " + seen, height + 22, drawn,
                      which + ", from the first SYN.", legend());
}

Html distance_picture(const Group& group) {
  std::vector<const Incident*> placed;
  int farthest = 0;
  for (const Incident* incident : group.incidents) {
    if (!incident->forgery || !is_distance(incident->forgery->forger_hops) ||
        !is_distance(incident->forgery->server_hops.value_or(0))) {
      continue;
    }
    placed.push_back(incident);
    farthest = std::max(
        {farthest, *incident->forgery->forger_hops, incident->forgery->server_hops.value_or(0)});
  }
  if (placed.size() < 3) return {};
  // Evenly over the wave, so that its shape stays.
  const std::size_t step = (placed.size() + kMostMarks - 1) / kMostMarks;
  const std::uint64_t start = placed.front()->time_ns;
  const Scale time(0, static_cast<double>(placed.back()->time_ns - start), 7);
  constexpr double kTop = 26;  // a label has room above
  constexpr double kAxis = 156;
  const auto y_of = [&](int hops) {
    return kTop + (kAxis - kTop) * (1 - static_cast<double>(hops) / std::max(farthest, 1));
  };
  Html drawn = plot::axis(time, plot::time_ticks(time, start), kAxis, kTop);
  const int step_hops = 5 * (1 + farthest / 25);
  for (int hops = step_hops; hops < farthest; hops += step_hops) {
    drawn += plot::line(0, y_of(hops), 100, y_of(hops), "grid");
    drawn += plot::label(0, y_of(hops) - 3, "start", std::to_string(hops));
  }
  bool server_labelled = false;
  for (std::size_t i = 0; i < placed.size(); i += step) {
    const Forgery& forgery = *placed[i]->forgery;
    const double x = time.percent(static_cast<double>(placed[i]->time_ns - start));
    if (forgery.server_hops) {
      drawn += plot::dot(x, y_of(*forgery.server_hops), "genuine",
                         fmt::format("server {}, {} hops away",
                                     to_string(placed[i]->server.address), *forgery.server_hops));
      if (!server_labelled && *forgery.server_hops != *forgery.forger_hops) {
        drawn += plot::label(x, y_of(*forgery.server_hops) - 12, "start",
                             fmt::format("server: {} hops", *forgery.server_hops));
        server_labelled = true;
      }
    }
    drawn += plot::diamond(x, y_of(*forgery.forger_hops), "forged",
                           fmt::format("forged, {} hops away", *forgery.forger_hops));
  }
  const int forger = *placed.front()->forgery->forger_hops;
  const double beneath = y_of(forger) + 20;  // unless that is where the axis has its labels
  drawn += plot::label(time.percent(0), beneath < kAxis ? beneath : y_of(forger) - 12, "start",
                       fmt::format("forged: {} hop{}", forger, forger == 1 ? "" : "s"));
  const std::string shown =
      step == 1 ? "" : fmt::format(" One in {} of the {} is drawn.", step, placed.size());
  return plot::figure(
      "Distance of forger and server",
      fmt::format("{} forgeries over time, in hops from the gateway", placed.size()), kAxis + 22,
      drawn,
      "in hops from this gateway, over the time (UTC): the forged packets "
      "(diamonds) and the servers in whose name they came (circles)." +
          shown);
}

}  // namespace mxray
