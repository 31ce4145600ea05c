// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/time.h"
#include "format/flow_json.h"
#include "format/incident_json.h"
#include "format/path_json.h"
#include "store/bounds.h"
#include "store/damaged_file.h"
#include "store/store_file.h"
#include "store/waiting_rows.h"

namespace mxray {

/// The file while it is open, what waits for it, and what went wrong last.
class Store::State {
 public:
  explicit State(StoreSettings settings)
      : settings_(std::move(settings)), path_(settings_.directory / "incidents.db") {
    reopen();
  }
  ~State() { flush(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  template <typename Subject>
  void save(const Subject& subject) {
    if (auto row = row_of(subject)) {
      waiting_.add(std::move(*row));
    } else {
      ++unwritable_;
    }
  }

  void keep(std::uint64_t max_age_ns, std::uint64_t max_bytes) {
    settings_.max_age_ns = max_age_ns;
    settings_.max_bytes = max_bytes;
  }
  void flush();
  void maintain(std::uint64_t now_ns);
  std::vector<Incident> query(const IncidentFilter& filter);
  std::optional<Incident> find(std::string_view id);
  std::vector<FlowView> closed_flows(std::size_t limit);
  FlowPage flows_opened(const FlowFilter& filter);
  std::optional<std::uint64_t> oldest_flow_ns();
  std::vector<Path> paths();
  std::optional<Path> latest_path(const core::address& server);
  [[nodiscard]] StoreHealth health() const;

 private:
  bool reopen();
  bool make_directory();
  bool give_way(const Trouble& trouble);
  void write_once();
  std::vector<PathRow> path_rows();
  void met(const sqlite::Failure& failure);
  void met(const Trouble& trouble);
  void recovered();
  void measure();
  template <typename T>
  std::optional<T> readable(Result<T> result);

  StoreSettings settings_;
  std::filesystem::path path_;
  std::unique_ptr<StoreFile> file_;
  WaitingRows waiting_;
  StoreHealth health_;
  std::string notice_;            // of damage that was got over; until the end
  std::uint64_t unwritable_ = 0;  // had no JSON form
};

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

template <typename T>
std::optional<T> Store::State::readable(Result<T> result) {
  if (result) return *std::move(result);
  ++health_.rows_unreadable;
  return std::nullopt;
}

std::vector<Incident> Store::State::query(const IncidentFilter& filter) {
  std::vector<IncidentRow> rows;
  if (file_) {
    if (const auto failure = file_->query(filter, rows)) met(*failure);
  }
  // What waits is newer than what is on disk under the same id.
  std::erase_if(rows, [&](const IncidentRow& row) { return waiting_.find(row.id) != nullptr; });
  for (const IncidentRow& row : waiting_.incidents()) {
    if (fits(row, filter)) rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end(), [](const IncidentRow& a, const IncidentRow& b) {
    return std::tie(a.time_ns, a.id) < std::tie(b.time_ns, b.id);
  });
  const std::size_t first = rows.size() - std::min(rows.size(), filter.limit);
  std::vector<Incident> incidents;
  for (std::size_t i = first; i < rows.size(); ++i) {
    if (auto incident = readable(incident_from_json(rows[i].json))) {
      incidents.push_back(std::move(*incident));
    }
  }
  return incidents;
}

std::optional<Incident> Store::State::find(std::string_view id) {
  std::optional<std::string> json;
  if (const IncidentRow* row = waiting_.find(id)) {
    json = row->json;
  } else if (file_) {
    if (const auto failure = file_->find(id, json)) met(*failure);
  }
  return json ? readable(incident_from_json(*json)) : std::nullopt;
}

std::vector<FlowView> Store::State::closed_flows(std::size_t limit) {
  std::vector<std::string> rows;
  if (file_) {
    if (const auto failure = file_->flows(limit, rows)) met(*failure);
  }
  std::vector<FlowView> flows;
  for (const std::string& row : rows) {
    if (auto flow = readable(flow_from_json(row))) flows.push_back(std::move(*flow));
  }
  return flows;
}

FlowPage Store::State::flows_opened(const FlowFilter& filter) {
  FlowPage page;
  std::vector<StoreFile::StoredFlow> rows;
  if (file_) {
    if (const auto failure = file_->flows_opened(filter, rows)) met(*failure);
  }
  for (const StoreFile::StoredFlow& row : rows) {
    if (auto flow = readable(flow_from_json(row.json))) page.flows.push_back(std::move(*flow));
  }
  if (!rows.empty() && rows.size() == filter.limit) {
    page.next = rows.back().place;
    return page;
  }
  for (const FlowRow& row : waiting_.flows()) {
    if (row.time_ns < filter.since_ns || row.time_ns > filter.until_ns) continue;
    if (auto flow = readable(flow_from_json(row.json))) page.flows.push_back(std::move(*flow));
  }
  return page;
}

std::optional<std::uint64_t> Store::State::oldest_flow_ns() {
  std::optional<std::uint64_t> oldest;
  if (file_) {
    if (const auto failure = file_->oldest_flow(oldest)) met(*failure);
  }
  for (const FlowRow& row : waiting_.flows()) {
    oldest = std::min(oldest.value_or(row.time_ns), row.time_ns);
  }
  return oldest;
}

std::vector<PathRow> Store::State::path_rows() {
  std::vector<PathRow> rows;
  if (file_) {
    if (const auto failure = file_->paths(rows)) met(*failure);
  }
  // What waits is newer than what is on disk of the same server.
  std::erase_if(rows, [&](const PathRow& row) { return waiting_.find(row.server) != nullptr; });
  rows.insert(rows.end(), waiting_.paths().begin(), waiting_.paths().end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const PathRow& a, const PathRow& b) { return a.time_ns > b.time_ns; });
  if (rows.size() > kMaxPaths) rows.resize(kMaxPaths);
  return rows;
}

std::vector<Path> Store::State::paths() {
  std::vector<Path> paths;
  for (const PathRow& row : path_rows()) {
    if (auto path = readable(path_from_json(row.json))) paths.push_back(std::move(*path));
  }
  return paths;
}

std::optional<Path> Store::State::latest_path(const core::address& server) {
  for (const PathRow& row : path_rows()) {
    if (!(row.server.address == server)) continue;
    if (auto path = readable(path_from_json(row.json))) return path;
  }
  return std::nullopt;
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
std::vector<FlowView> Store::closed_flows(std::size_t limit) { return state_->closed_flows(limit); }
FlowPage Store::flows_opened(const FlowFilter& filter) { return state_->flows_opened(filter); }
std::optional<std::uint64_t> Store::oldest_flow_ns() { return state_->oldest_flow_ns(); }
std::vector<Path> Store::paths() { return state_->paths(); }
std::optional<Path> Store::latest_path(const core::address& server) {
  return state_->latest_path(server);
}
StoreHealth Store::health() const { return state_->health(); }

}  // namespace mxray
