// SPDX-License-Identifier: Apache-2.0
#include "maillog/line_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/text.h"
#include "base/time.h"

namespace mxray::maillog {
namespace {

constexpr unsigned kChunk = 256U << 10U;

gzFile as_gz(void* file) { return static_cast<gzFile>(file); }

std::string shown(const std::string& name) {
  return name == "-" ? "standard input" : sanitize(name);
}

Error cannot_read(const std::string& name, const char* why) {
  return Error{fmt::format("{} cannot be read: {}", shown(name), why)};
}

}  // namespace

Result<LineSource> LineSource::open(const std::string& name) {
  Fd fd(name == "-" ? ::dup(STDIN_FILENO) : ::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return cannot_read(name, std::strerror(errno));
  FileFacts facts{.modified_ns = wall_clock_ns(), .bytes = 0};
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) {
      return cannot_read(name, "it is a directory; name the log files in it");
    }
    if (S_ISREG(status.st_mode)) {
      facts.bytes = static_cast<std::uint64_t>(status.st_size);
      facts.modified_ns = static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000 +
                          static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
    }
  }
  const gzFile file = ::gzdopen(fd.get(), "rb");
  if (file == nullptr) return cannot_read(name, "out of memory");
  fd.release();  // gzclose closes it
  ::gzbuffer(file, kChunk);
  return LineSource(name, file, facts);
}

LineSource::LineSource(LineSource&& other) noexcept
    : name_(std::move(other.name_)),
      file_(std::exchange(other.file_, nullptr)),
      facts_(other.facts_) {}

LineSource::~LineSource() {
  if (file_ != nullptr) ::gzclose(as_gz(file_));
}

std::uint64_t LineSource::bytes_read() const {
  const auto offset = ::gzoffset(as_gz(file_));
  return offset > 0 ? static_cast<std::uint64_t>(offset) : 0;
}

Status LineSource::read(const std::function<void(std::string_view)>& take) {
  std::vector<char> chunk(kChunk);
  std::string line;
  bool begun = false;  // a line whose end has not come yet
  const auto append = [&](std::string_view part) {
    line.append(part.substr(0, kMaxLine - std::min(line.size(), kMaxLine)));
    begun = true;
  };
  while (true) {
    const int count = ::gzread(as_gz(file_), chunk.data(), kChunk);
    std::string_view rest(chunk.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      if (begun || end > kMaxLine) {
        append(rest.substr(0, end));
        take(line);
        line.clear();
        begun = false;
      } else {
        take(rest.substr(0, end));
      }
      rest.remove_prefix(end + 1);
    }
    if (!rest.empty()) append(rest);
    if (count > 0) continue;
    if (begun) take(line);
    int code = Z_OK;
    const char* why = ::gzerror(as_gz(file_), &code);
    if (code == Z_OK || code == Z_STREAM_END) return Ok{};
    if (code == Z_ERRNO) return cannot_read(name_, std::strerror(errno));
    const bool broken_off = code == Z_BUF_ERROR;
    return Error{fmt::format(
        "{}: the gzip data {}; what came before is judged, copy the file again for the rest",
        shown(name_),
        broken_off ? "breaks off" : fmt::format("is damaged ({})", sanitize(why, 80)))};
  }
}

}  // namespace mxray::maillog
