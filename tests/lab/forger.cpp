// SPDX-License-Identifier: Apache-2.0
// How does a box in the middle of the path answer in a server's name? It sees
// the client's command go by and, before the server can, sends its own segment
// back the way the command came. In the same way it may answer the server in
// the client's name.
//
// It answers through the interface on which it saw the command and no other,
// a counted number of times, in the laboratory's namespaces. Unless told
// otherwise its handwriting is that of the first recorded case: TTL from 64,
// IP ID 64, DF clear, no options, window 0.
#include <poll.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <deque>

#include "arguments.h"
#include "handwriting.h"
#include "tcp_segment.h"

namespace mxray::lab {
namespace {

constexpr const char* kUsage =
    "usage: lab-forger --interface IF [--port 25] [--client-port PORT] [--from-server]\n"
    "                  [--trigger 'RCPT TO'] [--after-ms 0] [--count 1] [--seconds 60]\n"
    "                  [--text '500 error\\r\\n' | --reset [--identical] | --keep-alive]\n"
    "                  [--pieces 1] [--copies 1] [--fin | --then-reset] [--watch IF]\n"
    "                  [--style simple|mimic|reflector|constant-window]\n"
    "                  [--ttl 64] [--ip-id 64] [--window 0]\n"
    "  --from-server answers the server's segments, in the client's name\n"
    "  --reset sends three RST, at +0, +1460 and +4380, or all at +0 (--identical)\n"
    "  --keep-alive sends a server's probe: a byte 0 in the place of its last one\n"
    "  --pieces cuts the text into segments; --copies sends each several times;\n"
    "  --fin ends the server's stream with the text, --then-reset with a RST behind it\n"
    "  --watch is where the genuine sender's segments come in, for a mimic\n"
    "  constant-window: --window is the difference between window and TTL\n";

constexpr std::uint32_t kAnyPort = 0;

enum class Deed { kText, kReset, kKeepAlive };

struct Plan {
  Deed deed = Deed::kText;
  std::string trigger, text;
  std::uint32_t port = 25, client_port = kAnyPort;
  bool from_server = false;
  bool identical = false;
  bool fin = false, then_reset = false;
  double after_seconds = 0;
  long pieces = 1, copies = 1, count = 1;
};

/// A trigger that waits for its answer.
struct Due {
  double at = 0;
  Bytes frame;
};

double wall_clock_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

class Forger {
 public:
  Forger(const Plan& plan, const Handwriting& hand, const std::string& interface,
         const std::string& watched)
      : plan_(plan), hand_(hand), path_(open_packet_socket(interface)), left_(plan.count) {
    if (!watched.empty()) watch_ = open_packet_socket(watched);
  }

  /// True when it could answer as often as it was to.
  bool run_until(double deadline) {
    for (double now = monotonic_seconds(); now < deadline; now = monotonic_seconds()) {
      answer_what_is_due(now);
      if (left_ == 0 && due_.empty()) return true;
      wait_until(due_.empty() ? deadline : std::min(deadline, due_.front().at), now);
      while (const auto frame = watch_ ? receive_frame(watch_) : std::nullopt) learn_from(*frame);
      while (auto frame = receive_frame(path_)) await_trigger(std::move(*frame));
    }
    return false;
  }

 private:
  void wait_until(double due, double now) {
    // poll() passes over the negative descriptor of what is not watched.
    std::array<pollfd, 2> polled{pollfd{path_.get(), POLLIN, 0}, pollfd{watch_.get(), POLLIN, 0}};
    ::poll(polled.data(), polled.size(), static_cast<int>(std::max(0.0, due - now) * 1000) + 1);
  }

  void learn_from(View frame) {
    const auto seen = parse_tcp(frame);
    if (seen && seen->source_port() == plan_.port) hand_.observe(*seen);
  }

  [[nodiscard]] bool is_trigger(const Segment& seen) const {
    const std::uint16_t server = plan_.from_server ? seen.source_port() : seen.destination_port();
    const std::uint16_t client = plan_.from_server ? seen.destination_port() : seen.source_port();
    return server == plan_.port && (plan_.client_port == kAnyPort || client == plan_.client_port) &&
           seen.payload.size() >= plan_.trigger.size() &&
           ::strncasecmp(reinterpret_cast<const char*>(seen.payload.data()), plan_.trigger.c_str(),
                         plan_.trigger.size()) == 0;
  }

  void await_trigger(Bytes frame) {
    const auto seen = parse_tcp(frame);
    if (left_ == 0 || !seen || !is_trigger(*seen)) return;
    --left_;
    due_.push_back({monotonic_seconds() + plan_.after_seconds, std::move(frame)});
    answer_what_is_due(monotonic_seconds());
  }

