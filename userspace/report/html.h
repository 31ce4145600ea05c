// SPDX-License-Identifier: Apache-2.0
// How does text get into a page so that it can never be markup?
//
// Html is the only type that pages are made of, and every text becomes Html by
// being escaped: the conversion itself does it. Names of elements and attributes
// are Literals, which only text in this program's source can be. What comes out
// is well-formed as HTML 5 and as XML at once, so that either parser checks it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace mxray {

/// Text that stands in the source. Anything else does not compile.
class Literal {
 public:
  template <std::size_t size>
  consteval Literal(const char (&text)[size])  // NOLINT(google-explicit-constructor)
      : text_(text, size - 1) {}
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

struct Attribute;

class Html {
 public:
  Html() = default;
  // Safe in this direction, so it may be implicit: whatever they say is only text.
  Html(std::string_view text);    // NOLINT(google-explicit-constructor)
  Html(const std::string& text);  // NOLINT(google-explicit-constructor)
  Html(const char* text);         // NOLINT(google-explicit-constructor)

  /// The stylesheet and the like, as it stands in the source.
  static Html markup(Literal markup);

  Html& operator+=(const Html& other);
  friend Html operator+(Html left, const Html& right) { return left += right; }

  [[nodiscard]] const std::string& str() const { return markup_; }
  [[nodiscard]] std::size_t size() const { return markup_.size(); }
  [[nodiscard]] bool empty() const { return markup_.empty(); }

 private:
  friend Html element(Literal name, const std::vector<Attribute>& attributes, const Html& content);
  friend Html void_element(Literal name, const std::vector<Attribute>& attributes);

  std::string markup_;
};

struct Attribute {
  Literal name;
  std::string value;
};
using Attributes = std::vector<Attribute>;

/// `<name a="b">content</name>`; the values are escaped here.
Html element(Literal name, const Attributes& attributes, const Html& content);
Html element(Literal name, const Html& content);

/// One that has no content and no end: `<br/>`, `<meta .../>`.
Html void_element(Literal name, const Attributes& attributes = {});

}  // namespace mxray
