// SPDX-License-Identifier: Apache-2.0
#include "replay/merged_captures.h"

#include <algorithm>
#include <utility>

namespace mxray {

Result<MergedCaptures> MergedCaptures::open(const std::vector<std::string>& paths) {
  if (paths.empty()) return Error{"no capture file given; name at least one"};
  MergedCaptures merged;
  for (const std::string& path : paths) {
    Result<CaptureFile> file = CaptureFile::open(path);
    if (!file) return file.error();
    const auto interface = static_cast<std::uint32_t>(merged.inputs_.size() + 1);
    merged.inputs_.push_back({std::move(*file), path, interface, 0, std::nullopt});
  }
  for (Input& input : merged.inputs_) merged.advance(input);
  return merged;
}

void MergedCaptures::advance(Input& input) {
  input.head.reset();
  Result<std::optional<CapturedPacket>> packet = input.file.next();
  if (!packet) {
    if (!failures_.empty()) failures_ += "; ";
    failures_ += packet.error().message;
    return;
  }
  input.head = *packet;
  if (input.head) input.clock_ns = std::max(input.clock_ns, input.head->time_ns);
}

Result<std::optional<MergedPacket>> MergedCaptures::next() {
  // Not before now: reading on overwrites the bytes that the caller held.
  if (delivered_) advance(inputs_[*delivered_]);
  delivered_.reset();

  // A gateway has a handful of interfaces: looking at each is cheaper than a heap.
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i].head) continue;
    if (!delivered_ || inputs_[i].clock_ns < inputs_[*delivered_].clock_ns) delivered_ = i;
  }
  if (delivered_) {
    const Input& input = inputs_[*delivered_];
    return std::optional<MergedPacket>(
        MergedPacket{input.interface, input.path, input.clock_ns, *input.head});
  }
  if (!failures_.empty()) return Error{std::exchange(failures_, {})};
  return std::optional<MergedPacket>();
}

}  // namespace mxray
