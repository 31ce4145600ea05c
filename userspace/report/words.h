// SPDX-License-Identifier: Apache-2.0
// How is a group of incidents said to somebody who does not know mxray?
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "report/groups.h"

namespace mxray {

/// `forged reply`.
std::string in_words(Kind kind);

/// `forged reply`, `forged replies`: a heading's words for a kind.
std::string counted(std::size_t count, Kind kind);

/// What a group holds: `9 forged replies and 3 forged resets`.
std::string name_of(const Group& group);

/// `a`, `a and b`, `a, b and c`; of more than `most`: `a, b and 3 more`.
std::string joined(const std::vector<std::string>& items, std::size_t most = SIZE_MAX);

/// `10.4.1.4 (10), 10.4.1.9 (3) and 2 more`; counts only where there are several.
std::string listed(const Tally& tally, std::size_t most = 4);

/// What happened, in one or two sentences.
std::string happened(const Group& group);

/// Who has to change what. `place` says where the forger sits; empty: unknown.
struct Duty {
  std::string who;
  std::string what;
};
Duty duty_of(const Group& group, std::string_view place);

/// `15 forged replies and 4 greetings held up by ident.`
std::string headline(const std::vector<Group>& groups);

}  // namespace mxray
