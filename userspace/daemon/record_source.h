// SPDX-License-Identifier: Apache-2.0
// Where do the daemon's records come from?
//
// From the probe, except in tests: the seam that lets a daemon run without a
// kernel beneath it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/kernel_stats.h"
#include "base/result.h"
#include "daemon/config.h"
#include "probe/probe.h"

namespace mxray {

/// Members mean what those of Probe mean, see probe/probe.h.
class RecordSource {
 public:
  virtual ~RecordSource() = default;
  [[nodiscard]] virtual std::vector<int> poll_fds() const = 0;
  virtual void poll() = 0;
  /// Watches what `default-route` stands for by now, see interface_choice.h. Call
  /// it once a second: it does nothing unless routes have changed.
  virtual Status follow_routes() { return Ok{}; }
  [[nodiscard]] virtual std::vector<std::string> notes() const { return {}; }
  virtual void recall(const Recollection&) {}
  virtual void note_second(std::uint64_t) {}
  virtual void note_conclusion() {}
  [[nodiscard]] virtual Status health() const { return Ok{}; }
  [[nodiscard]] virtual KernelStats stats() = 0;
  [[nodiscard]] virtual std::string interface_name(std::uint32_t interface) const = 0;
  [[nodiscard]] virtual std::uint64_t refused_records() const = 0;
};

using OnRecord = std::function<void(std::span<const std::byte>)>;
using StartSource = std::function<Result<std::unique_ptr<RecordSource>>(const Config&, OnRecord)>;

/// Loads and attaches; the interfaces are watched from here on.
Result<std::unique_ptr<RecordSource>> start_probe(const Config& config, OnRecord on_record);

}  // namespace mxray
