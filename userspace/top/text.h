// SPDX-License-Identifier: Apache-2.0
// How many columns of a terminal does a text take, and how is it made to fit?
//
// Text from packets is plain ASCII already; names of hosts and interfaces and what
// the reader types need not be. A character that takes no column of its own would
// move everything after it, so none is shown: `?` stands in its place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mxray::top {

/// What the terminal can show. Characters are measured by the C library, so kUtf8 is right
/// only where LC_CTYPE is a UTF-8 locale.
enum class Letters { kAscii, kUtf8 };

/// `text` with `?` for each control, invalid byte, combining or otherwise zero-width
/// character (bidi marks among them), and in ASCII for every byte that is none.
std::string clean(std::string_view text, Letters letters);

/// Columns that a clean text takes.
std::size_t columns_of(std::string_view text, Letters letters);

/// The mark of a cut: `…`, or `~` in ASCII.
std::string_view ellipsis(Letters letters);

/// Which part of a text is kept if it is too long.
enum class Keep { kStart, kEnd, kEnds };

/// `text` cleaned and of exactly `columns` columns: cut, with an ellipsis unless
/// only its end is kept, or filled with spaces.
std::string fit(std::string_view text, std::size_t columns, Letters letters,
                Keep keep = Keep::kStart);

/// The same without filling it up.
std::string cut(std::string_view text, std::size_t columns, Letters letters,
                Keep keep = Keep::kStart);

/// A clean text without its first `columns` columns; a character that is halved
/// leaves a space.
std::string without_start(std::string_view text, std::size_t columns, Letters letters);

}  // namespace mxray::top
