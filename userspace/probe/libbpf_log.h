// SPDX-License-Identifier: Apache-2.0
// Where do libbpf's own messages go, which would otherwise clutter stderr?
#pragma once

#include <string>
#include <string_view>

namespace mxray {

/// While one lives, this thread's libbpf messages are kept here instead of
/// being printed. May be nested: the innermost gets them.
class LibbpfLog {
 public:
  LibbpfLog();
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

  /// Warnings so far, at most the last 64 KiB.
  [[nodiscard]] const std::string& text() const { return text_; }
  void append(std::string_view message);

 private:
  LibbpfLog* outer_;
  std::string text_;
};

}  // namespace mxray
