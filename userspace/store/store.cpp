// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <fmt/format.h>

#include <utility>

#include "base/time.h"
#include "store/bounds.h"
#include "store/damaged_file.h"
#include "store/store_state.h"

namespace mxray {

bool Store::State::make_directory() {
  std::error_code error;
  if (std::filesystem::is_directory(settings_.directory, error)) return true;
  if (!std::filesystem::create_directories(settings_.directory, error)) {
    met(no_directory(settings_.directory, error ? error.message() : "there is something else"));
    return false;
  }
  using std::filesystem::perms;
  std::filesystem::permissions(settings_.directory,
                               perms::owner_all | perms::group_read | perms::group_exec, error);
  return true;
}

/// Opens the file; a damaged one gives way to a fresh one, once.
bool Store::State::reopen() {
  file_.reset();
  if (!make_directory()) return false;
  auto opened = StoreFile::open(path_);
  if (opened.trouble && opened.trouble->cause == Trouble::Cause::kDamaged) {
    if (!give_way(*opened.trouble)) return false;
    opened = StoreFile::open(path_);
  }
  if (opened.trouble) {
    met(*opened.trouble);
    return false;
  }
  file_ = std::move(opened.file);
  recovered();
  measure();
  return true;
}

/// Moves the damaged file, which must be closed, out of the way.
bool Store::State::give_way(const Trouble& trouble) {
  const auto target = set_aside(path_, wall_clock_ns());
  if (!target) {
    met(Trouble{trouble.cause, fmt::format("{}; {}", trouble.sentence, target.error().message)});
    return false;
  }
  notice_ = fmt::format(
      "{0} and was moved to {1}; a fresh one was begun: `sqlite3 {1} .recover` "
      "may save what was in it",
      trouble.sentence, target->string());
  return true;
}

void Store::State::met(const sqlite::Failure& failure) {
  using Cause = Trouble::Cause;
  const Trouble trouble = judge(failure, path_);
  met(trouble);
  if (trouble.cause == Cause::kLocked || trouble.cause == Cause::kFull) return;
  // Another process may have moved the same damaged file aside already.
  const bool ours = file_ && file_->is_current();
  file_.reset();
  // Now, since opening need not find damage that was met deep inside.
  if (trouble.cause == Cause::kDamaged && ours) give_way(trouble);
}

void Store::State::met(const Trouble& trouble) {
  health_.working = false;
  health_.problem = trouble.sentence;
}

void Store::State::recovered() {
  health_.working = true;
  health_.problem = notice_;
}

void Store::State::measure() {
  health_.incidents_kept = file_->incident_count();
  health_.bytes = file_->bytes();
}

void Store::State::flush() {
  if (file_ && !file_->is_current()) {
    notice_ =
        fmt::format("{} was removed while it was in use; a fresh one was begun", path_.string());
    file_.reset();
  }
  const bool was_open = file_ != nullptr;
  write_once();
  // Damage that shows only now has just been moved aside: the rows need not wait.
  if (was_open && !file_) write_once();
}

/// Writes ahead of time: never to a disk that has just failed, and for half of the time
/// at most, so that a slow one does not keep records from being read.
void Store::State::relieve() {
  const std::uint64_t began_ns = monotonic_ns();
  if (!health_.working || began_ns < next_relief_ns_) return;
  flush();
  const std::uint64_t ended_ns = monotonic_ns();
  next_relief_ns_ = ended_ns + (ended_ns - began_ns);
}

void Store::State::write_once() {
  if (!file_ && !reopen()) {
    if (!waiting_.empty()) ++health_.write_failures;
    return;
  }
  if (waiting_.empty()) return;
  if (const auto failure = file_->write(waiting_)) {
    ++health_.write_failures;
    met(*failure);
    return;
  }
  health_.writes += waiting_.size();
  waiting_.clear();
  recovered();
  measure();
}

void Store::State::maintain(std::uint64_t now_ns) {
  flush();
  if (!file_ || !waiting_.empty()) return;
  const std::uint64_t oldest = now_ns > settings_.max_age_ns ? now_ns - settings_.max_age_ns : 0;
  Deleted deleted;
  const auto failure = enforce(*file_, Bounds{oldest, settings_.max_bytes}, deleted);
  health_.incidents_deleted += deleted.incidents;
  health_.flows_deleted += deleted.flows;
  if (failure) {
    ++health_.write_failures;
    met(*failure);
    return;
  }
  recovered();
  if (deleted.incidents != 0) health_.incidents_kept = file_->incident_count();
  health_.bytes = file_->bytes();
}

StoreHealth Store::State::health() const {
  StoreHealth health = health_;
  health.rows_dropped = waiting_.dropped() + unwritable_;
  return health;
}

Store Store::open(StoreSettings settings) {
  return Store(std::make_unique<State>(std::move(settings)));
}
Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

void Store::keep(std::uint64_t max_age_ns, std::uint64_t max_bytes) {
  state_->keep(max_age_ns, max_bytes);
}
void Store::save(const Incident& incident) { state_->save(incident); }
void Store::save_flow(const FlowView& flow) { state_->save(flow); }
void Store::save_path(const Path& path) { state_->save(path); }
void Store::flush() { state_->flush(); }
void Store::maintain(std::uint64_t now_ns) { state_->maintain(now_ns); }
std::vector<Incident> Store::query(const IncidentFilter& filter) { return state_->query(filter); }
std::optional<Incident> Store::find(std::string_view id) { return state_->find(id); }
FlowPage Store::flows_opened(const FlowFilter& filter) { return state_->flows_opened(filter); }
std::optional<std::uint64_t> Store::oldest_flow_ns() { return state_->oldest_flow_ns(); }
std::vector<Path> Store::paths() { return state_->paths(); }
std::optional<Path> Store::latest_path(const core::address& server) {
  return state_->latest_path(server);
}
StoreHealth Store::health() const { return state_->health(); }

}  // namespace mxray
