// SPDX-License-Identifier: Apache-2.0
// Do any bytes, sent to the HTTP servers, harm the daemon?
//
// The real server and the real routes, over its UNIX socket: to the metrics and
// pages if the first byte is even, else to the API of `mxray`.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "base/fd.h"
#include "daemon/routes.h"
#include "unit/daemon_made_up.h"

namespace {

using namespace mxray;

class Servers {
 public:
  Servers() {
    board_.put(testing::forged_reply("0123456789ab", 1'700'000'000 * testing::kSecond), 1);
    sources_.incidents = [this]() -> const IncidentBoard& { return board_; };
    sources_.stored_incident = [](std::string_view) { return std::nullopt; };
    sources_.kernel_stats = [] { return KernelStats{}; };
    sources_.totals = [] { return Totals(); };
    sources_.flows = [](const FlowChoice&) { return std::vector<FlowView>(2); };
    sources_.flows_opened = [](const FlowFilter&) { return FlowPage{}; };
    sources_.watched_since_ns = [] { return std::uint64_t{1}; };
    sources_.idents = [] { return std::vector<IdentView>{}; };
    sources_.store_health = [] { return StoreHealth{}; };
    sources_.refused_records = [] { return std::uint64_t{0}; };
    sources_.uptime_seconds = [] { return 1.0; };
    sources_.config_reload = sources_.web_config_reload = [] { return Reload{}; };
    sources_.connections_displaced = [] { return std::uint64_t{0}; };
    sources_.paths = [] { return std::vector<Path>{}; };
    sources_.latest_path = [](const core::address&) { return std::nullopt; };
    sources_.keep_path = [](const Path&) {};
    sources_.senders = [] { return std::vector<MailSender>{}; };
    sources_.interfaces = [] { return std::vector<std::string>{"eth0"}; };
    sources_.privileges = sources_.pin_dir = [] { return std::string(); };
  }

  void ask(bool web, const std::uint8_t* bytes, std::size_t size) {
    HttpServer& server = web ? web_ : api_;
    const Fd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = path_of(web);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      std::abort();
    }
    (void)!::send(client.get(), bytes, size, MSG_NOSIGNAL);
    ::shutdown(client.get(), SHUT_WR);
    char answer[65536];
    for (int turn = 0; turn < 50; ++turn) {
      server.run();
      if (::recv(client.get(), answer, sizeof answer, 0) == 0) break;  // it has hung up
    }
  }

 private:
  [[nodiscard]] std::string path_of(bool web) const {
    return (directory_.path() / (web ? "web" : "api")).string();
  }
  HttpServer started(bool web, Handler handler) {
    auto server = HttpServer::listen_unix(path_of(web), std::move(handler), "", web ? 0 : 65536);
    if (!server) std::abort();
    return *std::move(server);
  }

  testing::TemporaryDirectory directory_;
  IncidentBoard board_{10};
  PageSources sources_;
  RequestCounter counter_;
  HttpServer web_ = started(true, web_routes(sources_, counter_));
  HttpServer api_ = started(false, api_routes(sources_, counter_));
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Servers servers;
  if (size > 0) servers.ask(data[0] % 2 == 0, data + 1, size - 1);
  return 0;
}
