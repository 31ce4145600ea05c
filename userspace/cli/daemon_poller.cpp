// SPDX-License-Identifier: Apache-2.0
#include "cli/daemon_poller.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "cli/forger_place.h"
#include "format/explain.h"
#include "format/flow_json.h"
#include "format/incident_json.h"
#include "format/status_json.h"

namespace mxray::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kInterval(1);

/// The items of an answer, read by `read`; `what` is one of them.
template <typename Item, typename Read>
Result<std::vector<Item>> items_in(const Answer& answer, const DaemonClient& daemon,
                                   std::string_view what, Read read) {
  if (answer.exit != ExitCode::kOk) return Error{answer.message};
  std::vector<Item> items;
  for (const std::string_view line : lines_of(answer.body)) {
    Result<Item> item = read(line);
    if (!item) return Error{daemon.not_understood(what, item.error().message).message};
    items.push_back(*std::move(item));
  }
  return items;
}

Result<std::vector<FlowView>> flows_in(const DaemonClient& daemon, const char* states) {
  const Answer answer =
      daemon.get("/v1/flows", {{"state", states}, {"limit", std::to_string(top::kMostFlows)}});
  return items_in<FlowView>(answer, daemon, "flow", flow_from_json);
}

}  // namespace

Result<top::Answers> ask_once(const DaemonClient& daemon, PollState& state) {
  top::Answers answers;
  const Answer status = daemon.get("/v1/status");
  if (status.exit != ExitCode::kOk) return Error{status.message};
  Result<DaemonStatus> read = status_from_json(status.body);
  if (!read) return Error{daemon.not_understood("status", read.error().message).message};
  answers.status = *std::move(read);

  auto waiting = flows_in(daemon, "waiting");
  if (!waiting) return waiting.error();
  answers.waiting = *std::move(waiting);
  auto others = flows_in(daemon, "dialogue,encrypted,closed");
  if (!others) return others.error();
  answers.others = *std::move(others);

  const Answer latest = daemon.get(
      "/v1/incidents",
      {{"after", std::to_string(state.revision)}, {"limit", std::to_string(top::kMostIncidents)}});
  auto incidents = items_in<Incident>(latest, daemon, "incident", incident_from_json);
  if (!incidents) return incidents.error();
  answers.incidents = *std::move(incidents);
  for (const std::string_view line : lines_of(latest.body)) {
    state.revision = std::max(state.revision, revision_of(line).value_or(0));
  }
  return answers;
}

std::string explanation_of(const DaemonClient& daemon, const std::string& id, int width) {
  const Answer answer = daemon.get("/v1/incidents/" + percent_encode(id));
  if (answer.not_found) return fmt::format("The daemon no longer keeps incident {}.", id);
  if (answer.exit != ExitCode::kOk) return answer.message;
  const auto incident = incident_from_json(answer.body);
  if (!incident) return daemon.not_understood("incident", incident.error().message).message;
  ExplainOptions look{.colour = false, .width = width};
  if (is_forgery(incident->kind))
    look.where = where(*incident, latest_path(daemon, incident->server));
  return explain(*incident, look);
}

DaemonPoller::DaemonPoller(DaemonClient daemon)
    : daemon_(std::move(daemon)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

DaemonPoller::~DaemonPoller() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

std::vector<DaemonPoller::News> DaemonPoller::take() {
  eventfd_t count = 0;
  eventfd_read(wake_.get(), &count);
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

void DaemonPoller::explain(std::string id, int width) {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = Wanted{std::move(id), width};
  }
  changed_.notify_one();
}

void DaemonPoller::pause(bool paused) {
  {
    const std::lock_guard lock(mutex_);
    paused_ = paused;
  }
  changed_.notify_one();
}

void DaemonPoller::tell(News news) {
  {
    const std::lock_guard lock(mutex_);
    news_.push_back(std::move(news));
  }
  eventfd_write(wake_.get(), 1);
}

void DaemonPoller::run() {
  PollState state;
  Clock::time_point due = Clock::now();
  std::unique_lock lock(mutex_);
  while (!ended_) {
    if (wanted_) {
      const Wanted wanted = *std::exchange(wanted_, std::nullopt);
      lock.unlock();
      tell(Explained{wanted.id, explanation_of(daemon_, wanted.id, wanted.width)});
      lock.lock();
    } else if (!paused_ && Clock::now() >= due) {
      due = Clock::now() + kInterval;
      lock.unlock();
      const top::Instant asked = top::instant_now();
      Result<top::Answers> answers = ask_once(daemon_, state);
      tell(answers ? News(*std::move(answers)) : News(Missed{answers.error().message, asked}));
      lock.lock();
    } else if (paused_) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, due);
    }
  }
}

}  // namespace mxray::cli
