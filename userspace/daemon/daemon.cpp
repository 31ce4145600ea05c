// SPDX-License-Identifier: Apache-2.0
#include "daemon/daemon.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "analysis/analyzer.h"
#include "base/time.h"
#include "daemon/event_loop.h"
#include "daemon/incident_board.h"
#include "daemon/local_addresses.h"
#include "daemon/log.h"
#include "daemon/reason_file.h"
#include "daemon/reload.h"
#include "daemon/routes.h"
#include "daemon/signals.h"
#include "daemon/status_line.h"
#include "daemon/supervisor.h"
#include "daemon/watchfulness.h"
#include "format/explain.h"
#include "server/http_server.h"
#include "store/store.h"

namespace mxray {
namespace {

constexpr std::size_t kIncidentsInMemory = 10'000;
constexpr unsigned kSecondsBetweenReports = 10;
constexpr std::size_t kMaxBody = std::size_t{64} * 1024;  // a path of 255 hops fits

StoreSettings store_settings(const Config& config) {
  return {.directory = config.state_dir,
          .max_age_ns = config.retention.max_age_ns,
          .max_bytes = config.retention.max_bytes};
}

}  // namespace

class Daemon::State {
 public:
  State(DaemonSettings settings, EventLoop loop, SignalQueue signals, SecondTimer timer)
      : settings_(std::move(settings)),
        loop_(std::move(loop)),
        signals_(std::move(signals)),
        timer_(std::move(timer)),
        sources_(page_sources()) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() { supervisor_.stopping(); }

  Status start() {
    if (Status listening = listen(); !listening) return listening;
    open_store();
    if (Status attached = attach(); !attached) return attached;
    if (Status watching = watch(); !watching) return watching;
    announce();
    supervisor_.ready(status_now());
    return Ok{};
  }

  Result<bool> run_once(int timeout_ms) {
    if (Status turned = loop_.run_once(busy_ ? 0 : timeout_ms); !turned) return turned.error();
    if (busy_) serve();
    return !stopping_;
  }

  [[nodiscard]] std::uint16_t web_port() const { return web_->port(); }

 private:
  Status listen() {
    const Config& config = settings_.config;
    Result<WebAccess> access = WebAccess::open(config.web_config_file);
    if (!access) return access.error();
    tell_notes(access->in_force()->config);
    Result<HttpServer> web = HttpServer::listen_tcp(
        config.web_listen.address, config.web_listen.port, web_routes(sources_, requests_),
        *std::move(access), [this](int status) { requests_.count("login", status); });
    if (!web) return web.error();
    web_.emplace(*std::move(web));
    Result<HttpServer> api = HttpServer::listen_unix(config.socket, api_routes(sources_, requests_),
                                                     config.socket_group, kMaxBody);
    if (!api) return api.error();
    api_.emplace(*std::move(api));
    return Ok{};
  }

  static void tell_notes(const WebConfig& config) {
    for (const std::string& note : config.notes) log_warning("web configuration: " + note);
  }

  void open_store() {
    store_.emplace(Store::open(store_settings(settings_.config)));
    // What was known before a restart is still worth a look.
    IncidentFilter latest;
    latest.limit = kIncidentsInMemory;
    for (const Incident& incident : store_->query(latest)) board_.put(incident, incident.time_ns);
  }

  Status attach() {
    local_addresses_.refresh();
    auto source = settings_.start_source(
        settings_.config,
        [this](std::span<const std::byte> record) { analyzer_->consume(record); });
    if (!source) return source.error();
    source_ = *std::move(source);
    auto reasons = read_reason_table(settings_.config.reply_reasons);
    if (!reasons) return reasons.error();
    // Records come only out of poll(), so the analyzer is there in time.
    analyzer_.emplace(
        AnalyzerSettings{
            .slow_greeting_seconds = settings_.config.slow_greeting_seconds,
            .max_flows = settings_.config.max_flows,
            .on_flow_closed = [this](const FlowView& flow) { store_->save_flow(flow); },
            .interface_name = [this](std::uint32_t i) { return source_->interface_name(i); },
            .is_local = [this](const core::address& a) { return local_addresses_.contains(a); },
            .local_domains = settings_.config.local_domains,
            .reply_reasons = *std::move(reasons),
            .network_of =
                [this](const core::address& a) { return local_addresses_.network_of(a); }},
        [this](const Incident& incident) { receive(incident); });
    return Ok{};
  }

