// SPDX-License-Identifier: Apache-2.0
#include "dns/resolver.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "dns/message.h"
#include "dns/name.h"

namespace mxray::dns {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kSilencesAllowed = 2;
constexpr std::size_t kLongestName = 253;

struct CloseChannel {
  void operator()(ares_channeldata* channel) const { ares_destroy(channel); }
};
using Channel = std::unique_ptr<ares_channeldata, CloseChannel>;

// What c-ares calls back with; it lives until the question has ended.
struct Reply {
  bool ended = false;
  int status = ARES_SUCCESS;
  std::vector<std::uint8_t> message;
};

void take_reply(void* user, int status, int, unsigned char* message, int length) {
  auto& reply = *static_cast<Reply*>(user);
  reply.ended = true;
  reply.status = status;
  if (message != nullptr && length > 0) reply.message.assign(message, message + length);
}

Result<Channel> open_channel(const ResolverSettings& settings) {
  ares_options options{};
  // Without NOCHECKRESP c-ares turns SERVFAIL and REFUSED into "cannot connect".
  options.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  options.timeout = static_cast<int>(settings.timeout.count());
  options.tries = 1;
  ares_channel channel = nullptr;
  const int status =
      ares_init_options(&channel, &options, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
  if (status != ARES_SUCCESS) {
    return Error{
        fmt::format("the resolver library could not start ({}); is /etc/resolv.conf "
                    "readable? Else name a resolver with --resolver ADDRESS",
                    ares_strerror(status))};
  }
  return Channel(channel);
}

// Those of /etc/resolv.conf, as c-ares read them.
std::vector<Endpoint> configured_servers(ares_channel channel) {
  ares_addr_port_node* list = nullptr;
  if (ares_get_servers_ports(channel, &list) != ARES_SUCCESS) return {};
  const std::unique_ptr<ares_addr_port_node, decltype(&ares_free_data)> owner(list,
                                                                              &ares_free_data);
  std::vector<Endpoint> servers;
  for (const ares_addr_port_node* one = list; one != nullptr; one = one->next) {
    Endpoint server{*parse_address("0.0.0.0"), NS_DEFAULTPORT};
    if (one->udp_port > 0) server.port = static_cast<std::uint16_t>(one->udp_port);
    if (one->family == AF_INET) {
      std::memcpy(server.address.bytes + 12, &one->addr.addr4, 4);
    } else {
      std::memcpy(server.address.bytes, &one->addr.addr6, 16);
    }
    servers.push_back(server);
  }
  return servers;
}

bool use_server(ares_channel channel, const Endpoint& server) {
  ares_addr_port_node node{};
  node.udp_port = node.tcp_port = server.port;
  if (is_ipv4(server.address)) {
    node.family = AF_INET;
    std::memcpy(&node.addr.addr4, server.address.bytes + 12, 4);
  } else {
    node.family = AF_INET6;
    std::memcpy(&node.addr.addr6, server.address.bytes, 16);
  }
  return ares_set_servers_ports(channel, &node) == ARES_SUCCESS;
}

// Lets c-ares work until `reply` has ended; at `end` the question is given up.
void wait_for(ares_channel channel, const Reply& reply, Clock::time_point end) {
  while (!reply.ended) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    const int wanted = ares_getsock(channel, sockets.data(), ARES_GETSOCK_MAXNUM);
    std::vector<pollfd> waits;
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
      short events = 0;
      if (ARES_GETSOCK_READABLE(wanted, i)) events |= POLLIN;
      if (ARES_GETSOCK_WRITABLE(wanted, i)) events |= POLLOUT;
      if (events != 0) waits.push_back({sockets[static_cast<std::size_t>(i)], events, 0});
    }
    const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now());
    if (left.count() <= 0 || waits.empty()) return ares_cancel(channel);
    timeval most{.tv_sec = left.count() / 1000, .tv_usec = left.count() % 1000 * 1000};
    timeval storage{};
    const timeval* wait = ares_timeout(channel, &most, &storage);
    ::poll(waits.data(), waits.size(),
           static_cast<int>(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1));
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // its timeouts
    for (const pollfd& one : waits) {
      ares_process_fd(channel, (one.revents & ~POLLOUT) != 0 ? one.fd : ARES_SOCKET_BAD,
                      (one.revents & POLLOUT) != 0 ? one.fd : ARES_SOCKET_BAD);
    }
  }
}

