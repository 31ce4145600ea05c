// SPDX-License-Identifier: Apache-2.0
#include "daemon/daemon.h"

#include <fmt/format.h>

#include <span>
#include <string>
#include <utility>

#include "daemon/daemon_state.h"
#include "daemon/log.h"
#include "daemon/reason_file.h"
#include "daemon/status_line.h"

namespace mxray {
namespace {

constexpr std::size_t kMaxBody = std::size_t{64} * 1024;  // a path of 255 hops fits

StoreSettings store_settings(const Config& config) {
  return {.directory = config.state_dir,
          .max_age_ns = config.retention.max_age_ns,
          .max_bytes = config.retention.max_bytes};
}

}  // namespace

Daemon::State::State(DaemonSettings settings, EventLoop loop, SignalQueue signals,
                     SecondTimer timer)
    : settings_(std::move(settings)),
      loop_(std::move(loop)),
      signals_(std::move(signals)),
      timer_(std::move(timer)),
      sources_(page_sources()) {}

Status Daemon::State::start() {
  if (Status listening = listen(); !listening) return listening;
  open_store();
  if (Status attached = attach(); !attached) return attached;
  if (settings_.confine) {
    auto confined = settings_.confine();
    if (!confined) return confined.error();
    privileges_ = *std::move(confined);
    log_info(privileges_);
  }
  recall();
  if (Status watching = watch(); !watching) return watching;
  announce();
  supervisor_.ready(status_now());
  return Ok{};
}

Status Daemon::State::listen() {
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

void Daemon::State::open_store() {
  store_.emplace(Store::open(store_settings(settings_.config)));
  // What was known before a restart is still worth a look.
  IncidentFilter latest;
  latest.limit = kIncidentsInMemory;
  for (const Incident& incident : store_->query(latest)) board_.put(incident, incident.time_ns);
}

Status Daemon::State::attach() {
  local_addresses_.refresh();
  auto source = settings_.start_source(
      settings_.config, [this](std::span<const std::byte> record) { analyzer_->consume(record); });
  if (!source) return source.error();
  source_ = *std::move(source);
  auto reasons = read_reason_table(settings_.config.reply_reasons);
  if (!reasons) return reasons.error();
  // Records come only out of poll(), so the analyzer is there in time.
  analyzer_.emplace(
      AnalyzerSettings{
          .slow_greeting_seconds = settings_.config.slow_greeting_seconds,
          .max_flows = settings_.config.max_flows,
          .on_flow_closed = [this](const FlowView& flow) { receive_closed(flow); },
          .interface_name = [this](std::uint32_t i) { return source_->interface_name(i); },
          .is_local = [this](const core::address& a) { return local_addresses_.contains(a); },
          .local_domains = settings_.config.local_domains,
          .reply_reasons = *std::move(reasons),
          .network_of = [this](const core::address& a) { return local_addresses_.network_of(a); }},
      [this](const Incident& incident) { receive(incident); });
  return Ok{};
}

/// The analysis hears again what it heard before a restart, so that it goes on from there.
void Daemon::State::recall() {
  recalled_.emplace();
  source_->recall({.on_second =
                       [this](std::uint64_t now_ns) {
                         recalled_->second(now_ns);
                         analyzer_->tick(now_ns);
                       },
                   .on_conclusion = [this] { analyzer_->finish(); }});
  const Recalled recalled = *std::exchange(recalled_, std::nullopt);
  analyzer_->begin_counting(source_->stats().records_before);
  for (const Incident& incident : recalled.unknown_to(board_)) receive(incident);
  for (const FlowView& flow : recalled.perhaps_unwritten()) {
    if (!is_kept(*store_, flow)) store_->save_flow(flow);
  }
}

Status Daemon::State::watch() {
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

void Daemon::State::announce() {
  for (const std::string& note : source_->notes()) log_info(note);
  watchfulness_.report(source_->stats(), source_->refused_records());
  watchfulness_.report(store_->health());
  const ListenAddress real{settings_.config.web_listen.address, web_->port()};
  log_info(
      fmt::format("metrics: {}://{}/metrics", web_->access()->in_force()->tls ? "https" : "http",
                  to_string(real.address.empty() ? ListenAddress{"0.0.0.0", real.port} : real)));
  log_info(fmt::format("socket: {}", settings_.config.socket));
}

PageSources Daemon::State::page_sources() {
  return {
      .incidents = [this]() -> const IncidentBoard& { return board_; },
      .stored_incident = [this](std::string_view id) { return store_->find(id); },
      .kernel_stats = [this] { return source_->stats(); },
      .totals = [this] { return analyzer_->totals(); },
      .flows = [this](const FlowChoice& c) { return analyzer_->flows(wall_clock_ns(), c); },
      .flows_opened = [this](const FlowFilter& f) { return store_->flows_opened(f); },
      .watched_since_ns = [this] { return watched_since_ns(); },
      .idents = [this] { return analyzer_->idents(); },
      .store_health = [this] { return store_->health(); },
      .refused_records = [this] { return source_->refused_records(); },
      .uptime_seconds = [this] { return static_cast<double>(monotonic_ns() - started_ns_) / 1e9; },
      .config_reload = [this] { return config_reload_; },
      .web_config_reload = [this] { return web_config_reload_; },
      .connections_displaced =
          [this] { return web_->displaced_connections() + api_->displaced_connections(); },
      .paths = [this] { return store_->paths(); },
      .latest_path = [this](const core::address& a) { return store_->latest_path(a); },
      .keep_path = [this](const Path& path) { store_->save_path(path); },
      .senders = [this] { return analyzer_->senders(); },
      .interfaces = [this] { return interfaces_of(source_->stats()); },
      .privileges = [this] { return privileges_; },
      .pin_dir = [this] { return settings_.config.pin_dir; }};
}

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
