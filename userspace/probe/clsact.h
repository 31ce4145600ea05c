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

/// What to do with filters of ours that a daemon before this one left.
enum class Leftovers {
  kRemove,
  kReplace,  // each by its successor, so that no packet passes unseen
};

/// The clsact qdisc of one interface, shared by the filters of both directions.
class ClsactQdisc {
 public:
  /// Makes it if there is none.
  static Result<std::shared_ptr<ClsactQdisc>> open(std::uint32_t ifindex,
                                                   Leftovers leftovers = Leftovers::kRemove);
  ~ClsactQdisc();
  ClsactQdisc(const ClsactQdisc&) = delete;
  ClsactQdisc& operator=(const ClsactQdisc&) = delete;

  [[nodiscard]] std::uint32_t ifindex() const { return ifindex_; }

 private:
  ClsactQdisc(std::uint32_t ifindex, bool ours) : ifindex_(ifindex), ours_(ours) {}
  std::uint32_t ifindex_;
  bool ours_;  // made by mxray, now or by a predecessor that was killed
};

/// What became of filters that were to go.
struct FilterRemoval {
  bool any = false;  // of them were there, and are gone
  int error = 0;     // errno; not 0: one is still there
};

/// Removes our filters of one direction of an interface, and the qdisc if they were
/// all that was on it.
FilterRemoval remove_clsact_filters(std::uint32_t ifindex, Direction direction);

/// One filter; removed when destroyed, unless it shall stay.
class ClsactFilter {
 public:
  /// In the place of one that was left there, if there is any.
  static Result<ClsactFilter> attach(int program, std::shared_ptr<ClsactQdisc> qdisc,
                                     Direction direction);
  ClsactFilter(ClsactFilter&&) noexcept = default;
  ClsactFilter& operator=(ClsactFilter&& other) noexcept;
  ~ClsactFilter();

  [[nodiscard]] bool alive() const;

  /// Whether it outlives this object.
  void stay(bool stays) { stays_ = stays; }

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
  bool stays_ = false;
};

}  // namespace mxray
