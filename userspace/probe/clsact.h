// SPDX-License-Identifier: Apache-2.0
// How does a program watch by TC where the kernel has no TCX (before 6.6)?
//
// By a filter on the clsact qdisc, which other tools share: only our own filter
// is ever removed, and the qdisc only if we made it and nothing else uses it.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"

namespace mxray {

enum class Direction { kIngress, kEgress };

/// The clsact qdisc of one interface, shared by the filters of both directions.
class ClsactQdisc {
 public:
  /// Makes it if there is none. Leftovers of a killed mxrayd are removed.
  static Result<std::shared_ptr<ClsactQdisc>> open(std::uint32_t ifindex);
  ~ClsactQdisc();
  ClsactQdisc(const ClsactQdisc&) = delete;
  ClsactQdisc& operator=(const ClsactQdisc&) = delete;

  [[nodiscard]] std::uint32_t ifindex() const { return ifindex_; }

 private:
  ClsactQdisc(std::uint32_t ifindex, bool ours) : ifindex_(ifindex), ours_(ours) {}
  std::uint32_t ifindex_;
  bool ours_;  // made by mxray, now or by a predecessor that was killed
};

/// One filter; removed when destroyed.
class ClsactFilter {
 public:
  static Result<ClsactFilter> attach(int program, std::shared_ptr<ClsactQdisc> qdisc,
                                     Direction direction);
  ClsactFilter(ClsactFilter&&) noexcept = default;
  ClsactFilter& operator=(ClsactFilter&& other) noexcept;
  ~ClsactFilter();

  [[nodiscard]] bool alive() const;

 private:
  ClsactFilter(std::shared_ptr<ClsactQdisc> qdisc, Direction direction, std::uint32_t priority,
               std::uint32_t program_id)
      : qdisc_(std::move(qdisc)),
        direction_(direction),
        priority_(priority),
        program_id_(program_id) {}

  void detach();
  std::shared_ptr<ClsactQdisc> qdisc_;  // null: moved from
  Direction direction_;
  std::uint32_t priority_;
  std::uint32_t program_id_;
};

}  // namespace mxray
