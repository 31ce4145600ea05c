// SPDX-License-Identifier: Apache-2.0
#include "cli/descriptor_stream.h"

#include <unistd.h>

#include <cerrno>

namespace mxray::cli {

DescriptorBuffer::DescriptorBuffer(int fd) : fd_(fd) {
  setp(pending_.data(), pending_.data() + pending_.size());
}

DescriptorBuffer::int_type DescriptorBuffer::overflow(int_type character) {
  if (sync() != 0) return traits_type::eof();
  if (traits_type::eq_int_type(character, traits_type::eof())) return traits_type::not_eof(0);
  return sputc(traits_type::to_char_type(character));
}

// What cannot be written is dropped: the first failure is the one to tell of.
int DescriptorBuffer::sync() {
  const char* next = pbase();
  while (error_ == 0 && next < pptr()) {
    const ssize_t written = ::write(fd_, next, static_cast<std::size_t>(pptr() - next));
    if (written >= 0) {
      next += written;
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  setp(pending_.data(), pending_.data() + pending_.size());
  return error_ == 0 ? 0 : -1;
}

}  // namespace mxray::cli
