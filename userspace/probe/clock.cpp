// SPDX-License-Identifier: Apache-2.0
// At which wall-clock time did something happen that the kernel timed?
#include "probe/clock.h"

#include <fmt/format.h>

#include <cstring>

#include "base/time.h"
#include "record.h"

namespace mxray {
namespace {

/// Bytes of a record of `type`; 0 for an unknown type.
std::size_t size_of_type(std::uint8_t type) {
  switch (type) {
    case core::RECORD_FLOW_OPENED:
    case core::RECORD_SYN_ACK_REPEATED:
    case core::RECORD_ENCRYPTED:
    case core::RECORD_FLOW_CLOSED:
    case core::RECORD_SYN_REPEATED:
    case core::RECORD_REFUSED: return sizeof(core::record_flow);
    case core::RECORD_GREETING:
    case core::RECORD_COMMAND:
    case core::RECORD_REPLY: return sizeof(core::record_dialogue);
    case core::RECORD_SIGNAL: return sizeof(core::record_signal);
    case core::RECORD_IDENT: return sizeof(core::record_ident);
    case core::RECORD_LOOKUP: return sizeof(core::record_lookup);
    default: return 0;
  }
}

class Shift {
 public:
  explicit Shift(std::uint64_t offset_ns) : offset_ns_(offset_ns) {}

  void operator()(std::uint64_t& time_ns) const {
    if (time_ns != 0) time_ns += offset_ns_;
  }
  void operator()(core::handshake& handshake) const {
    (*this)(handshake.syn_time_ns);
    (*this)(handshake.syn_ack_time_ns);
    (*this)(handshake.last_syn_ack_time_ns);
    (*this)(handshake.established_time_ns);
  }
  void operator()(core::segment& segment) const { (*this)(segment.time_ns); }
  void operator()(core::signal_side& side) const {
    for (auto& segment : side.first) (*this)(segment);
    for (auto& segment : side.recent) (*this)(segment);
  }

  // core's u64 and std::uint64_t are different types of the same width here.
  template <typename Integer>
  requires(std::is_unsigned_v<Integer> && sizeof(Integer) == 8 &&
           !std::is_same_v<Integer, std::uint64_t>) void
  operator()(Integer& time_ns) const {
    if (time_ns != 0) time_ns += offset_ns_;
  }

 private:
  std::uint64_t offset_ns_;
};

}  // namespace

void WallClock::refresh() {
  if (monotonic_ns() - measured_ns_ >= kMaximumAge) measure();
}

void WallClock::measure() {
  // Being scheduled away between two readings would look like a clock step, so
  // the tightest of a few brackets counts.
  std::uint64_t tightest = UINT64_MAX;
  std::uint64_t offset_ns = 0;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const std::uint64_t before = monotonic_ns();
    const std::uint64_t wall = wall_clock_ns();
    const std::uint64_t after = monotonic_ns();
    if (after - before >= tightest) continue;
    tightest = after - before;
    offset_ns = wall - (before + tightest / 2);
    measured_ns_ = after;
  }
  const std::uint64_t moved =
      offset_ns > offset_ns_ ? offset_ns - offset_ns_ : offset_ns_ - offset_ns;
  if (moved > kTolerance) offset_ns_ = offset_ns;
}

Status check_record(std::span<const std::byte> record) {
  core::record_header header;
  if (record.size() < sizeof header) {
    return Error{fmt::format("record of {} bytes is shorter than a header", record.size())};
  }
  std::memcpy(&header, record.data(), sizeof header);
  if (header.version != RECORD_VERSION) {
    return Error{fmt::format("record version {} instead of {}: programs and daemon do not match",
                             header.version, RECORD_VERSION)};
  }
  const std::size_t expected = size_of_type(header.type);
  if (expected == 0) return Error{fmt::format("record of unknown type {}", header.type)};
  if (record.size() != expected || header.size != expected) {
    return Error{fmt::format("record of type {} has {} bytes and claims {}, expected {}",
                             header.type, record.size(), header.size, expected)};
  }
  return Ok{};
}

void shift_times(std::span<std::byte> record, std::uint64_t offset_ns) {
  const Shift shift(offset_ns);
  auto* header = reinterpret_cast<core::record_header*>(record.data());
  shift(header->time_ns);
  switch (header->type) {
    case core::RECORD_FLOW_OPENED:
    case core::RECORD_SYN_ACK_REPEATED:
    case core::RECORD_ENCRYPTED:
    case core::RECORD_FLOW_CLOSED:
    case core::RECORD_SYN_REPEATED:
    case core::RECORD_REFUSED:
      shift(reinterpret_cast<core::record_flow*>(header)->handshake);
      break;
    case core::RECORD_GREETING:
    case core::RECORD_COMMAND:
    case core::RECORD_REPLY:
      shift(reinterpret_cast<core::record_dialogue*>(header)->handshake);
      break;
    case core::RECORD_SIGNAL: {
      auto* signal = reinterpret_cast<core::record_signal*>(header);
      shift(signal->handshake);
      shift(signal->current);
      shift(signal->other);
      shift(signal->client);
      shift(signal->server);
      break;
    }
    case core::RECORD_IDENT: {
      auto* ident = reinterpret_cast<core::record_ident*>(header);
      shift(ident->first_query_time_ns);
      shift(ident->last_query_time_ns);
      break;
    }
    case core::RECORD_LOOKUP:
      shift(reinterpret_cast<core::record_lookup*>(header)->first_time_ns);
      break;
    default: break;
  }
}

}  // namespace mxray