  Status watch() {
    const auto on_record = [this] { source_->poll(); };
    for (const int fd : source_->poll_fds()) {
      if (Status watched = loop_.watch(fd, on_record); !watched) return watched;
    }
    for (const int fd : {web_->poll_fd(), api_->poll_fd()}) {
      if (Status watched = loop_.watch(fd, [this] { busy_ = true; }); !watched) return watched;
    }
    if (Status watched = loop_.watch(signals_.poll_fd(), [this] { obey(); }); !watched) {
      return watched;
    }
    return loop_.watch(timer_.poll_fd(), [this] { each_second(); });
  }

  void announce() {
    watchfulness_.report(source_->stats(), source_->refused_records());
    watchfulness_.report(store_->health());
    const ListenAddress real{settings_.config.web_listen.address, web_->port()};
    log_info(
        fmt::format("metrics: {}://{}/metrics", web_->access()->in_force()->tls ? "https" : "http",
                    to_string(real.address.empty() ? ListenAddress{"0.0.0.0", real.port} : real)));
    log_info(fmt::format("socket: {}", settings_.config.socket));
  }

  /// A new or amended incident, from the analysis.
  void receive(const Incident& incident) {
    board_.put(incident, wall_clock_ns());
    store_->save(incident);
    if (settings_.print && incident.amendments == 0) {
      settings_.print(
          fmt::format("{}\n  why: mxray explain {}\n", one_line(incident), incident.id));
    }
  }

  /// After the records, so that a request sees what came before it.
  void serve() {
    const bool web_has_more = web_->run();
    const bool api_has_more = api_->run();
    busy_ = web_has_more || api_has_more;
  }

  void each_second() {
    timer_.take();
    source_->poll();
    watchfulness_.report_routes(source_->follow_routes());
    const std::uint64_t now_ns = wall_clock_ns();
    analyzer_->tick(now_ns);
    store_->maintain(now_ns);
    refresh_web_access();
    busy_ = true;  // lets the servers close connections that said nothing
    if (++seconds_ % kSecondsBetweenReports == 0) look_around();
    supervisor_.loop_turned();
  }

  /// At what changes seldom.
  void look_around() {
    local_addresses_.refresh();
    watchfulness_.report(source_->stats(), source_->refused_records());
    watchfulness_.report(store_->health());
    supervisor_.status(status_now());
  }

  std::string status_now() {
    std::string line = status_line(source_->stats(), analyzer_->totals(), store_->health());
    if (!config_reload_.successful)
      line += "; the configuration on disk is not in force: see the log";
    return line;
  }

  void refresh_web_access() {
    WebAccess& access = *web_->access();
    const auto refreshed = access.refresh();
    web_config_reload_.successful = access.is_current();
    if (!refreshed) return;
    if (!*refreshed) {
      log_error(fmt::format("web configuration not taken over, the old one stays in force: {}",
                            refreshed->error().message));
      return;
    }
    log_info("web configuration read again: taken over");
    tell_notes(access.in_force()->config);
    web_config_reload_.success_seconds = now_seconds();
  }

  static double now_seconds() { return static_cast<double>(wall_clock_ns()) / 1e9; }

  void obey() {
    for (const int number : signals_.take()) {
      if (number == SIGHUP) {
        reload();
      } else {
        log_info(number == SIGTERM ? "told to stop by SIGTERM" : "told to stop by SIGINT");
        stopping_ = true;
        supervisor_.stopping();
        analyzer_->finish();  // sessions that have just ended are stored, too
      }
    }
  }

  void reload() {
    if (!settings_.reload) return;
    supervisor_.reloading();
    const Status taken_over = take_over(settings_.reload());
    config_reload_.successful = static_cast<bool>(taken_over);
    if (taken_over) {
      config_reload_.success_seconds = now_seconds();
    } else {
      log_error(fmt::format("configuration not taken over, the old one stays in force: {}",
                            taken_over.error().message));
    }
    supervisor_.ready(status_now());
  }

