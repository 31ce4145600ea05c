// SPDX-License-Identifier: Apache-2.0
// Which page answers which path?
//
// Two handlers: `web` for TCP, open to Prometheus and browsers, and `api` for
// the UNIX socket of `mxray`. Both see the daemon only through the functions
// below, so that the tests can serve pages without a kernel or a disk. All but
// keep_path() only read.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/incident.h"
#include "analysis/senders.h"
#include "analysis/snapshot.h"
#include "base/kernel_stats.h"
#include "daemon/incident_board.h"
#include "metrics/metrics.h"
#include "path/path.h"
#include "server/http_server.h"
#include "store/store.h"

namespace mxray {

/// What the pages read; each function is called at most once a request.
struct PageSources {
  std::function<const IncidentBoard&()> incidents;
  std::function<std::optional<Incident>(std::string_view id)> stored_incident;
  std::function<KernelStats()> kernel_stats;
  std::function<Totals()> totals;
  std::function<std::vector<FlowView>(const FlowChoice&)> flows;
  std::function<FlowPage(const FlowFilter&)> flows_opened{};  // of closed ones
  std::function<std::uint64_t()> watched_since_ns{};          // of the oldest flow kept, wall clock
  std::function<std::vector<IdentView>()> idents;
  std::function<StoreHealth()> store_health;
  std::function<std::uint64_t()> refused_records;  // by the reader of the rings
  std::function<double()> uptime_seconds;
  std::function<Reload()> config_reload;
  std::function<Reload()> web_config_reload;
  std::function<std::uint64_t()> connections_displaced;  // of HTTP
  std::function<std::vector<Path>()> paths;              // the youngest first
  std::function<std::optional<Path>(const core::address& server)> latest_path;
  std::function<void(const Path&)> keep_path;
  std::function<std::vector<MailSender>()> senders;      // the latest first
  std::function<std::vector<std::string>()> interfaces;  // watched or awaited, by name
  std::function<std::string()> privileges;               // for these two see DaemonStatus
  std::function<std::string()> pin_dir;
};

/// Requests answered, by handler (a small closed set) and HTTP status.
class RequestCounter {
 public:
  void count(std::string_view handler, int status) { ++counts_[{std::string(handler), status}]; }
  [[nodiscard]] const std::map<std::pair<std::string, int>, std::uint64_t>& counts() const {
    return counts_;
  }

 private:
  std::map<std::pair<std::string, int>, std::uint64_t> counts_;
};

/// `/metrics`, `/-/healthy`, `/-/ready` (503 until an interface is attached), `/`.
/// Both arguments must outlive the handler.
Handler web_routes(const PageSources& sources, RequestCounter& counter);

/// `/v1/incidents`, `/v1/incidents/ID`, `/v1/flows`, `/v1/sessions`, `/v1/ident`, `/v1/senders`,
/// `/v1/status`, `/v1/paths`, the last also with PUT. Errors are `{"error": ...}`. Both arguments
/// must outlive the handler.
Handler api_routes(const PageSources& sources, RequestCounter& counter);

/// Whether at least one program watches at least one interface.
bool is_attached(const KernelStats& stats);

}  // namespace mxray
