// SPDX-License-Identifier: Apache-2.0
// In which order did the packets of several interfaces pass the gateway?
//
// Each file is one interface of one gateway, so its packets share one clock.
// The files are merged by time. Two rules for real files:
//
// - Within a file, its order is the truth: capture threads swap timestamps by
//   microseconds, and a stepped clock goes back by seconds, but the packets are
//   written as they were seen. So a file is never reordered; for the merge its
//   clock stands still until its times have caught up.
// - At equal times the file named first comes first.
//
// Given up: a file whose clock jumps ahead by mistake holds its later packets
// back until the others are there, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "replay/capture_file.h"

namespace mxray {

/// `packet` and `file` live until the next call of MergedCaptures::next().
struct MergedPacket {
  std::uint32_t interface = 0;  // the file's number in the order given, from 1
  std::string_view file;
  std::uint64_t clock_ns = 0;  // packet.time_ns, but never before an earlier packet's
  CapturedPacket packet;
};

class MergedCaptures {
 public:
  /// Fails with the first file that cannot be opened, or if `paths` is empty.
  static Result<MergedCaptures> open(const std::vector<std::string>& paths);

  /// The next packet of all files; nullopt at the end. A file that breaks off
  /// ends there and the others go on; when all packets are delivered, one call
  /// fails with the sentences of all such files, and the next is at the end.
  Result<std::optional<MergedPacket>> next();

 private:
  struct Input {
    CaptureFile file;
    std::string path;
    std::uint32_t interface = 0;
    std::uint64_t clock_ns = 0;
    std::optional<CapturedPacket> head;  // not delivered yet
  };

  MergedCaptures() = default;
  void advance(Input& input);

  std::vector<Input> inputs_;
  std::optional<std::size_t> delivered_;  // the input whose head is in the caller's hands
  std::string failures_;
};

}  // namespace mxray
