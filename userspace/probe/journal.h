// SPDX-License-Identifier: Apache-2.0
// What was the daemon told, so that the next one can be told the same?
//
// The analysis is a function of the records and the seconds it was given. A daemon
// that is given them again, in the same order and with the same times, knows the
// same connections and incidents, under the same names. So what is told is written
// down first: in memory that outlives the process (journal_map.h), the oldest making
// room for the newest. One writer; it may be killed at any instruction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/kernel_stats.h"

namespace mxray {

class Journal {
 public:
  enum class Kind : std::uint32_t {
    kFiller = 0,      // to the end of the memory
    kIncident = 1,    // a record from the ring of incidents
    kDialogue = 2,    // ... of dialogue
    kSecond = 3,      // a second passed
    kConclusion = 4,  // no more was to come
  };
  struct Entry {
    Kind kind = Kind::kFiller;
    /// Of a second: the wall clock, nanoseconds. Of a record: what to add to its times.
    std::uint64_t time_ns = 0;
    std::span<const std::byte> record{};  // as the kernel wrote it, aligned to 8
    /// Of a record that is read: the how manieth out of its ring it was.
    std::uint64_t number = 0;
  };
  using Counters = decltype(KernelStats::counters);

  /// Least memory worth having, bytes.
  static constexpr std::size_t kLeastBytes = 4096;
  static constexpr std::uint64_t kRecalledNs = 86'400ULL * 1'000'000'000;  // a day

  /// Makes `memory` (aligned to 8, at least kLeastBytes) an empty journal with a
  /// secret that belongs to what is written there.
  static Journal begin(std::span<std::byte> memory, std::uint64_t secret);

  /// The journal that is in `memory`; nullopt if there is none that can be read.
  static std::optional<Journal> open(std::span<std::byte> memory);

  /// An entry larger than a quarter of the memory is not written.
  void append(const Entry& entry);

  /// Calls `visit` for each entry, the oldest first; ends at what makes no sense.
  void read(const std::function<void(const Entry&)>& visit) const;

  /// The same, from the first second on that passed at most kRecalledNs before the latest;
  /// what came before the very first one is as old as that. A gateway that sees little mail writes
  /// down nothing but seconds, months of them, and each costs the analysis some time.
  void read_recent(const std::function<void(const Entry&)>& visit) const;

  /// Whether the latest record of this kind has these very bytes: it was written
  /// down, but its reader was killed before it could let go of it.
  [[nodiscard]] bool ends_with(Kind kind, std::span<const std::byte> record) const;

  /// Counts a record that was taken out of its ring and gets no entry.
  void count(Kind kind);

  /// What the programs have counted; but for records, which are counted as they come.
  void note_counted(const Counters& counted);

  /// Where the next one begins to count: what was noted, and exactly the records taken.
  [[nodiscard]] Counters counted() const;

  [[nodiscard]] std::uint64_t secret() const;

  /// Of the latest record; 0 if there is none.
  [[nodiscard]] std::uint64_t latest_offset_ns() const { return latest_offset_ns_; }

 private:
  struct Header;
  struct Frame;
  explicit Journal(std::span<std::byte> memory) : memory_(memory) {}
  [[nodiscard]] Header& header() const;
  [[nodiscard]] std::span<std::byte> room() const;
  [[nodiscard]] std::optional<Frame> frame_at(std::uint64_t place) const;
  void make_room(std::uint64_t bytes);
  void write(std::uint64_t place, const Entry& entry, std::uint32_t size);
  void note_latest(const Entry& entry);
  [[nodiscard]] std::uint64_t& taken(Kind kind) const;

  std::span<std::byte> memory_;
  std::vector<std::byte> latest_incident_, latest_dialogue_;
  std::uint64_t latest_offset_ns_ = 0;
};

}  // namespace mxray
