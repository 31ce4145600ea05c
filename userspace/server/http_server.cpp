// SPDX-License-Identifier: Apache-2.0
#include "server/http_server.h"

#include <fmt/format.h>
#include <microhttpd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include "base/number.h"
#include "server/listen_socket.h"

namespace mxray {
namespace {

// One scraper, a browser and a few CLIs need a handful of connections; the rest
// is room for clients that open many and say nothing. One address may not take
// it all.
constexpr unsigned kConnectionLimit = 1024;
constexpr unsigned kConnectionsPerAddress = 768;
constexpr unsigned kIdleSeconds = 10;
// Request line and headers must fit, else 431; a body passes through it piece by
// piece, and responses are sent from their own memory.
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

struct Service {
  Handler handler;
  std::size_t max_body = 0;  // 0: only GET and HEAD
};

/// Why a request is refused as soon as its headers are read: its body would only
/// be thrown away, and one of unknown length might never end.
std::optional<Response> refusal(const Service& service, MHD_Connection* connection,
                                std::string_view method) {
  if (method == MHD_HTTP_METHOD_GET || method == MHD_HTTP_METHOD_HEAD) return std::nullopt;
  if (service.max_body == 0 || method != MHD_HTTP_METHOD_PUT) {
    const bool with_put = service.max_body > 0;
    return Response{.status = MHD_HTTP_METHOD_NOT_ALLOWED,
                    .body = fmt::format("only GET{} are served here\n",
                                        with_put ? ", HEAD and PUT" : " and HEAD"),
                    .headers = {{"Allow", with_put ? "GET, HEAD, PUT" : "GET, HEAD"}}};
  }
  const auto header = [connection](const char* name) {
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  };
  const char* length = header(MHD_HTTP_HEADER_CONTENT_LENGTH);
  if (length == nullptr || header(MHD_HTTP_HEADER_TRANSFER_ENCODING) != nullptr) {
    return Response{.status = MHD_HTTP_LENGTH_REQUIRED,
                    .body = "say the length of the body with Content-Length\n"};
  }
  if (parse_number<std::size_t>(length).value_or(SIZE_MAX) > service.max_body) {
    return Response{
        .status = MHD_HTTP_CONTENT_TOO_LARGE,
        .body = fmt::format("the body may have {} bytes and no more\n", service.max_body)};
  }
  return std::nullopt;
}

// The library calls once with the headers alone, then with each piece of the
// body, then once more: only then is it answered, which keeps the connection
// usable for the next request.
MHD_Result on_request(void* context, MHD_Connection* connection, const char* url,
                      const char* method, const char* /*version*/, const char* upload,
                      std::size_t* upload_size, void** request_state) {
  const auto& service = *static_cast<const Service*>(context);
  if (*request_state == nullptr) {
    if (auto refused = refusal(service, connection, method)) {
      return queue(connection, *std::move(refused));
    }
    *request_state = std::make_unique<std::string>().release();  // see free_upload
    return MHD_YES;
  }
  auto& body = *static_cast<std::string*>(*request_state);
  if (*upload_size > 0) {
    // What a GET brings is passed over; the length of a PUT was checked.
    if (body.size() + *upload_size <= service.max_body) body.append(upload, *upload_size);
    *upload_size = 0;
    return MHD_YES;
  }
  Request request{.path = url, .method = method, .body = std::move(body)};
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &collect_argument, &request.query);
  return queue(connection, call(service.handler, request));
}

/// However the request ended, also when its client went away half-way.
void free_upload(void* /*context*/, MHD_Connection* /*connection*/, void** request_state,
                 MHD_RequestTerminationCode /*how*/) {
  delete static_cast<std::string*>(*request_state);
  *request_state = nullptr;
}

// Aborted connections are the clients' business, not a line in our log.
void ignore_log(void* /*context*/, const char* /*format*/, va_list /*arguments*/) {}

}  // namespace

class HttpServer::State {
 public:
  State(Service service, SocketFile file, std::uint16_t port)
      : file_(std::move(file)), service_(std::move(service)), port_(port) {}

  Status start(Fd listener, unsigned connections_per_address) {
    daemon_.reset(MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, nullptr, nullptr,
                                   &on_request, &service_, MHD_OPTION_EXTERNAL_LOGGER, &ignore_log,
                                   nullptr,                                                      //
                                   MHD_OPTION_NOTIFY_COMPLETED, &free_upload, nullptr,           //
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
  Service service_;
  std::uint16_t port_;
  int poll_fd_ = -1;
  std::unique_ptr<MHD_Daemon, StopDaemon> daemon_;  // last: stops before service_ goes
};

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpServer::~HttpServer() = default;
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer& HttpServer::operator=(HttpServer&&) noexcept = default;

Result<HttpServer> HttpServer::listen_tcp(const std::string& address, std::uint16_t port,
                                          Handler handler) {
  Result<TcpListener> listener = open_tcp_listener(address, port);
  if (!listener) return listener.error();
  auto state =
      std::make_unique<State>(Service{.handler = std::move(handler)}, SocketFile{}, listener->port);
  Status started = state->start(std::move(listener->fd), kConnectionsPerAddress);
  if (!started) return started.error();
  return HttpServer(std::move(state));
}

Result<HttpServer> HttpServer::listen_unix(const std::string& path, Handler handler,
                                           const std::string& group, std::size_t max_body) {
  Result<UnixListener> listener = open_unix_listener(path, group);
  if (!listener) return listener.error();
  auto state = std::make_unique<State>(Service{std::move(handler), max_body},
                                       std::move(listener->file), std::uint16_t{0});
  // UNIX clients have no address to count by; the mode of the file is their limit.
  Status started = state->start(std::move(listener->fd), kConnectionLimit);
  if (!started) return started.error();
  return HttpServer(std::move(state));
}

int HttpServer::poll_fd() const { return state_->poll_fd(); }
bool HttpServer::run() { return state_->run(); }
std::uint16_t HttpServer::port() const { return state_->port(); }

}  // namespace mxray
