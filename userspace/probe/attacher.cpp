// SPDX-License-Identifier: Apache-2.0
// How do programs get onto an interface that appears when mxrayd has no privilege left?
//
// The two talk over a pair of sockets that keep messages apart. To the attacher: names of
// interfaces, a line each. From it: what is watched, see to_text(), or `!` and why it
// cannot begin.
#include "probe/attacher.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <span>
#include <utility>

#include "probe/confinement.h"

namespace mxray {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

/// Names of interfaces and sentences have neither tabs nor line ends, unless somebody
/// tries: Linux takes nearly everything as a name.
std::string plain(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == '\t' || c == '\n'; }, '?');
  return text;
}

struct Heard {
  std::optional<std::string> message;
  bool ended = false;  // nobody is at the other end any more
};

ssize_t receive_into(int socket, std::span<char> buffer, int flags) {
  ssize_t size = 0;
  do {
    size = ::recv(socket, buffer.data(), buffer.size(), flags);
  } while (size < 0 && errno == EINTR);
  return size;
}

Heard receive_message(int socket, int flags) {
  // First its size alone: mostly there is no message, and then no memory is touched.
  const ssize_t size = receive_into(socket, {}, flags | MSG_PEEK | MSG_TRUNC);
  // At the end recv() gives 0 and leaves errno as it was.
  if (size <= 0) return {std::nullopt, size == 0 || errno != EAGAIN};
  std::string message(static_cast<std::size_t>(size), '\0');
  if (receive_into(socket, message, flags) != size) return {std::nullopt, true};
  return {std::move(message), false};
}

bool send_message(int socket, const std::string& message) {
  return ::send(socket, message.data(), message.size(), MSG_NOSIGNAL) >= 0;
}

/// Kernel 5.9 has the call; a container's filter may not let it through.
Error not_closed() {
  return Error{
      fmt::format("the attacher cannot close what it has no use for: {}; allow close_range",
                  std::strerror(errno))};
}

/// All descriptors but these and the first three.
Status close_others(std::vector<int> kept) {
  std::ranges::sort(kept);
  unsigned from = 3;
  for (const int fd : kept) {
    const auto number = static_cast<unsigned>(fd);
    if (fd < 3 || number < from) continue;
    if (number > from && ::close_range(from, number - 1, 0) != 0) return not_closed();
    from = number + 1;
  }
  if (::close_range(from, ~0U, 0) != 0) return not_closed();
  return Ok{};
}

/// What the process does from its first line to its exit code.
class Work {
 public:
  Work(OwnInterfaces interfaces, int socket)
      : interfaces_(std::move(interfaces)), socket_(socket) {}

  int run(std::vector<int> kept) {
    ::prctl(PR_SET_NAME, "mxrayd-attacher", 0, 0, 0);
    kept.push_back(socket_);
    kept.push_back(interfaces_.poll_fd());
    Status begun = close_others(std::move(kept));
    if (begun) begun = drop_capabilities(Role::kAttacher);
    // The other process says so in its log where the kernel cannot.
    (void)restrict_system_calls(Role::kAttacher);
    if (begun) {
      const RaisedCapabilities raised;
      begun = interfaces_.begin();
    }
    if (!begun) {
      send_message(socket_, "!" + begun.error().message);
      return 1;
    }
    if (!tell()) return 1;
    while (turn()) {
    }
    return 0;
  }

  [[nodiscard]] OwnInterfaces& interfaces() { return interfaces_; }

 private:
  /// Waits for something to do; false: the other process is gone.
  bool turn() {
    std::array<pollfd, 2> ready{{{socket_, POLLIN, 0}, {interfaces_.poll_fd(), POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), interfaces_.wait_ms()) < 0) return errno == EINTR;
    const RaisedCapabilities raised;
    if (ready[0].revents != 0) {
      const Heard names = receive_message(socket_, MSG_DONTWAIT);
      if (!names.message) return !names.ended;
      // What fails is told with what is watched, and tried again by poll().
      (void)interfaces_.watch(split(*names.message, '\n'));
    }
    interfaces_.poll();
    return tell();
  }

