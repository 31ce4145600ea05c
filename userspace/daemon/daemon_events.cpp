// SPDX-License-Identifier: Apache-2.0
// What does a running daemon do when something happens: a record, a request, a
// second, a signal?
#include <fmt/format.h>
#include <signal.h>

#include <string>
#include <utility>

#include "daemon/daemon_state.h"
#include "daemon/log.h"
#include "daemon/reason_file.h"
#include "daemon/reload.h"
#include "daemon/status_line.h"
#include "format/explain.h"

namespace mxray {
namespace {

constexpr unsigned kSecondsBetweenReports = 10;

}  // namespace

Result<bool> Daemon::State::run_once(int timeout_ms) {
  if (Status turned = loop_.run_once(busy_ ? 0 : timeout_ms); !turned) return turned.error();
  if (busy_) serve();
  if (Status healthy = source_->health(); !healthy && !stopping_) return healthy.error();
  return !stopping_;
}

/// A new or amended incident, from the analysis.
void Daemon::State::receive(const Incident& incident) {
  if (recalled_) return recalled_->incident(incident);
  board_.put(incident, wall_clock_ns());
  store_->save(incident);
  if (settings_.print && incident.amendments == 0) {
    settings_.print(fmt::format("{}\n  why: mxray explain {}\n", one_line(incident), incident.id));
  }
}

void Daemon::State::receive_closed(const FlowView& flow) {
  if (recalled_) return recalled_->closed(flow);
  store_->save_flow(flow);
}

/// After the records, so that a request sees what came before it.
void Daemon::State::serve() {
  const bool web_has_more = web_->run();
  const bool api_has_more = api_->run();
  busy_ = web_has_more || api_has_more;
}

void Daemon::State::each_second() {
  timer_.take();
  source_->poll();
  watchfulness_.report_routes(source_->follow_routes());
  const std::uint64_t now_ns = wall_clock_ns();
  source_->note_second(now_ns);
  analyzer_->tick(now_ns);
  store_->maintain(now_ns);
  refresh_web_access();
  busy_ = true;  // lets the servers close connections that said nothing
  if (++seconds_ % kSecondsBetweenReports == 0) look_around();
  supervisor_.loop_turned();
}

/// At what changes seldom.
void Daemon::State::look_around() {
  local_addresses_.refresh();
  watchfulness_.report(source_->stats(), source_->refused_records());
  watchfulness_.report(store_->health());
  supervisor_.status(status_now());
}

std::string Daemon::State::status_now() {
  return status_line(source_->stats(), analyzer_->totals(), store_->health(),
                     {.config = config_reload_.problem, .web_config = web_config_reload_.problem});
}

void Daemon::State::refresh_web_access() {
  WebAccess& access = *web_->access();
  const auto refreshed = access.refresh();
  web_config_reload_.successful = access.is_current();
  web_config_reload_.problem = access.mistake();
  if (!refreshed) return;
  supervisor_.status(status_now());
  if (!*refreshed) {
    log_error(fmt::format("web configuration not taken over, the old one stays in force: {}",
                          refreshed->error().message));
    return;
  }
  log_info("web configuration read again: taken over");
  tell_notes(access.in_force()->config);
  web_config_reload_.success_seconds = now_seconds();
}

void Daemon::State::tell_notes(const WebConfig& config) {
  for (const std::string& note : config.notes) log_warning("web configuration: " + note);
}

void Daemon::State::obey() {
  for (const int number : signals_.take()) {
    if (number == SIGHUP) {
      reload();
    } else {
      log_info(number == SIGTERM ? "told to stop by SIGTERM" : "told to stop by SIGINT");
      stopping_ = true;
      supervisor_.stopping();
      source_->note_conclusion();
      analyzer_->finish();  // sessions that have just ended are stored, too
    }
  }
}

void Daemon::State::reload() {
  if (!settings_.reload) return;
  supervisor_.reloading();
  const Result<Config> fresh = settings_.reload();
  const Status taken_over = take_over(fresh);
  config_reload_.successful = static_cast<bool>(taken_over);
  if (taken_over) {
    config_reload_.success_seconds = now_seconds();
    config_reload_.problem = awaiting_restart(settings_.config, *fresh);
  } else {
    log_error(fmt::format("configuration not taken over, the old one stays in force: {}",
                          taken_over.error().message));
    config_reload_.problem = taken_over.error().message;
  }
  supervisor_.ready(status_now());
}

/// All of it that takes effect at once or, on an error, nothing.
Status Daemon::State::take_over(const Result<Config>& fresh) {
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

}  // namespace mxray
