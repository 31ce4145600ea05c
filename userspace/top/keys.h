// SPDX-License-Identifier: Apache-2.0
// What does a key change, and what must be done for it?
#pragma once

#include <string>

#include "top/reader.h"
#include "top/text.h"

namespace mxray::top {

struct Key {
  enum class Name {
    kCharacter,
    kUp,
    kDown,
    kLeft,
    kRight,
    kPageUp,
    kPageDown,
    kHome,
    kEnd,
    kEnter,
    kEscape,
    kTab,
    kBackTab,
    kBackspace,
  };
  Name name = Name::kCharacter;
  std::string character;  // UTF-8, of kCharacter
};

/// What the key asks of the program.
enum class Wish {
  kNothing,
  kQuit,
  kExplain,  // Reader::explained
};

/// The reader has pressed a key.
Wish press(Reader& reader, const Key& key, const Observed& observed, Size size, Instant now,
           Letters letters);

}  // namespace mxray::top
