// SPDX-License-Identifier: Apache-2.0
// Where do libbpf's own messages go, which would otherwise clutter stderr?
#include "probe/libbpf_log.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <utility>
#include <vector>

namespace mxray {
namespace {

constexpr std::size_t kLimit = 65536;

// libbpf's print callback has no context argument, so the receiver has to be
// found through the thread.
LibbpfLog*& current_log() {
  thread_local LibbpfLog* current = nullptr;
  return current;
}

int print(libbpf_print_level level, const char* format, va_list arguments) {
  LibbpfLog* log = current_log();
  if (log == nullptr || level != LIBBPF_WARN) return 0;
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, arguments);
  if (length > 0) {
    std::vector<char> text(static_cast<std::size_t>(length) + 1);
    std::vsnprintf(text.data(), text.size(), format, again);
    log->append({text.data(), static_cast<std::size_t>(length)});
  }
  va_end(again);
  return 0;
}

}  // namespace

LibbpfLog::LibbpfLog() : outer_(std::exchange(current_log(), this)) { libbpf_set_print(print); }

LibbpfLog::~LibbpfLog() { current_log() = outer_; }

void LibbpfLog::append(std::string_view message) {
  text_ += message;
  if (text_.size() > kLimit) text_.erase(0, text_.size() - kLimit);
}

}  // namespace mxray
