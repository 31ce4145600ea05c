// SPDX-License-Identifier: Apache-2.0
// Where is a journal kept that outlives its writer?
//
// In a BPF array that is mapped into memory: pinned beside the tables that it
// belongs to, it lives and goes with them, and never touches a disk.
#pragma once

#include <cstdint>
#include <optional>

#include "base/fd.h"
#include "base/result.h"
#include "probe/journal.h"

namespace mxray {

/// A map mapped into memory; unmapped when destroyed.
class JournalMap {
 public:
  /// A new map. 256 bytes for each flow that can be followed, from 1 to 64 MiB: a
  /// session makes some ten records of that size.
  static Result<JournalMap> create(std::uint32_t max_flows);
  /// One that exists, whose journal may be read with Journal::open().
  static Result<JournalMap> adopt(Fd map);

  JournalMap(JournalMap&& other) noexcept;
  JournalMap& operator=(JournalMap&& other) noexcept;
  ~JournalMap();

  [[nodiscard]] int fd() const { return map_.get(); }
  [[nodiscard]] std::span<std::byte> memory() const { return memory_; }

 private:
  JournalMap(Fd map, std::span<std::byte> memory) : map_(std::move(map)), memory_(memory) {}
  Fd map_;
  std::span<std::byte> memory_;
};

}  // namespace mxray
