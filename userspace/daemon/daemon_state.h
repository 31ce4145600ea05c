// SPDX-License-Identifier: Apache-2.0
// What does the daemon consist of? Put together in daemon.cpp, at work in
// daemon_events.cpp; nobody else includes it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "analysis/analyzer.h"
#include "base/time.h"
#include "daemon/daemon.h"
#include "daemon/event_loop.h"
#include "daemon/incident_board.h"
#include "daemon/local_addresses.h"
#include "daemon/recalled.h"
#include "daemon/routes.h"
#include "daemon/signals.h"
#include "daemon/supervisor.h"
#include "daemon/watchfulness.h"
#include "server/http_server.h"
#include "store/store.h"

namespace mxray {

class Daemon::State {
 public:
  State(DaemonSettings settings, EventLoop loop, SignalQueue signals, SecondTimer timer);
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { supervisor_.stopping(); }

  Status start();
  Result<bool> run_once(int timeout_ms);
  [[nodiscard]] std::uint16_t web_port() const { return web_->port(); }

 private:
  static constexpr std::size_t kIncidentsInMemory = 10'000;

  Status listen();
  void open_store();
  Status attach();
  void recall();
  Status watch();
  void announce();
  PageSources page_sources();

  void receive(const Incident& incident);
  void receive_closed(const FlowView& flow);
  void serve();
  void each_second();
  void look_around();
  std::string status_now();
  void refresh_web_access();
  static void tell_notes(const WebConfig& config);
  void obey();
  void reload();
  Status take_over(const Result<Config>& fresh);

  static double now_seconds() { return static_cast<double>(wall_clock_ns()) / 1e9; }

  /// Since when flows are kept, or this daemon runs.
  std::uint64_t watched_since_ns() {
    return std::min(store_->oldest_flow_ns().value_or(begun_ns_), begun_ns_);
  }

  DaemonSettings settings_;
  EventLoop loop_;
  SignalQueue signals_;
  SecondTimer timer_;
  std::uint64_t started_ns_ = monotonic_ns();
  std::uint64_t begun_ns_ = wall_clock_ns();
  unsigned seconds_ = 0;
  std::string privileges_;  // that are left, one sentence
  Reload config_reload_{.success_seconds = now_seconds()};
  Reload web_config_reload_{.success_seconds = now_seconds()};
  bool busy_ = false;  // a server has something to do at once
  bool stopping_ = false;
  Supervisor supervisor_;
  Watchfulness watchfulness_;
  std::optional<Recalled> recalled_;  // while what was told before is told again
  LocalAddresses local_addresses_;
  IncidentBoard board_{kIncidentsInMemory};
  RequestCounter requests_;
  PageSources sources_;
  std::optional<Store> store_;
  std::optional<Analyzer> analyzer_;
  std::unique_ptr<RecordSource> source_;  // goes before the analyzer it feeds
  std::optional<HttpServer> web_;         // last: their handlers read all of the above
  std::optional<HttpServer> api_;
};

}  // namespace mxray
