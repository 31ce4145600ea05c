// SPDX-License-Identifier: Apache-2.0
// Which packets are measured, and what comes before them?
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hook_bench.h"

namespace mxray::bench {

struct Case {
  const char* name;
  const char* meaning;
  Stream stream;
  bool established;  // needs flows that are under way
};

/// `flows`: a power of two.
std::vector<Case> cases(std::uint32_t flows);

/// The packets of three-way handshakes, in their order, one a flow.
std::vector<Stream> handshake(std::uint32_t flows);

/// The server's first line, one a flow.
Stream greeting(std::uint32_t flows);

/// The `number`th packet of a stream, as generator.bpf.c makes it on CPU 0.
void make_packet(std::vector<std::uint8_t>& frame, const traffic& kind, std::uint64_t number);

}  // namespace mxray::bench
