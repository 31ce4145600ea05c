// SPDX-License-Identifier: Apache-2.0
#include "handwriting.h"

#include "arguments.h"

namespace mxray::lab {
namespace {

// Linux counts timestamps in milliseconds; others do not, but keep to 1 s at most.
constexpr double kTimestampsPerSecond = 1000;

}  // namespace

Style style_from(const std::string& name) {
  if (name == "simple") return Style::kSimple;
  if (name == "mimic") return Style::kMimic;
  if (name == "reflector") return Style::kReflector;
  if (name == "constant-window") return Style::kConstantWindow;
  throw UsageError("--style is simple, mimic, reflector or constant-window, not " + name);
}

void Handwriting::observe(const Segment& segment) {
  Genuine& genuine = genuine_[segment.destination_port()];
  const View network = segment.network;
  genuine.header.ttl = static_cast<std::uint8_t>(network[segment.ipv6 ? 7 : 8] - 1);
  genuine.header.ip_id = segment.ipv6 ? std::uint16_t{0} : load16(network, 4);
  genuine.header.dont_fragment = !segment.ipv6 && (network[6] & 0x40) != 0;
  genuine.header.window = segment.window();
  genuine.header.timestamps = timestamps_of(segment);
  genuine.next_seq = segment.next_seq();
  genuine.ack = segment.ack();
  genuine.seen_at = monotonic_seconds();
}

const Genuine* Handwriting::genuine_to(const Segment& trigger) const {
  const auto found = genuine_.find(trigger.source_port());
  return found == genuine_.end() ? nullptr : &found->second;
}

Header Handwriting::next(const Segment& trigger) {
  Header header = own_;
  switch (style_) {
    case Style::kSimple: break;
    case Style::kMimic: return imitate(trigger);
    case Style::kReflector:
      header.ip_id =
          trigger.ipv6 ? own_.ip_id : static_cast<std::uint16_t>(load16(trigger.network, 4) + 1);
      header.window = trigger.window();
      break;
    case Style::kConstantWindow:
      header.ttl = static_cast<std::uint8_t>(std::uniform_int_distribution<int>(70, 250)(random_));
      header.window = static_cast<std::uint16_t>(header.ttl + own_.window);
      break;
  }
  return header;
}

Header Handwriting::imitate(const Segment& trigger) {
  const auto found = genuine_.find(trigger.source_port());
  if (found == genuine_.end())
    throw std::runtime_error("a mimic has seen nothing of the one it imitates; is --watch right?");
  Genuine& genuine = found->second;
  ++genuine.header.ip_id;
  Header header = genuine.header;
  if (header.timestamps) {
    const double passed = monotonic_seconds() - genuine.seen_at;
    header.timestamps->value += static_cast<std::uint32_t>(passed * kTimestampsPerSecond);
    if (const auto asked = timestamps_of(trigger)) header.timestamps->echo = asked->value;
  }
  return header;
}

}  // namespace mxray::lab