Answer no_answer(Outcome outcome, std::string failure) {
  Answer answer;
  answer.outcome = outcome;
  answer.failure = std::move(failure);
  return answer;
}

std::string seconds(milliseconds time) {
  return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000);
}

}  // namespace

struct Resolver::Server {
  Endpoint endpoint;
  Channel channel;
  bool is_alive = false;  // it sent an answer of whatever kind
  int silences = 0;

  [[nodiscard]] bool given_up() const { return !is_alive && silences >= kSilencesAllowed; }
};

Resolver::Resolver(const ResolverSettings& settings)
    : settings_(settings), end_(Clock::now() + settings.deadline) {}
Resolver::Resolver(Resolver&&) noexcept = default;
Resolver& Resolver::operator=(Resolver&&) noexcept = default;
Resolver::~Resolver() = default;

Result<Resolver> Resolver::open(const ResolverSettings& settings) {
  Resolver resolver(settings);
  resolver.servers_ = settings.servers;
  if (resolver.servers_.empty()) {
    auto channel = open_channel(settings);
    if (!channel) return channel.error();
    resolver.servers_ = configured_servers(channel->get());
  }
  for (const Endpoint& server : resolver.servers_) {
    auto channel = open_channel(settings);
    if (!channel) return channel.error();
    if (!use_server(channel->get(), server)) {
      return Error{fmt::format("the resolver {} cannot be used; name another with --resolver",
                               to_string(server))};
    }
    resolver.channels_.push_back(
        std::make_unique<Server>(Server{.endpoint = server, .channel = *std::move(channel)}));
  }
  if (resolver.channels_.empty()) {
    return Error{"there is no resolver to ask; name one with --resolver ADDRESS"};
  }
  return resolver;
}

Answer Resolver::ask(const std::string& name, RecordType type) {
  const std::pair key(normal_name(name), type);
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  return known_[key] = ask_servers(key.first, type);
}

Answer Resolver::ask_servers(const std::string& name, RecordType type) {
  if (name.empty() || name.size() > kLongestName) {
    return no_answer(Outcome::kMalformed, "the name cannot be asked for: it is empty or too long");
  }
  Answer answer = no_answer(Outcome::kTimeout, "no resolver that was asked before ever answered");
  for (int i = 0; i < settings_.tries; ++i) {
    for (const auto& server : channels_) {
      if (server->given_up()) continue;
      Answer one = ask_server(*server, name, type);
      if (one.answered()) return one;
      // Of several failures the one that tells most: silence tells least.
      const bool is_silence = one.outcome == Outcome::kTimeout;
      if (i == 0 && (!is_silence || answer.outcome == Outcome::kTimeout)) answer = std::move(one);
    }
    // Only silence may be chance.
    if (answer.outcome != Outcome::kTimeout) break;
  }
  return answer;
}

Answer Resolver::ask_server(Server& server, const std::string& name, RecordType type) {
  const auto now = Clock::now();
  if (now >= end_) {
    return no_answer(Outcome::kTimeout,
                     fmt::format("was not asked: {} had passed", seconds(settings_.deadline)));
  }
  Reply reply;
  ares_query(server.channel.get(), name.c_str(), ns_c_in, wire_number(type), &take_reply, &reply);
  // A truncated answer is asked for again by TCP, within the same time.
  wait_for(server.channel.get(), reply, std::min(end_, now + settings_.timeout));

  const std::string who = to_string(server.endpoint);
  if (!reply.message.empty()) {
    server.is_alive = true;
    Answer answer = read_message(reply.message, name, type);
    if (!answer.answered()) answer.failure = who + " " + answer.failure;
    return answer;
  }
  switch (reply.status) {
    case ARES_ETIMEOUT:
    case ARES_ECANCELLED:
      ++server.silences;
      return no_answer(Outcome::kTimeout,
                       fmt::format("{} did not answer within {}", who, seconds(settings_.timeout)));
    case ARES_ECONNREFUSED:
      ++server.silences;
      return no_answer(Outcome::kUnreachable,
                       fmt::format("{} cannot be reached: nothing listens there, or there is no "
                                   "way to it",
                                   who));
    default:
      return no_answer(Outcome::kMalformed,
                       fmt::format("{} cannot be asked: {}", who, ares_strerror(reply.status)));
  }
}

}  // namespace mxray::dns
