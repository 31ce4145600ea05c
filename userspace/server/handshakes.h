// SPDX-License-Identifier: Apache-2.0
// Which TLS connections wait for their client to go on?
//
// libmicrohttpd 0.9.75 takes a handshake that waits for its client for one that is
// ready: it tries each of them over and over, and one such client keeps a
// processor busy for as long as it likes. So until its first request has come a
// connection that waits is put aside, and its socket watched here.
// Internal to server/.
#pragma once

#include <microhttpd.h>
#include <sys/uio.h>

#include <chrono>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

struct gnutls_session_int;

namespace mxray {

class Handshakes {
 public:
  /// A connection from its begin until its first request has come.
  struct Client {
    MHD_Connection* connection = nullptr;
    gnutls_session_int* session = nullptr;
    int socket = -1;
    Handshakes* handshakes = nullptr;
    bool has_asked = false;
    bool is_aside = false;
    std::chrono::steady_clock::time_point begun{};
  };

  Handshakes() = default;
  ~Handshakes() = default;
  Handshakes(const Handshakes&) = delete;
  Handshakes& operator=(const Handshakes&) = delete;

  /// Has poll_fd() tell of the library's descriptor, too.
  Status watch(int library_fd);
  [[nodiscard]] int poll_fd() const { return epoll_.get(); }

  /// Reads and writes for the session from now on. `client` must stay where it is until end().
  void begin(Client& client, MHD_Connection* connection, gnutls_session_int* session, int socket);
  /// A request has come: from now on the library alone sees to it.
  void asked(Client& client);
  void end(Client& client);

  /// Before the library runs: those go on for whom something came. Those that began
  /// `patience` ago are shut down.
  void resume(std::chrono::seconds patience);
  /// After it has run: puts aside those that wait.
  void put_aside();
  /// Before it stops: nobody is aside any more.
  void close();

 private:
  void go_on(Client& client) const;
  static ssize_t pull(void* client, void* data, std::size_t size);
  static ssize_t push(void* client, const iovec* pieces, int count);
  static ssize_t noted(Client& client, ssize_t size);

  Fd epoll_;
  std::vector<Client*> clients_;  // the oldest first
  std::vector<Client*> waiting_;  // since the library last ran
};

}  // namespace mxray
