// SPDX-License-Identifier: Apache-2.0
// On which socket do requests arrive, and who owns its file?
//
// Made here rather than by libmicrohttpd, because a person needs to be told
// which address or path failed and why; the library only says "no".
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>

#include "base/fd.h"
#include "base/result.h"

namespace mxray {

/// A listening TCP socket and the port it really got.
struct TcpListener {
  Fd fd;
  std::uint16_t port = 0;
};

/// Listens on `address` (IPv4, IPv6 without brackets, or a host name; empty: all
/// addresses). Port 0 takes any free port. The error names address and port.
Result<TcpListener> open_tcp_listener(const std::string& address, std::uint16_t port);

/// Removes the socket's file when the listener goes, unless another daemon has
/// put its own there since.
class SocketFile {
 public:
  SocketFile() = default;
  SocketFile(std::string path, dev_t device, ino_t inode)
      : path_(std::move(path)), device_(device), inode_(inode) {}
  SocketFile(SocketFile&& other) noexcept
      : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}
  SocketFile& operator=(SocketFile&& other) noexcept;
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  ~SocketFile() { remove(); }

 private:
  void remove() noexcept;

  std::string path_;  // empty: owns nothing
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

struct UnixListener {
  Fd fd;
  SocketFile file;
};

/// Listens on a UNIX socket of mode 0660, owned by `group` if that is not empty.
/// Replaces the socket of a daemon that is gone. Error if a daemon still answers
/// there, if the path is something else than a socket, or is not writable.
Result<UnixListener> open_unix_listener(const std::string& path, const std::string& group);

}  // namespace mxray
