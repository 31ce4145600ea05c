// SPDX-License-Identifier: Apache-2.0
// How does a page leave the company without its inside addresses and names?
//
// In two steps, which number together. First what the page is made of: every text in it
// (pseudonyms.h), the incidents' numbers, the names of interfaces and files. Then the
// finished page: the addresses that mxray itself writes there, in one way each, from fields
// that are addresses; so no table or picture can be forgotten, whoever adds one.
#pragma once

#include <string>
#include <string_view>

#include "report/pseudonyms.h"
#include "report/report.h"

namespace mxray {

/// Names for what the report is about: its incidents' addresses and interfaces are known.
Pseudonyms pseudonyms_for(const ReportInput& input);

/// `input` with every text but the title as a stranger may read it. An incident's number is
/// a sum over its addresses, by which they could be guessed: it becomes `1`, by time.
ReportInput anonymized(ReportInput input, Pseudonyms& names);

/// `page` with the inside addresses by their names.
std::string anonymized(std::string_view page, Pseudonyms& names);

}  // namespace mxray
