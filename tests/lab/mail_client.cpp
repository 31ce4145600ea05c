// SPDX-License-Identifier: Apache-2.0
// What does a mail program see? Connects, waits for the greeting, sends each
// command given, waits for its reply, and prints the dialogue with its times.
//
// Like a mail program it believes what it is told: after a refusal it says
// goodbye. Exit: 0 all replies fine, 1 a refusal, 2 usage, 3 no connection,
// no reply in time, or a connection that broke.
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

#include "arguments.h"
#include "base/fd.h"
#include "wire.h"

namespace mxray::lab {
namespace {

constexpr const char* kUsage =
    "usage: lab-mail-client --server ADDRESS --port PORT --protocol smtp|pop3|imap\n"
    "                       [--timeout 10] [--source ADDRESS] [--source-port PORT]\n"
    "                       [COMMAND…]\n"
    "  \\r\\n in a command stand for a line end; IMAP tags are added;\n"
    "  in the place of a command, ~SECONDS waits that long, @FILE until there is that file;\n"
    "  pop3: a command that begins with + has a reply of several lines (+LIST)\n";

constexpr std::size_t kLongestReply = 1 << 20;
constexpr int kPauseMilliseconds = 10;

enum class Protocol { kSmtp, kPop3, kImap };
enum class Verdict { kFine, kRefused };

struct Dialogue {
  Protocol protocol = Protocol::kSmtp;
  double timeout_seconds = 10;
  double started = 0;
};

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

AddressList resolve(const std::string& server, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;  // never asks a name server
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(server.c_str(), port.c_str(), &hints, &found); error != 0)
    throw UsageError("--server " + server + ": " + ::gai_strerror(error));
  return {found, &::freeaddrinfo};
}

[[noreturn]] void fail(const std::string& what, int error) {
  throw std::system_error(error, std::generic_category(), what);
}

void wait_for(const Fd& socket, short events, double deadline, const std::string& what) {
  pollfd polled{socket.get(), events, 0};
  const double left = deadline - monotonic_seconds();
  if (left <= 0 || ::poll(&polled, 1, static_cast<int>(left * 1000) + 1) == 0)
    throw std::runtime_error(what + ": no answer in time");
}

// Of neither part wanted ("" and 0) the kernel chooses.
struct Source {
  std::string address;
  long port = 0;
};

void bind_source(const Fd& socket, const addrinfo& to, const Source& source) {
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const std::string any = to.ai_family == AF_INET6 ? "::" : "0.0.0.0";
  const AddressList from =
      resolve(source.address.empty() ? any : source.address, std::to_string(source.port));
  if (::bind(socket.get(), from->ai_addr, from->ai_addrlen) < 0)
    fail("--source " + source.address + ", --source-port " + std::to_string(source.port), errno);
}

Fd connect_to(const addrinfo& to, const Source& source, double deadline) {
  Fd socket{::socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket) fail("socket", errno);
  if (source.port != 0 || !source.address.empty()) bind_source(socket, to, source);
  if (::connect(socket.get(), to.ai_addr, to.ai_addrlen) < 0 && errno != EINPROGRESS)
    fail("connect", errno);
  wait_for(socket, POLLOUT, deadline, "connect");
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) fail("connect", error);
  return socket;
}

class Conversation {
 public:
  Conversation(Fd socket, const Dialogue& dialogue)
      : socket_(std::move(socket)), dialogue_(dialogue) {}

  Verdict await_greeting() { return await_reply("", false); }

  /// As a mail program does that is still being told what to send: `~SECONDS` or `@FILE`.
  void pause(const std::string& what) const {
    const double started = monotonic_seconds();
    const double seconds = what.starts_with('~') ? std::stod(what.substr(1)) : 0;
    const auto is_over = [&] {
      return seconds > 0 ? monotonic_seconds() - started >= seconds
                         : ::access(what.c_str() + 1, F_OK) == 0;
    };
    while (!is_over()) {
      if (monotonic_seconds() - started > dialogue_.timeout_seconds)
        throw std::runtime_error(what + ": waited in vain");
      ::poll(nullptr, 0, kPauseMilliseconds);
    }
  }

  Verdict exchange(const std::string& command) {
    const bool long_reply = dialogue_.protocol == Protocol::kPop3 && command.starts_with('+');
    std::string tag;
    if (dialogue_.protocol == Protocol::kImap) tag = "a" + std::to_string(++tags_) + " ";
    const std::string line = tag + unescape(long_reply ? command.substr(1) : command);
    print("C", line);
    send_all(line + "\r\n");
    return await_reply(tag, long_reply);
  }

