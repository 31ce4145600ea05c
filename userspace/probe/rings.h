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

struct ring_buffer;  // libbpf

namespace mxray {

/// Reads the ring of incidents and the ring of dialogue, in this order of
/// importance.
class Rings {
 public:
  using OnRecord = std::function<void(std::span<const std::byte>)>;

  static Result<std::unique_ptr<Rings>> open(int incidents, int dialogue, OnRecord on_record);

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

  explicit Rings(OnRecord on_record) : on_record_(std::move(on_record)) {}
  static int on_sample(void* self, void* data, std::size_t size);
  void deliver(std::span<const std::byte> sample);
  void consume(ring_buffer& ring, int budget);

  OnRecord on_record_;
  WallClock clock_;
  Ring incidents_;
  Ring dialogue_;
  int budget_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace mxray
