// SPDX-License-Identifier: Apache-2.0
// How does plain text become mdoc(7), the language of manual pages?
#pragma once

#include <string>
#include <string_view>

namespace mxray::manual {

/// One line of running text: backslashes, options (`--kind`) and a macro's sign at
/// its begin read as they are.
std::string text_line(std::string_view text);

/// The same as arguments of a macro: no word of it is taken for a macro.
std::string macro_words(std::string_view text);

/// Lines as they are, indented, to be copied.
std::string literal(std::string_view lines);

/// Paragraphs, parted by empty lines; within them what begins with a space is literal.
std::string paragraphs(std::string_view text);

}  // namespace mxray::manual
