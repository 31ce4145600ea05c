// SPDX-License-Identifier: Apache-2.0
// Was everything written, and if not, why?
//
// std::cout forgets the reason: a full disk and a reader who has seen enough are the same
// to it.
#pragma once

#include <array>
#include <ostream>
#include <streambuf>

namespace mxray::cli {

class DescriptorBuffer : public std::streambuf {
 public:
  /// Writes to `fd`, which it does not own.
  explicit DescriptorBuffer(int fd);
  [[nodiscard]] int error() const { return error_; }

 protected:
  int_type overflow(int_type character) override;
  int sync() override;

 private:
  int fd_;
  int error_ = 0;
  std::array<char, 16384> pending_{};
};

class DescriptorStream : public std::ostream {
 public:
  explicit DescriptorStream(int fd) : std::ostream(nullptr), buffer_(fd) { init(&buffer_); }
  /// The errno of the write that failed; 0: none did.
  [[nodiscard]] int error() const { return buffer_.error(); }

 private:
  DescriptorBuffer buffer_;
};

}  // namespace mxray::cli