  /// Only what is news; false: nobody hears it.
  bool tell() {
    std::string message = to_text(interfaces_.now());
    if (message == told_) return true;
    told_ = std::move(message);
    return send_message(socket_, told_);
  }

  OwnInterfaces interfaces_;
  int socket_;
  std::string told_;
};

/// The whole life of the other process. Nothing may leave it, or it would go on as a
/// second daemon.
[[noreturn]] void work_and_end(OwnInterfaces interfaces, int socket, std::vector<int> kept) {
  int code = 1;
  try {
    Work work(std::move(interfaces), socket);
    code = work.run(std::move(kept));
    const RaisedCapabilities raised;  // to take filters off
    const OwnInterfaces last = std::move(work.interfaces());
  } catch (...) {
    code = 1;  // the monitor says that it has ended
  }
  ::_exit(code);
}

}  // namespace

std::string to_text(const WatchedNow& now) {
  std::string text = fmt::format("present\t{}\n", now.present);
  for (const Attachment& one : now.attachments) {
    text += fmt::format("hook\t{}\t{}\t{}\t{}\n", plain(one.interface), one.direction, one.hook,
                        plain(one.reason));
  }
  for (const auto& [number, name] : now.names)
    text += fmt::format("name\t{}\t{}\n", number, plain(name));
  if (!now.problem.empty()) text += fmt::format("problem\t{}\n", plain(now.problem));
  return text;
}

WatchedNow watched_from_text(std::string_view text) {
  WatchedNow now;
  const auto number_in = [](const std::string& digits) {
    std::uint32_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
  };
  for (const std::string& line : split(text, '\n')) {
    auto fields = split(line, '\t');
    if (fields.size() == 2 && fields[0] == "present") now.present = number_in(fields[1]);
    if (fields.size() == 2 && fields[0] == "problem") now.problem = std::move(fields[1]);
    if (fields.size() == 3 && fields[0] == "name") now.names[number_in(fields[1])] = fields[2];
    if (fields.size() == 5 && fields[0] == "hook") {
      now.attachments.push_back(
          {std::move(fields[1]), std::move(fields[2]), std::move(fields[3]), std::move(fields[4])});
    }
  }
  return now;
}

Result<std::unique_ptr<Attacher>> Attacher::start(OwnInterfaces interfaces, std::vector<int> kept) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return Error{fmt::format("no sockets to an attacher: {}", std::strerror(errno))};
  }
  Fd ours(pair[0]), theirs(pair[1]);
  const pid_t child = ::fork();
  if (child < 0) return Error{fmt::format("no process to attach: {}", std::strerror(errno))};
  if (child == 0) {
    ours.reset();  // or it would never hear that the other end is closed
    work_and_end(std::move(interfaces), theirs.get(), std::move(kept));
  }
  // NOLINTNEXTLINE(modernize-make-unique): the constructor is private
  std::unique_ptr<Attacher> attacher(new Attacher(std::move(ours), child));
  theirs.reset();
  if (!attacher->receive(0)) return Error{"the attacher ended before it had attached"};
  if (!attacher->failure_.empty()) return Error{attacher->failure_};
  return attacher;
}

Attacher::~Attacher() {
  socket_.reset();
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool Attacher::receive(int flags) {
  const auto [message, ended] = receive_message(socket_.get(), flags);
  if (ended) ended_ = true;
  if (!message) return false;
  if (message->starts_with('!')) {
    failure_ = message->substr(1);
  } else {
    now_ = watched_from_text(*message);
  }
  return true;
}

void Attacher::poll() {
  while (!ended_ && receive(MSG_DONTWAIT)) {
  }
}

Status Attacher::watch(const std::vector<std::string>& names) {
  std::string message;
  for (const std::string& name : names) message += name + "\n";
  if (message.empty() || send_message(socket_.get(), message)) return Ok{};
  return Error{fmt::format("the attacher does not listen: {}", std::strerror(errno))};
}

Status Attacher::health() const {
  if (!ended_) return Ok{};
  return Error{
      "the process that attaches programs has ended, so interfaces are no longer followed"};
}

}  // namespace mxray
