// SPDX-License-Identifier: Apache-2.0
// How does a request reach a handler, and its response the client?
//
// The only place with libmicrohttpd. It runs in the caller's thread: the
// library's epoll descriptor joins the daemon's own loop, so handlers share
// state with the rest of the daemon without locks, and a thousand idle
// connections cost memory but no time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "server/web_access.h"

namespace mxray {

/// A query key that is repeated has its values joined with commas.
struct Request {
  std::string path;
  std::map<std::string, std::string> query{};
  std::string method = "GET";  // or HEAD; PUT where the server takes bodies
  std::string body{};          // of a PUT, whole
  std::string accept{};        // the header, as sent
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::map<std::string, std::string> headers{};
};

using Handler = std::function<Response(const Request&)>;

class HttpServer {
 public:
  /// Listens on TCP; `address` as in open_tcp_listener, port 0 takes any. `access`
  /// says who may ask and over what; without it anybody, over plain HTTP. `on_refused`
  /// gets the status (401, 503) of each request that did not come to the handler.
  static Result<HttpServer> listen_tcp(const std::string& address, std::uint16_t port,
                                       Handler handler,
                                       std::optional<WebAccess> access = std::nullopt,
                                       std::function<void(int)> on_refused = {});

  /// Listens on a UNIX socket, mode 0660; its file goes with the server. With
  /// `max_body` bytes above 0 PUT is served too, and refused where the path does
  /// not take it by the handler; a longer body is answered with 413, one whose
  /// length is not told beforehand with 411.
  static Result<HttpServer> listen_unix(const std::string& path, Handler handler,
                                        const std::string& group = "", std::size_t max_body = 0);

  ~HttpServer();
  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) noexcept;

  /// Readable whenever run() has something to do. Also call run() about once a
  /// second, so that silent connections are closed.
  [[nodiscard]] int poll_fd() const;

  /// Accepts, reads, answers whatever is ready; never blocks. True: there is
  /// more to do at once, though poll_fd() may not show it.
  bool run();

  /// What was given to listen_tcp, to be refreshed; nullptr if nothing was.
  [[nodiscard]] WebAccess* access();

  /// Connections shut down so far to make room for new ones.
  [[nodiscard]] std::uint64_t displaced_connections() const;

  /// The TCP port it listens on; 0 for a UNIX socket.
  [[nodiscard]] std::uint16_t port() const;

 private:
  class State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mxray
