// SPDX-License-Identifier: Apache-2.0
// How do records get from the kernel's ring buffers to the daemon?
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "probe/clock.h"
#include "probe/journal.h"

struct ring_buffer;  // libbpf

namespace mxray {

/// Reads the ring of incidents and the ring of dialogue, in this order of
/// importance.
class Rings {
 public:
  using OnRecord = std::function<void(std::span<const std::byte>)>;

  /// `journal` gets each record first; nullptr: nobody keeps one. The rings hold what
  /// came while nobody read.
  static Result<std::unique_ptr<Rings>> open(int incidents, int dialogue, OnRecord on_record,
                                             Journal* journal = nullptr);

  /// Hands over once more what the journal has of its last day, and calls `on_second` and
  /// `on_conclusion` in between as it says.
  void recall(const std::function<void(std::uint64_t now_ns)>& on_second,
              const std::function<void()>& on_conclusion);

  [[nodiscard]] std::vector<int> fds() const;

  /// All incidents, at most kDialogueBudget dialogue records, then the incidents
  /// that came meanwhile: chatter cannot keep a verdict waiting.
  void drain();

  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  // A busy gateway makes some 10,000 dialogue records a second; 1024 are read
  // in about a millisecond.
  static constexpr int kDialogueBudget = 1024;
  // Incidents are capped per flow in the kernel; this bounds one call even so.
  static constexpr int kIncidentBudget = 65536;

  struct Free {
    void operator()(ring_buffer* ring) const;
  };
  using Ring = std::unique_ptr<ring_buffer, Free>;

  /// What libbpf gives back with each sample.
  struct Source {
    Rings* rings;
    Journal::Kind kind;
    bool is_first = true;
  };

  Rings(OnRecord on_record, Journal* journal)
      : on_record_(std::move(on_record)),
        journal_(journal),
        clock_(journal == nullptr ? 0 : journal->latest_offset_ns()) {}
  static int on_sample(void* source, void* data, std::size_t size);
  void take(Source& source, std::span<const std::byte> sample);
  void deliver(std::span<const std::byte> sample, std::uint64_t offset_ns);
  void consume(ring_buffer& ring, int budget);

  OnRecord on_record_;
  Journal* journal_;
  WallClock clock_;
  Source from_incidents_{this, Journal::Kind::kIncident};
  Source from_dialogue_{this, Journal::Kind::kDialogue};
  Ring incidents_;
  Ring dialogue_;
  int budget_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace mxray