 private:
  void send_all(const std::string& bytes) {
    const double deadline = monotonic_seconds() + dialogue_.timeout_seconds;
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t count =
          ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count < 0 && errno != EAGAIN) fail("send", errno);
      if (count < 0)
        wait_for(socket_, POLLOUT, deadline, "send");
      else
        sent += static_cast<std::size_t>(count);
    }
  }

  std::string next_line(double deadline) {
    for (;;) {
      if (const auto end = unread_.find('\n'); end != std::string::npos) {
        std::string line = unread_.substr(0, end);
        unread_.erase(0, end + 1);
        if (line.ends_with('\r')) line.pop_back();
        print("S", line);
        return line;
      }
      if (unread_.size() > kLongestReply) throw std::runtime_error("a line without end");
      wait_for(socket_, POLLIN, deadline, "reply");
      std::array<char, 4096> buffer{};
      const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (count < 0 && errno != EAGAIN) fail("receive", errno);
      if (count == 0) throw std::runtime_error("the server closed the connection");
      if (count > 0) unread_.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

  Verdict await_reply(const std::string& tag, bool long_reply) {
    const double deadline = monotonic_seconds() + dialogue_.timeout_seconds;
    for (;;) {
      const std::string line = next_line(deadline);
      switch (dialogue_.protocol) {
        case Protocol::kSmtp:
          if (line.size() > 3 && line[3] == '-') continue;
          return line.starts_with('2') || line.starts_with('3') ? Verdict::kFine
                                                                : Verdict::kRefused;
        case Protocol::kPop3:
          if (!line.starts_with("+OK")) return Verdict::kRefused;
          while (long_reply && next_line(deadline) != ".") {
          }
          return Verdict::kFine;
        case Protocol::kImap: {
          const std::string expected = tag.empty() ? "* " : tag;
          if (!line.starts_with(expected)) continue;
          return line.substr(expected.size()).starts_with("OK") ? Verdict::kFine
                                                                : Verdict::kRefused;
        }
      }
    }
  }

  void print(const char* who, const std::string& line) const {
    std::string shown = line;
    std::ranges::replace_if(
        shown, [](unsigned char c) { return c < 0x20 || c > 0x7e; }, '.');
    std::printf("%8.3f %s: %s\n", monotonic_seconds() - dialogue_.started, who, shown.c_str());
    std::fflush(stdout);
  }

  Fd socket_;
  Dialogue dialogue_;
  std::string unread_;
  int tags_ = 0;
};

Protocol protocol_from(const std::string& name) {
  if (name == "smtp") return Protocol::kSmtp;
  if (name == "pop3") return Protocol::kPop3;
  if (name == "imap") return Protocol::kImap;
  throw UsageError("--protocol is smtp, pop3 or imap, not " + name);
}

int run(int argc, char** argv) {
  const Arguments arguments(argc, argv,
                            {"server", "port", "protocol", "timeout", "source", "source-port"}, {});
  const Dialogue dialogue{.protocol = protocol_from(arguments.text("protocol")),
                          .timeout_seconds = arguments.number("timeout", 10, 0.001, 3600),
                          .started = monotonic_seconds()};
  const AddressList address = resolve(arguments.text("server"), arguments.text("port"));
  const Source source{.address = arguments.text("source", ""),
                      .port = arguments.whole("source-port", 0, 0, 65535)};
  Conversation conversation(
      connect_to(*address, source, dialogue.started + dialogue.timeout_seconds), dialogue);
  Verdict verdict = conversation.await_greeting();
  const auto& commands = arguments.words();
  for (auto command = commands.begin(); command != commands.end() && verdict == Verdict::kFine;
       ++command) {
    if (command->starts_with('@') || command->starts_with('~'))
      conversation.pause(*command);
    else
      verdict = conversation.exchange(*command);
  }
  if (verdict == Verdict::kFine) return 0;
  conversation.exchange(dialogue.protocol == Protocol::kImap ? "LOGOUT" : "QUIT");
  return 1;
}

}  // namespace
}  // namespace mxray::lab

int main(int argc, char** argv) {
  return mxray::lab::guarded_main("lab-mail-client", mxray::lab::kUsage,
                                  [&] { return mxray::lab::run(argc, argv); });
}
