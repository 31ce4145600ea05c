// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <fmt/format.h>

namespace mxray {

Html::Html(std::string_view text) : markup_(html_escape(displayable(text))) {}
Html::Html(const std::string& text) : Html(std::string_view(text)) {}
Html::Html(const char* text) : Html(std::string_view(text)) {}

Html Html::markup(Literal markup) {
  Html html;
  html.markup_ = markup.text();
  return html;
}

Html& Html::operator+=(const Html& other) {
  markup_ += other.markup_;
  return *this;
}

namespace {

std::string start_of(Literal name, const Attributes& attributes) {
  std::string tag = "<" + std::string(name.text());
  for (const Attribute& attribute : attributes) {
    tag +=
        fmt::format(" {}=\"{}\"", attribute.name.text(), html_escape(displayable(attribute.value)));
  }
  return tag;
}

}  // namespace

Html element(Literal name, const Attributes& attributes, const Html& content) {
  Html html;
  html.markup_ = start_of(name, attributes) + ">";
  html.markup_ += content.markup_;
  html.markup_ += fmt::format("</{}>", name.text());
  return html;
}

Html element(Literal name, const Html& content) { return element(name, Attributes{}, content); }

Html void_element(Literal name, const Attributes& attributes) {
  Html html;
  html.markup_ = start_of(name, attributes) + "/>";
  return html;
}

}  // namespace mxray
