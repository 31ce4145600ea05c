// SPDX-License-Identifier: Apache-2.0
// What is kept on disk, and what happens when the disk will not have it?
//
// Incidents, summaries of closed flows and the paths to servers, in
// `incidents.db` (SQLite). Nothing
// that befalls the disk may hold up the monitoring: save() remembers, maintain()
// writes, and a write that fails is counted, explained in health() and tried again
// at the next maintain(). Only when much comes at once does save() write, too, so
// that a flood of incidents on a sound disk loses none.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/incident.h"
#include "analysis/snapshot.h"
#include "path/path.h"

namespace mxray {

struct StoreSettings {
  std::filesystem::path directory{};  // created if missing
  std::uint64_t max_age_ns = std::uint64_t{30} * 24 * 3600 * 1'000'000'000;
  std::uint64_t max_bytes = std::uint64_t{256} * 1024 * 1024;  // database and its log
};

/// Which incidents a query wants; an empty list wants all.
struct IncidentFilter {
  std::vector<Kind> kinds{};
  std::vector<core::address> servers{};
  std::uint64_t since_ns = 0;  // wall clock; this moment included
  std::size_t limit = 1000;    // the newest ones win
};

/// A place in the order of closed flows: when they opened, then when they were kept.
struct FlowPlace {
  std::uint64_t opened_ns = 0;
  std::uint64_t row = 0;
};

/// Which closed flows a query wants.
struct FlowFilter {
  std::uint64_t since_ns = 0;  // opened then, wall clock; both ends included
  std::uint64_t until_ns = 0;
  std::optional<FlowPlace> after{};  // where the page before ended
  std::size_t limit = 1000;
};

struct FlowPage {
  std::vector<FlowView> flows;    // by when they opened
  std::optional<FlowPlace> next;  // where a further page begins; nullopt: that was all
};

/// All but `working`, `problem`, `incidents_kept` and `bytes` only ever rise.
struct StoreHealth {
  bool working = false;
  /// One sentence with a remedy, empty if all is well. It may also be set while
  /// `working`: then it tells of damage that was got over.
  std::string problem;
  std::uint64_t writes = 0;             // rows on disk, a replaced one again
  std::uint64_t write_failures = 0;     // attempts that failed; their rows wait
  std::uint64_t rows_dropped = 0;       // waited too long: the queue was full
  std::uint64_t rows_unreadable = 0;    // met by a query, left out of its answer
  std::uint64_t incidents_deleted = 0;  // by age or size
  std::uint64_t flows_deleted = 0;
  std::uint64_t incidents_kept = 0;
  std::uint64_t bytes = 0;  // of the database and its write-ahead log
};

class Store {
 public:
  /// Never fails and never throws: trouble with the disk shows in health().
  static Store open(StoreSettings settings);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  /// Writes what still waits, if the disk takes it.
  ~Store();

  /// Other bounds than it was opened with, from the next maintain() on. What waits
  /// for the disk goes on waiting.
  void keep(std::uint64_t max_age_ns, std::uint64_t max_bytes);

  /// Remembers an incident for the next flush; the same id replaces what is
  /// there. Touches no disk unless 512 wait. At most 1024 do: the oldest is dropped.
  void save(const Incident& incident);

  /// Remembers the summary of a closed flow. At most 4096 wait: the newest is
  /// dropped.
  void save_flow(const FlowView& flow);

  /// Remembers a path; it replaces the one to the same address and port. The
  /// youngest kMaxPaths are kept.
  void save_path(const Path& path);
  static constexpr std::size_t kMaxPaths = 256;

  /// Writes what waits in one transaction; after a failure opens anew first.
  /// Waits at most 20 ms for another process' lock.
  void flush();

  /// flush(), then deletes what is too old or too much, oldest first, and gives
  /// the space back. Call about once a second: the work of one call is bounded.
  /// `now_ns` is the wall clock.
  void maintain(std::uint64_t now_ns);

  /// The newest `limit` incidents that fit, the oldest of them first; those that
  /// still wait for the disk included.
  std::vector<Incident> query(const IncidentFilter& filter);
  std::optional<Incident> find(std::string_view id);

  /// One page of the closed flows that opened in a range of time; those that still
  /// wait for the disk are on the last one.
  FlowPage flows_opened(const FlowFilter& filter);
  /// When the oldest kept flow opened, wall clock; nullopt: none is kept.
  std::optional<std::uint64_t> oldest_flow_ns();

  /// The kept paths, the youngest first; those that still wait for the disk
  /// included.
  std::vector<Path> paths();
  /// The youngest to any port of `server`.
  std::optional<Path> latest_path(const core::address& server);

  [[nodiscard]] StoreHealth health() const;

 private:
  class State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mxray
