// SPDX-License-Identifier: Apache-2.0
// How does an incident look as JSON, and how is it read back?
//
// The shape is the contract of docs/incident.schema.json: flat, every field
// always present, what is absent or unknown is null. Scripts, the store and the
// CLI all read it, so a field may be added but never renamed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "analysis/incident.h"
#include "base/result.h"

namespace mxray {

/// The number in every JSON object of mxray; rises when a field changes its meaning.
inline constexpr int kSchemaVersion = 1;

/// One object on one line, without its packets and without the line end.
/// Times to the microsecond, `_ms` to three decimals, seconds to six.
/// `revision` is the daemon's rising number, for `mxray incidents --follow`.
std::string to_json_line(const Incident& incident,
                         std::optional<std::uint64_t> revision = std::nullopt);

/// The same with `packets`: what the store keeps and `mxray explain` shows.
std::string to_json_full(const Incident& incident);

/// Reads either form. What to_json_full wrote comes back equal, but for times
/// (microseconds) and for the rounding above; a Forgery without any value comes
/// back as nullopt. Fails with the name of the first field that is wrong.
Result<Incident> incident_from_json(std::string_view text);

/// The `revision` of a line of the daemon; nullopt if it has none.
std::optional<std::uint64_t> revision_of(std::string_view line);

}  // namespace mxray
