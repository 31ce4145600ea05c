// SPDX-License-Identifier: Apache-2.0
// Which Prometheus families does a snapshot make?
//
// Pure but for /proc/self: totals in, text out. The work depends on the number
// of families, interfaces and maps, never on that of the flows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/snapshot.h"
#include "base/kernel_stats.h"
#include "store/store.h"

namespace mxray {

/// Requests answered, by what was asked for. `handler` is one of a small fixed
/// set (`metrics`, `health`, `api`, ...), never the path as it was sent.
struct HttpRequests {
  std::string handler;
  int code = 200;  // HTTP status
  std::uint64_t count = 0;
};

/// How it went when a file was last read.
struct Reload {
  bool successful = true;
  double success_seconds = 0;  // of the last success, since 1970
  std::string problem{};       // why the file is not in force, one sentence; empty if it is
};

struct MetricsInput {
  KernelStats kernel;
  Totals totals;
  StoreHealth store;
  std::string version;         // of mxrayd
  std::string kernel_release;  // as `uname -r` says
  std::vector<HttpRequests> http_requests;
  std::uint64_t records_refused = 0;  // by the reader of the rings
  Reload config;
  Reload web_config;
  std::uint64_t connections_displaced = 0;  // of HTTP, to make room for new ones
};

enum class MetricsFormat : std::uint8_t {
  kText,         // of Prometheus, 0.0.4
  kOpenMetrics,  // 1.0, with exemplars
};
/// As in the HTTP header.
std::string_view content_type(MetricsFormat format);

/// The whole page, valid UTF-8 whatever the input holds.
std::string render_metrics(const MetricsInput& input, MetricsFormat format = MetricsFormat::kText);

}  // namespace mxray
