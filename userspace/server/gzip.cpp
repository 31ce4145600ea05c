// SPDX-License-Identifier: Apache-2.0
#include "server/gzip.h"

#include <zlib.h>

namespace mxray {

std::optional<std::string> gzip(std::string_view text) {
  constexpr int kWindowBits = 15 + 16;  // the largest window, and gzip's header
  constexpr int kMemoryLevel = 8;
  z_stream stream{};
  if (::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kWindowBits, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    return std::nullopt;
  }
  std::string out(::deflateBound(&stream, text.size()), '\0');
  // zlib takes no const, but does not write there.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  if (ended != Z_STREAM_END) return std::nullopt;
  return out;
}

}  // namespace mxray
