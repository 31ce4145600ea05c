// SPDX-License-Identifier: Apache-2.0
// How is a picture drawn that is as readable on a phone as on paper?
//
// Inline SVG without a viewBox: what lies side by side is placed in percent of the
// width, what lies one below the other in pixels. So the picture is as wide as its
// column while its letters keep their size. Colours are classes of style.css.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/html.h"

namespace mxray::plot {

/// From values to percent of the width, of which the first `left` stay free for labels.
/// A range without extent is widened.
class Scale {
 public:
  Scale(double least, double most, double left = 1.5);
  [[nodiscard]] double percent(double value) const;
  [[nodiscard]] double least() const { return least_; }
  [[nodiscard]] double most() const { return most_; }

 private:
  double least_;
  double most_;
  double left_;
};

struct Tick {
  double value = 0;
  std::string label;
};

/// At most five round numbers within the scale, with `unit` behind the last.
std::vector<Tick> number_ticks(const Scale& scale, std::string_view unit);

/// At most five round times (UTC) for a scale of nanoseconds of wall clock since
/// `origin_ns`.
std::vector<Tick> time_ticks(const Scale& scale, std::uint64_t origin_ns);

/// An axis at `y` pixels with its ticks and their labels beneath (18 pixels), and
/// faint lines up to `top`.
Html axis(const Scale& scale, const std::vector<Tick>& ticks, double y, double top);

/// Text at x percent, y pixels; `place` is a class: `start`, `middle` or `end`.
Html label(double x, double y, Literal place, std::string_view text);

/// Left to right from x1 to x2 percent, `height` pixels; never thinner than 2 pixels.
Html bar(double x1, double x2, double y, double height, Literal look, std::string_view tip = {});

/// `x` in percent, all else in pixels.
Html line(double x1, double y1, double x2, double y2, Literal look);
Html dot(double x, double y, Literal look, std::string_view tip);
Html diamond(double x, double y, Literal look, std::string_view tip);

/// The picture: `<figure>` with the SVG, which says what it shows to those who cannot
/// see it, a caption above and what explains its colours beneath.
Html figure(std::string_view name, std::string_view description, double height, const Html& content,
            const Html& caption, const Html& legend = {});

/// `54.05`, without superfluous zeros.
std::string number(double value);

}  // namespace mxray::plot