  void answer_what_is_due(double now) {
    for (; !due_.empty() && due_.front().at <= now; due_.pop_front()) {
      // The frame outlives the views into it.
      const auto seen = parse_tcp(due_.front().frame);
      if (plan_.deed == Deed::kReset) send_resets(*seen);
      if (plan_.deed == Deed::kKeepAlive) send_keep_alive(*seen);
      if (plan_.deed == Deed::kText) send_text(*seen);
      std::printf("forged %.6f\n", wall_clock_seconds());
      std::fflush(stdout);
    }
  }

  void send(const Segment& seen, const Content& content) {
    send_frame(path_, answer(seen, hand_.next(seen), content));
  }

  void send_reset(const Segment& seen, std::uint32_t skip) {
    send(seen, {.flags = kFlagRst | kFlagAck,
                .seq = seen.ack() + skip,
                .ack = seen.next_seq(),
                .text = ""});
  }

  void send_resets(const Segment& seen) {
    for (const std::uint32_t skip : {0U, 1460U, 4380U})
      send_reset(seen, plan_.identical ? 0 : skip);
  }

  void send_keep_alive(const Segment& seen) {
    const Genuine* genuine = hand_.genuine_to(seen);
    if (genuine == nullptr) throw std::runtime_error("--keep-alive needs --watch");
    send(seen, {.flags = kFlagAck,
                .seq = genuine->next_seq - 1,
                .ack = genuine->ack,
                .text = std::string(1, '\0')});
  }

  /// It continues the server's stream at what the client acknowledged.
  void send_text(const Segment& seen) {
    const auto pieces = static_cast<std::size_t>(plan_.pieces);
    const std::size_t longest = (plan_.text.size() + pieces - 1) / pieces;
    for (std::size_t at = 0; at < plan_.text.size(); at += longest) {
      const bool is_last = at + longest >= plan_.text.size();
      const auto end = is_last && plan_.fin ? kFlagFin : std::uint8_t{0};
      const Content content{.flags = static_cast<std::uint8_t>(kFlagPsh | kFlagAck | end),
                            .seq = seen.ack() + static_cast<std::uint32_t>(at),
                            .ack = seen.next_seq(),
                            .text = plan_.text.substr(at, longest)};
      for (long copy = 0; copy < plan_.copies; ++copy) send(seen, content);
    }
    if (plan_.then_reset) send_reset(seen, static_cast<std::uint32_t>(plan_.text.size()));
  }

  Plan plan_;
  Handwriting hand_;
  Fd path_, watch_;
  std::deque<Due> due_;
  long left_;
};

Plan plan_from(const Arguments& arguments) {
  Plan plan{
      .trigger = arguments.text("trigger", "RCPT TO"),
      .text = unescape(arguments.text("text", "500 error\\r\\n")),
      .port = static_cast<std::uint32_t>(arguments.whole("port", 25, 1, 65535)),
      .client_port = static_cast<std::uint32_t>(arguments.whole("client-port", kAnyPort, 0, 65535)),
      .from_server = arguments.has("from-server"),
      .identical = arguments.has("identical"),
      .after_seconds = arguments.number("after-ms", 0, 0, 60000) / 1000,
      .pieces = arguments.whole("pieces", 1, 1, 100),
      .copies = arguments.whole("copies", 1, 1, 100),
      .count = arguments.whole("count", 1, 1, 1000)};
  if (arguments.has("reset")) plan.deed = Deed::kReset;
  if (arguments.has("keep-alive")) plan.deed = Deed::kKeepAlive;
  return plan;
}

int run(int argc, char** argv) {
  const Arguments arguments(
      argc, argv,
      {"interface", "port", "client-port", "trigger", "after-ms", "text", "pieces", "copies",
       "watch", "style", "ttl", "ip-id", "window", "count", "seconds"},
      {"reset", "identical", "fin", "then-reset", "keep-alive", "from-server"});
  if (!arguments.words().empty()) throw UsageError("unexpected " + arguments.words().front());
  const Header own{.ttl = static_cast<std::uint8_t>(arguments.whole("ttl", 64, 1, 255)),
                   .ip_id = static_cast<std::uint16_t>(arguments.whole("ip-id", 64, 0, 65535)),
                   .window = static_cast<std::uint16_t>(arguments.whole("window", 0, 0, 65535)),
                   .timestamps = std::nullopt};
  const Style style = style_from(arguments.text("style", "simple"));
  const double seconds = arguments.number("seconds", 60, 0, 3600);

  Forger forger(plan_from(arguments), Handwriting(style, own), arguments.text("interface"),
                arguments.text("watch", ""));
  std::puts("ready");
  std::fflush(stdout);
  return forger.run_until(monotonic_seconds() + seconds) ? 0 : 1;
}

}  // namespace
}  // namespace mxray::lab

int main(int argc, char** argv) {
  return mxray::lab::guarded_main("lab-forger", mxray::lab::kUsage,
                                  [&] { return mxray::lab::run(argc, argv); });
}
