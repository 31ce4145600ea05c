// SPDX-License-Identifier: Apache-2.0
// How do programs get onto an interface that appears when mxrayd has no privilege left?
//
// The two talk over a pair of sockets that keep messages apart. To the attacher: names of
// interfaces, a line each. From it: what is watched, see to_text(), or `!` and why it
// cannot tell.
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
#include <utility>

#include "probe/confinement.h"

namespace mxray {
namespace {

constexpr std::size_t kLargestMessage = std::size_t{256} * 1024;  // a thousand interfaces

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

Heard receive_message(int socket, int flags) {
  std::string message(kLargestMessage, '\0');
  ssize_t size = 0;
  do {
    size = ::recv(socket, message.data(), message.size(), flags);
  } while (size < 0 && errno == EINTR);
  // At the end recv() gives 0 and leaves errno as it was.
  if (size <= 0) return {std::nullopt, size == 0 || errno != EAGAIN};
  message.resize(static_cast<std::size_t>(size));
  return {std::move(message), false};
}

bool send_message(int socket, const std::string& message) {
  return ::send(socket, message.data(), message.size(), MSG_NOSIGNAL) >= 0;
}

/// All descriptors but these and the first three.
void close_others(std::vector<int> kept) {
  std::ranges::sort(kept);
  unsigned from = 3;
  for (const int fd : kept) {
    const auto number = static_cast<unsigned>(fd);
    if (fd < 3 || number < from) continue;
    if (number > from) ::close_range(from, number - 1, 0);
    from = number + 1;
  }
  ::close_range(from, ~0U, 0);
}

/// What the process does from its first line to its exit code.
class Work {
 public:
  Work(OwnInterfaces interfaces, int socket)
      : interfaces_(std::move(interfaces)), socket_(socket) {}

  int run() {
    ::prctl(PR_SET_NAME, "mxrayd-attacher", 0, 0, 0);
    Status begun = drop_capabilities(Role::kAttacher);
    // The other process says so in its log where the kernel cannot.
    (void)restrict_system_calls(Role::kAttacher);
    if (begun) {
      const RaisedCapabilities raised;
      begun = interfaces_.begin();
    }
    if (!tell(begun) || !begun) return 1;
    while (turn()) {
    }
    return 0;
  }

  [[nodiscard]] OwnInterfaces& interfaces() { return interfaces_; }

 private:
  /// Waits for something to do; false: the other process is gone.
  bool turn() {
    std::array<pollfd, 2> ready{{{socket_, POLLIN, 0}, {interfaces_.poll_fd(), POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), -1) < 0) return errno == EINTR;
    const RaisedCapabilities raised;
    Status followed = Ok{};
    if (ready[0].revents != 0) {
      const Heard names = receive_message(socket_, MSG_DONTWAIT);
      if (!names.message) return !names.ended;
      followed = interfaces_.watch(split(*names.message, '\n'));
    }
    if (ready[1].revents != 0) interfaces_.poll();
    return tell(followed);
  }

  /// Only what is news; false: nobody hears it.
  bool tell(const Status& followed) {
    std::string message =
        followed ? to_text(interfaces_.now()) : "!" + plain(followed.error().message);
    if (message == told_) return true;
    told_ = std::move(message);
    return send_message(socket_, told_);
  }

  OwnInterfaces interfaces_;
  int socket_;
  std::string told_;
};

}  // namespace

std::string to_text(const WatchedNow& now) {
  std::string text = fmt::format("present\t{}\n", now.present);
  for (const Attachment& one : now.attachments) {
    text += fmt::format("hook\t{}\t{}\t{}\t{}\n", plain(one.interface), one.direction, one.hook,
                        plain(one.reason));
  }
  for (const auto& [number, name] : now.names)
    text += fmt::format("name\t{}\t{}\n", number, plain(name));
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
    if (fields.size() == 3 && fields[0] == "name") now.names[number_in(fields[1])] = fields[2];
    if (fields.size() == 5 && fields[0] == "hook") {
      now.attachments.push_back(
          {std::move(fields[1]), std::move(fields[2]), std::move(fields[3]), std::move(fields[4])});
    }
  }
  return now;
}

Result<std::unique_ptr<Attacher>> Attacher::start(OwnInterfaces interfaces,
                                                  const std::vector<int>& programs) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return Error{fmt::format("no sockets to an attacher: {}", std::strerror(errno))};
  }
  Fd ours(pair[0]), theirs(pair[1]);
  const pid_t child = ::fork();
  if (child < 0) return Error{fmt::format("no process to attach: {}", std::strerror(errno))};
  if (child == 0) {
    std::vector<int> kept = programs;
    kept.push_back(theirs.get());
    kept.push_back(interfaces.poll_fd());
    close_others(std::move(kept));
    int code = 1;
    {
      Work work(std::move(interfaces), theirs.get());
      code = work.run();
      const RaisedCapabilities raised;  // to take filters off
      const OwnInterfaces last = std::move(work.interfaces());
    }
    ::_exit(code);
  }
  // NOLINTNEXTLINE(modernize-make-unique): the constructor is private
  std::unique_ptr<Attacher> attacher(new Attacher(std::move(ours), child));
  theirs.reset();
  if (!attacher->receive(0) || !attacher->problem_.empty()) {
    return Error{attacher->problem_.empty() ? "the attacher ended before it had attached"
                                            : attacher->problem_};
  }
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
    problem_ = message->substr(1);
  } else {
    problem_.clear();
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
