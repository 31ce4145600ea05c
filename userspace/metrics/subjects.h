// SPDX-License-Identifier: Apache-2.0
// Which subjects have families of their own? One file each.
#pragma once

#include <array>

#include "metrics/families.h"
#include "metrics/metrics.h"
#include "metrics/openmetrics.h"
#include "metrics/process.h"

namespace mxray {

/// The values of the label `protocol`.
inline constexpr std::array kMailProtocols = {core::PROTOCOL_SMTP, core::PROTOCOL_POP3,
                                              core::PROTOCOL_IMAP, core::PROTOCOL_OTHER};

/// Incidents, replies, flows: what the analysis saw of the mail.
void add_mail_families(const Totals& totals, Families& families);

/// The latest incident of each sample of mxray_incidents_total, by its id.
Exemplars incident_exemplars(const Totals& totals);

/// Packets, records and losses, as the core counted them, and where it runs.
void add_core_families(const KernelStats& kernel, Families& families);

/// Round trips, replies and greetings, in seconds.
void add_delay_families(const KernelStats& kernel, Families& families);

void add_store_families(const StoreHealth& store, Families& families);

/// Build, requests and the process_* families of the Prometheus client rules.
void add_daemon_families(const MetricsInput& input, const ProcessStats& process,
                         Families& families);

}  // namespace mxray
