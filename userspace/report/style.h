// SPDX-License-Identifier: Apache-2.0
// How does the page look, and how does a browser know that this is all the style it has?
#pragma once

#include <string_view>

#include "report/html.h"

namespace mxray {

/// `<style>` with style.css, which the build puts in here.
Html stylesheet();

/// Nothing may be fetched, run, framed or sent; the one style that counts is the one
/// whose hash (CSP level 3, `sha256-...`) is named here.
extern const std::string_view kContentSecurityPolicy;

}  // namespace mxray
