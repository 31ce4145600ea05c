// SPDX-License-Identifier: Apache-2.0
#include "report/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/time.h"

namespace mxray::plot {
namespace {

constexpr double kSecond = 1e9;
constexpr std::size_t kMostTicks = 5;

constexpr double kRight = 98.5;  // room for half a label or mark

std::string percent_of(double x) { return number(x) + "%"; }

Html tip_of(std::string_view tip) { return tip.empty() ? Html() : element("title", tip); }

// A label at the end of the axis must not reach beyond it.
Literal place_of(double percent) {
  if (percent < 8) return "start";
  if (percent > 92) return "end";
  return "middle";
}

std::string time_label(std::uint64_t time_ns, double step) {
  const std::string time = rfc3339(time_ns);
  if (step >= 60 * 86400 * kSecond) return time.substr(0, 7);
  if (step >= 86400 * kSecond) return time.substr(5, 5);
  if (step >= 60 * kSecond) return time.substr(11, 5);
  if (step >= kSecond) return time.substr(11, 8);
  return time.substr(11, 12);
}

}  // namespace

std::string number(double value) {
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

Scale::Scale(double least, double most, double left) : least_(least), most_(most), left_(left) {
  if (!(most_ > least_)) {
    least_ -= 0.5;
    most_ = least_ + 1;
  }
}

double Scale::percent(double value) const {
  const double share = std::clamp((value - least_) / (most_ - least_), 0.0, 1.0);
  return left_ + (kRight - left_) * share;
}

std::vector<Tick> number_ticks(const Scale& scale, std::string_view unit) {
  const double extent = scale.most() - scale.least();
  double step = std::pow(10, std::floor(std::log10(extent)) - 1);
  for (const double factor : {2.0, 2.5, 2.0, 2.0, 2.5, 2.0}) {  // 1 2 5 10 20 50 100
    if (extent / step < kMostTicks) break;
    step *= factor;
  }
  std::vector<Tick> ticks;
  for (double at = std::ceil(scale.least() / step); at * step <= scale.most(); ++at) {
    ticks.push_back({at * step, number(at * step)});
  }
  if (!ticks.empty()) ticks.back().label += fmt::format(" {}", unit);
  return ticks;
}

std::vector<Tick> time_ticks(const Scale& scale, std::uint64_t origin_ns) {
  constexpr std::array<double, 22> kSteps = {1e-3,  1e-2,  0.1,   0.2,   0.5,    1,     2,    5,
                                             15,    30,    60,    300,   900,    1800,  3600, 7200,
                                             10800, 21600, 43200, 86400, 172800, 604800};
  const double extent = scale.most() - scale.least();
  double step = 0;
  for (const double seconds : kSteps) {
    step = seconds * kSecond;
    if (extent / step < kMostTicks) break;
  }
  step *= std::max(1.0, std::ceil(extent / step / kMostTicks));  // years
  const auto step_ns = static_cast<std::uint64_t>(step);
  const std::uint64_t start = origin_ns + static_cast<std::uint64_t>(std::max(0.0, scale.least()));
  std::vector<Tick> ticks;
  for (std::uint64_t at = (start + step_ns - 1) / step_ns * step_ns;
       static_cast<double>(at - origin_ns) <= scale.most(); at += step_ns) {
    ticks.push_back({static_cast<double>(at - origin_ns), time_label(at, step)});
  }
  return ticks;
}

Html axis(const Scale& scale, const std::vector<Tick>& ticks, double y, double top) {
  Html drawn;
  for (const Tick& tick : ticks) {
    const double x = scale.percent(tick.value);
    drawn += line(x, top, x, y, "grid");
    drawn += label(x, y + 15, place_of(x), tick.label);
  }
  return drawn + line(0, y, 100, y, "axis");
}

Html label(double x, double y, Literal place, std::string_view text) {
  return element(
      "text", {{"x", percent_of(x)}, {"y", number(y)}, {"class", std::string(place.text())}}, text);
}

Html bar(double x1, double x2, double y, double height, Literal look, std::string_view tip) {
  // 0.3 % are two pixels on a screen and one on a phone.
  return element("rect",
                 {{"x", percent_of(x1)},
                  {"y", number(y)},
                  {"width", percent_of(std::max(x2 - x1, 0.3))},
                  {"height", number(height)},
                  {"class", std::string(look.text())}},
                 tip_of(tip));
}

Html line(double x1, double y1, double x2, double y2, Literal look) {
  return element("line",
                 {{"x1", percent_of(x1)},
                  {"y1", number(y1)},
                  {"x2", percent_of(x2)},
                  {"y2", number(y2)},
                  {"class", std::string(look.text())}},
                 Html());
}

Html dot(double x, double y, Literal look, std::string_view tip) {
  return element(
      "circle",
      {{"cx", percent_of(x)}, {"cy", number(y)}, {"r", "4.5"}, {"class", std::string(look.text())}},
      tip_of(tip));
}

Html diamond(double x, double y, Literal look, std::string_view tip) {
  // A path knows no percent, but an SVG inside the SVG does.
  return element(
      "svg", {{"x", percent_of(x)}, {"y", number(y)}, {"class", "mark"}},
      element("path", {{"d", "M0 -7L7 0L0 7L-7 0Z"}, {"class", std::string(look.text())}},
              tip_of(tip)));
}

Html figure(std::string_view name, std::string_view description, double height, const Html& content,
            const Html& caption, const Html& legend) {
  const Html picture = element("svg",
                               {{"xmlns", "http://www.w3.org/2000/svg"},
                                {"class", "plot"},
                                {"width", "100%"},
                                {"height", number(height)},
                                {"role", "img"},
                                {"aria-label", fmt::format("{}: {}", name, description)}},
                               element("title", name) + element("desc", description) + content);
  return element("figure",
                 element("figcaption", element("strong", name) + " " + caption) + picture + legend);
}

}  // namespace mxray::plot