  /// All of it or, on an error, nothing.
  Status take_over(const Result<Config>& fresh) {
    if (!fresh) return fresh.error();
    auto reasons = read_reason_table(fresh->reply_reasons);  // perhaps edited in its place
    if (!reasons) return reasons.error();
    Config& config = settings_.config;
    log_changes(config, *fresh);
    analyzer_->judge_by(fresh->local_domains, *std::move(reasons));
    config.local_domains = fresh->local_domains;
    config.reply_reasons = fresh->reply_reasons;
    config.retention = fresh->retention;
    store_->keep(config.retention.max_age_ns, config.retention.max_bytes);
    return Ok{};
  }

  /// Since when flows are kept, or this daemon runs.
  std::uint64_t watched_since_ns() {
    return std::min(store_->oldest_flow_ns().value_or(begun_ns_), begun_ns_);
  }

  PageSources page_sources() {
    return {.incidents = [this]() -> const IncidentBoard& { return board_; },
            .stored_incident = [this](std::string_view id) { return store_->find(id); },
            .kernel_stats = [this] { return source_->stats(); },
            .totals = [this] { return analyzer_->totals(); },
            .flows = [this](const FlowChoice& c) { return analyzer_->flows(wall_clock_ns(), c); },
            .closed_flows = [this](const FlowFilter& f) { return store_->flows_opened(f); },
            .watched_since_ns = [this] { return watched_since_ns(); },
            .idents = [this] { return analyzer_->idents(); },
            .store_health = [this] { return store_->health(); },
            .refused_records = [this] { return source_->refused_records(); },
            .uptime_seconds =
                [this] { return static_cast<double>(monotonic_ns() - started_ns_) / 1e9; },
            .config_reload = [this] { return config_reload_; },
            .web_config_reload = [this] { return web_config_reload_; },
            .paths = [this] { return store_->paths(); },
            .latest_path = [this](const core::address& a) { return store_->latest_path(a); },
            .keep_path = [this](const Path& path) { store_->save_path(path); },
            .senders = [this] { return analyzer_->senders(); },
            .interfaces = [this] { return interfaces_of(source_->stats()); }};
  }

  DaemonSettings settings_;
  EventLoop loop_;
  SignalQueue signals_;
  SecondTimer timer_;
  std::uint64_t started_ns_ = monotonic_ns();
  std::uint64_t begun_ns_ = wall_clock_ns();
  unsigned seconds_ = 0;
  Reload config_reload_{.success_seconds = now_seconds()};
  Reload web_config_reload_{.success_seconds = now_seconds()};
  bool busy_ = false;  // a server has something to do at once
  bool stopping_ = false;
  Supervisor supervisor_;
  Watchfulness watchfulness_;
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

Daemon::Daemon(std::unique_ptr<State> state) : state_(std::move(state)) {}
Daemon::~Daemon() = default;
Daemon::Daemon(Daemon&&) noexcept = default;
Daemon& Daemon::operator=(Daemon&&) noexcept = default;

Result<Daemon> Daemon::start(DaemonSettings settings) {
  Result<EventLoop> loop = EventLoop::create();
  if (!loop) return loop.error();
  Result<SignalQueue> signals = SignalQueue::create();
  if (!signals) return signals.error();
  Result<SecondTimer> timer = SecondTimer::create();
  if (!timer) return timer.error();
  auto state = std::make_unique<State>(std::move(settings), *std::move(loop), *std::move(signals),
                                       *std::move(timer));
  if (Status started = state->start(); !started) return started.error();
  return Daemon(std::move(state));
}

Status Daemon::run() {
  while (true) {
    const Result<bool> going_on = state_->run_once(-1);
    if (!going_on) return going_on.error();
    if (!*going_on) return Ok{};
  }
}

Result<bool> Daemon::run_once(int timeout_ms) { return state_->run_once(timeout_ms); }
std::uint16_t Daemon::web_port() const { return state_->web_port(); }

}  // namespace mxray
