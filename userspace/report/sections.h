// SPDX-License-Identifier: Apache-2.0
// Which parts does the page have? Internal to report/; each is pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "report/groups.h"
#include "report/html.h"
#include "report/report.h"

namespace mxray {

/// Anchor of the group at `index`: `finding-1`.
std::string anchor_of(std::size_t index);

/// Where the forger of the group sits by its clearest placed incident; empty: unknown.
std::string place_of(const Group& group, const ReportInput& input);

/// What happened, to whom, when, who must change what: one card a group, up to a
/// number; the rest is counted.
Html verdict(const std::vector<Group>& groups, const ReportInput& input);

/// Incidents over the period, a row for each kind.
Html timeline(const std::vector<Incident>& incidents, std::uint64_t since_ns,
              std::uint64_t until_ns);

/// All about a group but its incidents in full: spread, picture, list of incidents.
Html group_summary(const Group& group, const ReportInput& input);

/// One incident with everything that is known of it.
Html incident_in_full(const Incident& incident, const ReportInput& input);

/// The pictures of one incident; empty where nothing can be drawn.
Html ttl_picture(const Incident& incident);
Html delay_picture(const Incident& incident);
/// Where the time of each went until the greeting; those that waited longest.
Html waiting_picture(const std::vector<const Incident*>& incidents);
/// How far away the forger of a wave was, against its servers.
Html distance_picture(const Group& group);

/// How complete the report is: what watched, where, what was lost.
Html monitor(const ReportInput& input);

/// Whether what the signal saw or expected may be text from the network; so of an unknown one.
bool may_quote(std::string_view signal);

/// The signals among `used` in plain words, and the terms.
Html glossary(const std::set<std::string>& used);

}  // namespace mxray
