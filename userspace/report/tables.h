// SPDX-License-Identifier: Apache-2.0
// How does a table look on the page?
//
// With headers that a screen reader announces, in a box of its own that scrolls: so
// a wide table never makes the page wider than a phone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/html.h"

namespace mxray {

struct HtmlRow {
  std::vector<Html> cells;
  bool marked = false;  // a suspect packet
};

/// `name` is read aloud and not shown. The first cell of a row is its header.
Html table(std::string_view name, const std::vector<std::string>& titles,
           const std::vector<HtmlRow>& rows, Literal look = "");

/// Name and value, one below the other on a phone.
struct Fact {
  std::string name;
  Html value;
};
Html fact_list(const std::vector<Fact>& facts, Literal look = "facts");

/// Text of several lines: those that begin with a space are commands, to be copied.
Html advice(std::string_view text);

/// `<section id="..."><h2>`.
Html section(std::string_view id, std::string_view title, const Html& content);

Html paragraph(const Html& content);
Html code(std::string_view text);

}  // namespace mxray
