// SPDX-License-Identifier: Apache-2.0
// How do the lines of a log file come in, plain or compressed?
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mxray::maillog {

/// What is known of a file before its first line.
struct FileFacts {
  std::uint64_t modified_ns = 0;  // wall clock; of standard input now
  std::uint64_t bytes = 0;        // as it lies on the disk; 0: unknown
};

/// A file, or standard input under the name `-`; plain text or gzip (RFC 1952),
/// whatever the name says.
class LineSource {
 public:
  /// Longer lines are cut there; the rest is skipped.
  static constexpr std::size_t kMaxLine = 64U << 10U;

  static Result<LineSource> open(const std::string& name);
  LineSource(LineSource&& other) noexcept;
  LineSource& operator=(LineSource&&) = delete;
  LineSource(const LineSource&) = delete;
  LineSource& operator=(const LineSource&) = delete;
  ~LineSource();

  [[nodiscard]] const FileFacts& facts() const { return facts_; }

  /// Calls `take` for each line. Fails where the file cannot be read on; the lines
  /// before have been taken then.
  Status read(const std::function<void(std::string_view line)>& take);

  /// How much of facts().bytes has been read.
  [[nodiscard]] std::uint64_t bytes_read() const;

 private:
  LineSource(std::string name, void* file, FileFacts facts)
      : name_(std::move(name)), file_(file), facts_(facts) {}

  std::string name_;
  void* file_ = nullptr;  // zlib's gzFile
  FileFacts facts_;
};

}  // namespace mxray::maillog
