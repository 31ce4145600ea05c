// SPDX-License-Identifier: Apache-2.0
#include "server/http_server.h"

#include <fmt/format.h>
#include <gnutls/abstract.h>
#include <microhttpd.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "server/exchange.h"
#include "server/listen_socket.h"

namespace mxray {
namespace {

// One scraper, a browser and a few CLIs need a handful of connections; the rest
// is room for clients that open many and say nothing, see connections.h.
constexpr unsigned kConnectionLimit = 1024;
constexpr unsigned kLeastConnections = 64;
// Shut down to make room, but not yet closed by the library.
constexpr unsigned kLeaving = 32;
constexpr unsigned kIdleSeconds = 10;
// Twice what may be asked with: the headers of the answer must fit, too. A body passes
// through it piece by piece, and responses are sent from their own memory.
constexpr std::size_t kConnectionMemory = 2 * kLongestHeaders;
// How often run() serves its connections before others get their turn.
constexpr int kRoundsPerRun = 16;

struct StopDaemon {
  void operator()(MHD_Daemon* daemon) const { MHD_stop_daemon(daemon); }
};

/// Of the descriptors that this process may have, most are for other things.
unsigned connection_limit() {
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return kLeastConnections;
  return static_cast<unsigned>(
      std::clamp<rlim_t>(descriptors.rlim_cur / 4, kLeastConnections, kConnectionLimit));
}

int no_certificate(gnutls_session_t, const gnutls_datum_t*, int, const gnutls_pk_algorithm_t*, int,
                   gnutls_pcert_st**, unsigned*, gnutls_privkey_t*) {
  return -1;
}

// Aborted connections are the clients' business, not a line in our log.
void ignore_log(void* /*context*/, const char* /*format*/, va_list /*arguments*/) {}

}  // namespace

class HttpServer::State {
 public:
  State(SocketFile file, std::uint16_t port)
      : limit_(connection_limit()),
        file_(std::move(file)),
        service_(limit_ - kLeaving),
        port_(port) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    service_.handshakes.close();
    if (service_.gate) service_.gate->close();
  }

  [[nodiscard]] Service& service() { return service_; }

  Status start(Fd listener) {
    unsigned flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG;
    std::vector<MHD_OptionItem> options;
    if (service_.gate) flags |= MHD_ALLOW_SUSPEND_RESUME;
    const bool has_tls = service_.gate && service_.gate->has_tls();
    if (has_tls) {
      flags |= MHD_USE_TLS;
      // It insists on a source of certificates; begin_session() gives each session its own.
      options.push_back({.option = MHD_OPTION_HTTPS_CERT_CALLBACK,
                         .value = 0,
                         .ptr_value = reinterpret_cast<void*>(&no_certificate)});
    }
    options.push_back({.option = MHD_OPTION_END, .value = 0, .ptr_value = nullptr});
    daemon_.reset(MHD_start_daemon(flags, 0, nullptr, nullptr, &on_request, &service_,
                                   MHD_OPTION_EXTERNAL_LOGGER, &ignore_log, nullptr,           //
                                   MHD_OPTION_NOTIFY_COMPLETED, &on_request_ended, &service_,  //
                                   MHD_OPTION_NOTIFY_CONNECTION, &on_connection, &service_,    //
                                   MHD_OPTION_UNESCAPE_CALLBACK, &on_escaped, nullptr,         //
                                   MHD_OPTION_LISTEN_SOCKET, listener.get(),                   //
                                   MHD_OPTION_CONNECTION_LIMIT, limit_,                        //
                                   MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,                //
                                   MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory,      //
                                   MHD_OPTION_ARRAY, options.data(),                           //
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
    if (!has_tls) return Ok{};
    Status watching = service_.handshakes.watch(info->epoll_fd);
    poll_fd_ = service_.handshakes.poll_fd();
    return watching;
  }

  bool run() {
    for (int round = 0; round < kRoundsPerRun; ++round) {
      service_.handshakes.resume(std::chrono::seconds(kIdleSeconds));
      MHD_run(daemon_.get());
      service_.handshakes.put_aside();
      MHD_UNSIGNED_LONG_LONG wait_ms = 0;
      if (MHD_get_timeout(daemon_.get(), &wait_ms) != MHD_YES || wait_ms > 0) return false;
    }
    return true;
  }

  [[nodiscard]] int poll_fd() const { return poll_fd_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  unsigned limit_;
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
                                          Handler handler, std::optional<WebAccess> access,
                                          std::function<void(int)> on_refused) {
  Result<TcpListener> listener = open_tcp_listener(address, port);
  if (!listener) return listener.error();
  auto state = std::make_unique<State>(SocketFile{}, listener->port);
  state->service().handler = std::move(handler);
  state->service().compresses = true;
  if (access) state->service().gate.emplace(*std::move(access), std::move(on_refused));
  Status started = state->start(std::move(listener->fd));
  if (!started) return started.error();
  return HttpServer(std::move(state));
}

Result<HttpServer> HttpServer::listen_unix(const std::string& path, Handler handler,
                                           const std::string& group, std::size_t max_body) {
  Result<UnixListener> listener = open_unix_listener(path, group);
  if (!listener) return listener.error();
  auto state = std::make_unique<State>(std::move(listener->file), std::uint16_t{0});
  state->service().handler = std::move(handler);
  state->service().max_body = max_body;
  Status started = state->start(std::move(listener->fd));
  if (!started) return started.error();
  return HttpServer(std::move(state));
}

WebAccess* HttpServer::access() {
  return state_->service().gate ? &state_->service().gate->access() : nullptr;
}
int HttpServer::poll_fd() const { return state_->poll_fd(); }
bool HttpServer::run() { return state_->run(); }
std::uint64_t HttpServer::displaced_connections() const {
  return state_->service().connections.displaced();
}
std::uint16_t HttpServer::port() const { return state_->port(); }

}  // namespace mxray
