// SPDX-License-Identifier: Apache-2.0
// How is the daemon, in one sentence?
#pragma once

#include <string>
#include <vector>

#include "analysis/snapshot.h"
#include "base/kernel_stats.h"
#include "format/status_json.h"
#include "store/store.h"

namespace mxray {

/// The interfaces that are watched or awaited, each once: `default-route` by the name
/// that it has now.
std::vector<std::string> interfaces_of(const KernelStats& kernel);

/// `watching eth0, ppp0; 12 connections, 3 incidents since the start`; then what
/// is wrong, if anything. An interface that lacks a direction is among these.
std::string status_line(const KernelStats& kernel, const Totals& totals, const StoreHealth& store,
                        const ReloadProblems& reload_problems = {});

}  // namespace mxray
