// SPDX-License-Identifier: Apache-2.0
#include "base/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/fd.h"

namespace mxray {

Result<std::string> read_small_file(const std::filesystem::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0) return Error{std::strerror(errno)};
  if (S_ISDIR(info.st_mode)) return Error{std::strerror(EISDIR)};
  if (!S_ISREG(info.st_mode)) return Error{"it is no regular file"};
  std::string content;
  // One byte more, to see that there is no more; st_size of a growing file lies.
  content.resize(kMostOfASmallFile + 1);
  std::size_t got = 0;
  while (got < content.size()) {
    const ssize_t more = ::read(fd.get(), content.data() + got, content.size() - got);
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return Error{std::strerror(errno)};
    if (more == 0) break;
    got += static_cast<std::size_t>(more);
  }
  if (got > kMostOfASmallFile) return Error{"it holds more than 1 MiB"};
  content.resize(got);
  return content;
}

}  // namespace mxray
