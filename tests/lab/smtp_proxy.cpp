// SPDX-License-Identifier: Apache-2.0
// What is a transparent SMTP proxy? Takes connections that the router turns to it,
// speaks with the server that was meant, and passes every line on, but for what it
// takes away or writes over. One connection at a time.
//
// `ready` on standard output means that connections are taken.
#include <arpa/inet.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "arguments.h"
#include "base/fd.h"
#include "wire.h"

namespace mxray::lab {
namespace {

constexpr const char* kUsage =
    "usage: lab-smtp-proxy --port PORT [--source ADDRESS] [--ehlo NAME] [--strip] [--overwrite]\n"
    "                      [--seconds 60]\n"
    "  --source     the own address towards the server\n"
    "  --ehlo       the name that the server is told instead of the client's\n"
    "  --strip      no STARTTLS and no AUTH reach the client\n"
    "  --overwrite  they do, as XXXXXXXA\n";

constexpr double kLongestTalk = 30;  // seconds

struct Meddling {
  std::string ehlo;  // empty: as the client says it
  bool strip = false;
  bool overwrite = false;
};

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in address_of(const std::string& text, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, text.c_str(), &address.sin_addr) != 1) {
    throw UsageError(text + " is no IPv4 address");
  }
  return address;
}

Fd tcp_socket() {
  Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket) fail("socket");
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return socket;
}

void bind_to(const Fd& socket, const sockaddr_in& address) {
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    fail("bind");
  }
}

// Whom the client meant before the router turned the connection.
sockaddr_in meant_by(const Fd& client) {
  sockaddr_in meant{};
  socklen_t length = sizeof meant;
  if (::getsockopt(client.get(), SOL_IP, SO_ORIGINAL_DST, &meant, &length) < 0) {
    fail("the destination before the redirect");
  }
  return meant;
}

bool is_offer(const std::string& line) {
  return line.starts_with("250-STARTTLS") || line.starts_with("250-AUTH");
}

std::string for_client(std::string line, const Meddling& meddling) {
  if (!is_offer(line)) return line;
  if (meddling.strip) return "";
  return meddling.overwrite ? "250-XXXXXXXA\r\n" : line;
}

std::string for_server(std::string line, const Meddling& meddling) {
  if (meddling.ehlo.empty() || !line.starts_with("EHLO ")) return line;
  return "EHLO " + meddling.ehlo + "\r\n";
}

// One direction of the talk; false when its sender is done.
template <typename Change>
bool pass_on(const Fd& from, const Fd& to, std::string& unread, Change change) {
  std::array<char, 4096> buffer{};
  const ssize_t count = ::recv(from.get(), buffer.data(), buffer.size(), 0);
  if (count <= 0) return false;
  unread.append(buffer.data(), static_cast<std::size_t>(count));
  std::string out;
  for (auto end = unread.find('\n'); end != std::string::npos; end = unread.find('\n')) {
    out += change(unread.substr(0, end + 1));
    unread.erase(0, end + 1);
  }
  return out.empty() || ::send(to.get(), out.data(), out.size(), MSG_NOSIGNAL) >= 0;
}

void serve(const Fd& client, const std::string& source, const Meddling& meddling) {
  const sockaddr_in meant = meant_by(client);
  const Fd server = tcp_socket();
  if (!source.empty()) bind_to(server, address_of(source, 0));
  if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&meant), sizeof meant) < 0) {
    fail("connect");
  }
  std::string from_client, from_server;
  const double end = monotonic_seconds() + kLongestTalk;
  while (monotonic_seconds() < end) {
    std::array<pollfd, 2> waits{{{client.get(), POLLIN, 0}, {server.get(), POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), 1000);
    if (waits[0].revents != 0 && !pass_on(client, server, from_client, [&](std::string line) {
          return for_server(std::move(line), meddling);
        })) {
      return;
    }
    if (waits[1].revents != 0 && !pass_on(server, client, from_server, [&](std::string line) {
          return for_client(std::move(line), meddling);
        })) {
      return;
    }
  }
}

int run(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"port", "source", "ehlo", "seconds"},
                            {"strip", "overwrite"});
  const Meddling meddling{.ehlo = arguments.text("ehlo", ""),
                          .strip = arguments.has("strip"),
                          .overwrite = arguments.has("overwrite")};
  const std::string source = arguments.text("source", "");
  const double end = monotonic_seconds() + arguments.number("seconds", 60, 1, 3600);
  const Fd listener = tcp_socket();
  bind_to(
      listener,
      address_of("0.0.0.0", static_cast<std::uint16_t>(arguments.whole("port", 10025, 1, 65535))));
  if (::listen(listener.get(), 16) < 0) fail("listen");
  std::puts("ready");
  std::fflush(stdout);
  while (monotonic_seconds() < end) {
    pollfd wait{listener.get(), POLLIN, 0};
    if (::poll(&wait, 1, 1000) <= 0) continue;
    const Fd client{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (client) serve(client, source, meddling);
  }
  return 0;
}

}  // namespace
}  // namespace mxray::lab

int main(int argc, char** argv) {
  return mxray::lab::guarded_main("lab-smtp-proxy", mxray::lab::kUsage,
                                  [&] { return mxray::lab::run(argc, argv); });
}
