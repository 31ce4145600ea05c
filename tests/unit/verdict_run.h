// SPDX-License-Identifier: Apache-2.0
// How does a test ask for the verdict on made-up packets?
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/port_table.h"
#include "replay/replay.h"
#include "support/capture_writer.h"
#include "support/timed_packet.h"

namespace mxray::test {

/// Replays each list of packets as the capture of one interface.
inline ReplayResult verdict_on(const std::vector<std::vector<TimedPacket>>& interfaces,
                               PortTable ports = default_ports(), AnalyzerSettings analyzer = {}) {
  const TemporaryDirectory directory;
  std::vector<std::string> files;
  for (const std::vector<TimedPacket>& packets : interfaces) {
    files.push_back(directory.write("if" + std::to_string(files.size()) + ".pcap",
                                    pcap_file(packets, {.nanoseconds = true})));
  }
  return replay(files, {.ports = std::move(ports), .analyzer = std::move(analyzer)});
}

}  // namespace mxray::test
