// SPDX-License-Identifier: Apache-2.0
// How do packets of a million flows, or a flood, come past a gateway that is watched?
//
//   mxray-bench-blast --interface IF --kind NAME [--flows N] [--first N] [--packets N]
//
// Sends frames out of an interface as fast as it takes them: a case of streams.h, or
// open_syn, open_syn_ack, open_ack, greeting, one frame a flow. Prints one JSON object: packets
// sent, and how long it took.
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

#include "base/fd.h"
#include "base/time.h"
#include "streams.h"

namespace mxray::bench {
namespace {

constexpr unsigned kBatch = 64;

Fd packet_socket(const std::string& interface) {
  Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));  // 0: receives nothing
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
  if (!socket || address.sll_ifindex == 0 ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::system_error(errno, std::generic_category(), interface);
  }
  // Straight to the driver would pass TC by.
  const int bytes = 8 << 20;
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
  return socket;
}

/// Frames of one stream, each of another flow, as fast as the interface takes them.
class Blaster {
 public:
  Blaster(const Fd& socket, const Stream& stream, std::uint64_t first)
      : socket_(socket), stream_(stream), number_(first) {
    for (unsigned i = 0; i < kBatch; ++i) {
      frames_[i] = stream.frame;
      pieces_[i] = {.iov_base = frames_[i].data(), .iov_len = frames_[i].size()};
      messages_[i].msg_hdr.msg_iov = &pieces_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  void send(std::uint64_t packets) {
    while (packets > 0) {
      const auto count = static_cast<unsigned>(std::min<std::uint64_t>(packets, kBatch));
      for (unsigned i = 0; i < count; ++i) make_packet(frames_[i], stream_.kind, number_++);
      send_all(count);
      packets -= count;
    }
  }

 private:
  void send_all(unsigned count) {
    for (unsigned sent = 0; sent < count;) {
      const int now = ::sendmmsg(socket_.get(), &messages_[sent], count - sent, 0);
      if (now > 0) {
        sent += static_cast<unsigned>(now);
      } else if (errno != ENOBUFS && errno != EINTR) {  // full for a moment: again
        throw std::system_error(errno, std::generic_category(), "sendmmsg");
      }
    }
  }

  const Fd& socket_;
  const Stream& stream_;
  std::uint64_t number_;
  std::array<std::vector<std::uint8_t>, kBatch> frames_;
  std::array<iovec, kBatch> pieces_{};
  std::array<mmsghdr, kBatch> messages_{};
};

struct Options {
  std::string interface, kind;
  std::uint32_t flows = 1;
  std::uint64_t first = 0;    // packets before it are left out
  std::uint64_t packets = 0;  // 0: one a flow
};

Stream stream_of(const Options& options) {
  const std::vector<Stream> opening = handshake(options.flows);
  if (options.kind == "open_syn") return opening[0];
  if (options.kind == "open_syn_ack") return opening[1];
  if (options.kind == "open_ack") return opening[2];
  if (options.kind == "greeting") return greeting(options.flows);
  for (Case& each : cases(options.flows)) {
    if (each.name == options.kind) return std::move(each.stream);
  }
  throw std::runtime_error("no such kind: " + options.kind);
}

void run(const Options& options) {
  const Fd socket = packet_socket(options.interface);
  const Stream stream = stream_of(options);
  const std::uint64_t packets = options.packets == 0 ? options.flows : options.packets;
  const std::uint64_t start = monotonic_ns();
  Blaster(socket, stream, options.first).send(packets);
  const double seconds = static_cast<double>(monotonic_ns() - start) / 1e9;
  const nlohmann::json result{
      {"kind", options.kind},
      {"flows", options.flows},
      {"packets", packets},
      {"seconds", seconds},
      {"packets_per_second", std::round(static_cast<double>(packets) / seconds)}};
  fmt::print("{}\n", result.dump());
}

}  // namespace
}  // namespace mxray::bench

int main(int argc, char** argv) {
  mxray::bench::Options options;
  CLI::App app("send packets of many flows out of an interface");
  app.add_option("--interface", options.interface, "they leave through it")->required();
  app.add_option("--kind", options.kind, "open_…, or a case of mxray-bench-hooks")->required();
  app.add_option("--flows", options.flows, "a power of two")->check(CLI::Range(1U, 1U << 20U));
  app.add_option("--first", options.first, "number of the first packet");
  app.add_option("--packets", options.packets)->check(CLI::Range(1, 1'000'000'000));
  CLI11_PARSE(app, argc, argv);
  try {
    mxray::bench::run(options);
    return 0;
  } catch (const std::exception& problem) {
    fmt::print(stderr, "{}\n", problem.what());
    return 1;
  }
}
