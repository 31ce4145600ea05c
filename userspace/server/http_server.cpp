// SPDX-License-Identifier: Apache-2.0
#include "server/http_server.h"

#include <fmt/format.h>
#include <microhttpd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

#include "server/listen_socket.h"

namespace mxray {
namespace {

// One scraper, a browser and a few CLIs need a handful of connections; the rest
// is room for clients that open many and say nothing. One address may not take
// it all.
constexpr unsigned kConnectionLimit = 1024;
constexpr unsigned kConnectionsPerAddress = 768;
constexpr unsigned kIdleSeconds = 10;
// Request line and headers must fit, else 431; responses are sent from their
// own memory.
constexpr std::size_t kConnectionMemory = std::size_t{16} * 1024;
// How often run() serves its connections before others get their turn.
constexpr int kRoundsPerRun = 16;

struct StopDaemon {
  void operator()(MHD_Daemon* daemon) const { MHD_stop_daemon(daemon); }
};
struct DestroyResponse {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};
using ResponseHandle = std::unique_ptr<MHD_Response, DestroyResponse>;

MHD_Result collect_argument(void* context, MHD_ValueKind, const char* key, const char* value) {
  auto& query = *static_cast<std::map<std::string, std::string>*>(context);
  const std::string_view text = value == nullptr ? "" : value;
  const auto [entry, is_new] = query.emplace(key, text);
  if (!is_new) entry->second.append(",").append(text);
  return MHD_YES;
}

void free_body(void* body) { delete static_cast<std::string*>(body); }

/// The library holds the body until the last byte is sent, so a long one is
/// handed over instead of copied.
ResponseHandle make_response(std::string body) {
  auto owned = std::make_unique<std::string>(std::move(body));
  ResponseHandle response(MHD_create_response_from_buffer_with_free_callback_cls(
      owned->size(), owned->data(), &free_body, owned.get()));
  if (response) static_cast<void>(owned.release());
  return response;
}

MHD_Result queue(MHD_Connection* connection, Response answer) {
  const ResponseHandle response = make_response(std::move(answer.body));
  if (!response) return MHD_NO;
  MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE,
                          answer.content_type.c_str());
  MHD_add_response_header(response.get(), "X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : answer.headers) {
    MHD_add_response_header(response.get(), name.c_str(), value.c_str());
  }
  return MHD_queue_response(connection, static_cast<unsigned>(answer.status), response.get());
}

Response call(const Handler& handler, const Request& request) {
  // An exception must not cross the library's C frames; one bad request must
  // not stop the daemon either.
  try {
    return handler(request);
  } catch (const std::exception& failure) {
    return {.status = 500, .body = fmt::format("internal error: {}\n", failure.what())};
  }
}

MHD_Result on_request(void* context, MHD_Connection* connection, const char* url,
                      const char* method, const char* /*version*/, const char* /*upload*/,
                      std::size_t* upload_size, void** request_state) {
  const std::string_view verb = method;
  if (verb != MHD_HTTP_METHOD_GET && verb != MHD_HTTP_METHOD_HEAD) {
    // Answered at once: its body would only be thrown away.
    *upload_size = 0;
    return queue(connection, {.status = MHD_HTTP_METHOD_NOT_ALLOWED,
                              .body = "only GET and HEAD are served here\n",
                              .headers = {{"Allow", "GET, HEAD"}}});
  }
  // The library calls first with the headers alone. Waiting for the second call
  // keeps the connection usable for the next request.
  if (*request_state == nullptr) {
    *request_state = context;
    return MHD_YES;
  }
  *upload_size = 0;
  Request request{.path = url};
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &collect_argument, &request.query);
  return queue(connection, call(*static_cast<const Handler*>(context), request));
}

// Aborted connections are the clients' business, not a line in our log.
void ignore_log(void* /*context*/, const char* /*format*/, va_list /*arguments*/) {}

}  // namespace

class HttpServer::State {
 public:
  State(Handler handler, SocketFile file, std::uint16_t port)
      : file_(std::move(file)), handler_(std::move(handler)), port_(port) {}

  Status start(Fd listener, unsigned connections_per_address) {
    daemon_.reset(MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, nullptr, nullptr,
                                   &on_request, &handler_, MHD_OPTION_EXTERNAL_LOGGER, &ignore_log,
                                   nullptr,                                                      //
                                   MHD_OPTION_LISTEN_SOCKET, listener.get(),                     //
                                   MHD_OPTION_CONNECTION_LIMIT, kConnectionLimit,                //
                                   MHD_OPTION_PER_IP_CONNECTION_LIMIT, connections_per_address,  //
                                   MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,                  //
                                   MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory,        //
                                   MHD_OPTION_END));
    if (!daemon_) {
      return Error{fmt::format("the HTTP server did not start: {}", std::strerror(errno))};
    }
    listener.release();  // closed by MHD_stop_daemon
    const MHD_DaemonInfo* info = MHD_get_daemon_info(daemon_.get(), MHD_DAEMON_INFO_EPOLL_FD);
    if (info == nullptr || info->epoll_fd < 0) {
      return Error{
          "the HTTP server has no epoll descriptor: libmicrohttpd was built without epoll"};
    }
    poll_fd_ = info->epoll_fd;
    return Ok{};
  }

  bool run() {
    for (int round = 0; round < kRoundsPerRun; ++round) {
      MHD_run(daemon_.get());
      MHD_UNSIGNED_LONG_LONG wait_ms = 0;
      if (MHD_get_timeout(daemon_.get(), &wait_ms) != MHD_YES || wait_ms > 0) return false;
    }
    return true;
  }

  [[nodiscard]] int poll_fd() const { return poll_fd_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  SocketFile file_;
  Handler handler_;
  std::uint16_t port_;
  int poll_fd_ = -1;
  std::unique_ptr<MHD_Daemon, StopDaemon> daemon_;  // last: stops before handler_ goes
};

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpServer::~HttpServer() = default;
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer& HttpServer::operator=(HttpServer&&) noexcept = default;

Result<HttpServer> HttpServer::listen_tcp(const std::string& address, std::uint16_t port,
                                          Handler handler) {
  Result<TcpListener> listener = open_tcp_listener(address, port);
  if (!listener) return listener.error();
  auto state = std::make_unique<State>(std::move(handler), SocketFile{}, listener->port);
  Status started = state->start(std::move(listener->fd), kConnectionsPerAddress);
  if (!started) return started.error();
  return HttpServer(std::move(state));
}

Result<HttpServer> HttpServer::listen_unix(const std::string& path, Handler handler,
                                           const std::string& group) {
  Result<UnixListener> listener = open_unix_listener(path, group);
  if (!listener) return listener.error();
  auto state =
      std::make_unique<State>(std::move(handler), std::move(listener->file), std::uint16_t{0});
  // UNIX clients have no address to count by; the mode of the file is their limit.
  Status started = state->start(std::move(listener->fd), kConnectionLimit);
  if (!started) return started.error();
  return HttpServer(std::move(state));
}

int HttpServer::poll_fd() const { return state_->poll_fd(); }
bool HttpServer::run() { return state_->run(); }
std::uint16_t HttpServer::port() const { return state_->port(); }

}  // namespace mxray
