// SPDX-License-Identifier: Apache-2.0
// What does a store consist of? Writing is in store.cpp, answering in
// store_queries.cpp; nobody else includes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/store.h"
#include "store/store_file.h"
#include "store/trouble.h"
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
      if (waiting_.is_crowded()) relieve();
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
  FlowPage flows_opened(const FlowFilter& filter);
  std::optional<std::uint64_t> oldest_flow_ns();
  std::vector<Path> paths();
  std::optional<Path> latest_path(const core::address& server);
  [[nodiscard]] StoreHealth health() const;

 private:
  void relieve();
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
  std::uint64_t next_relief_ns_ = 0;  // monotonic
  std::string notice_;                // of damage that was got over; until the end
  std::uint64_t unwritable_ = 0;      // had no JSON form
};

}  // namespace mxray
