// SPDX-License-Identifier: Apache-2.0
// Is the store well, and how full is it?
#include "metrics/subjects.h"

namespace mxray {

void add_store_families(const StoreHealth& store, Families& families) {
  const auto put_counter = [&](std::string name, std::string help, std::uint64_t value) {
    families.push_back(with(counter("mxray_store_" + std::move(name), std::move(help)), value));
  };
  const auto put_gauge = [&](std::string name, std::string help, std::uint64_t value) {
    families.push_back(with(gauge("mxray_store_" + std::move(name), std::move(help)), value));
  };
  put_gauge("working", "1 if incidents reach the disk, 0 if they wait in memory.",
            store.working ? 1 : 0);
  put_gauge("bytes", "Bytes on disk, the write-ahead log included.", store.bytes);
  put_gauge("incidents", "Incidents on disk.", store.incidents_kept);
  put_counter("writes_total", "Rows written; a replaced one counts again.", store.writes);
  put_counter("write_failures_total", "Attempts to write that failed; their rows wait.",
              store.write_failures);
  put_counter("rows_dropped_total", "Rows given up because too many waited for the disk.",
              store.rows_dropped);
  put_counter("rows_unreadable_total", "Rows on disk that a query could not read.",
              store.rows_unreadable);
  auto deleted =
      counter("mxray_store_deleted_total", "Rows deleted because they were too old or too many.");
  add(deleted, {{"what", "incident"}}, store.incidents_deleted);
  add(deleted, {{"what", "flow"}}, store.flows_deleted);
  families.push_back(std::move(deleted));
}

}  // namespace mxray
