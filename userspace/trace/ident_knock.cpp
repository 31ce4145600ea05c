// SPDX-License-Identifier: Apache-2.0
#include "trace/ident_knock.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/fd.h"
#include "base/port_table.h"
#include "trace/packet.h"

namespace mxray::trace {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMac = 6;
constexpr std::size_t kIpv6Header = 40;
constexpr std::size_t kMappedPrefix = 12;
constexpr std::uint8_t kTtl = 50;  // as if some hops away
// Locally administered; whatever answers looks the address's own host up.
constexpr std::array<std::uint8_t, kMac> kSenderMac = {0x02, 0, 0, 0, 0x01, 0x13};

struct Secret {
  std::uint32_t sequence = 0;
  std::uint16_t port = 0;
};

Secret make_secret() {
  Secret secret;
  if (::getrandom(&secret, sizeof secret, 0) != sizeof secret) secret = {0x6d787261, 0x7879};
  secret.port |= 0x8000;  // an ephemeral one
  return secret;
}

void append(std::vector<std::uint8_t>& to, Bytes bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void append16(std::vector<std::uint8_t>& to, std::size_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8U));
  to.push_back(static_cast<std::uint8_t>(value));
}

// RFC 1071.
std::uint16_t header_checksum(Bytes header) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < header.size(); i += 2) {
    sum += static_cast<std::uint32_t>(header[i] << 8U | header[i + 1]);
  }
  while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

std::vector<std::uint8_t> ipv4_header(const ProbeFlow& flow, std::size_t payload) {
  std::vector<std::uint8_t> header = {0x45, 0};
  append16(header, 20 + payload);
  append(header, std::array<std::uint8_t, 8>{0, 0, 0x40, 0, kTtl, IPPROTO_TCP, 0, 0});
  append(header, Bytes(flow.source.address.bytes).subspan(kMappedPrefix));
  append(header, Bytes(flow.server.address.bytes).subspan(kMappedPrefix));
  const std::uint16_t sum = header_checksum(header);
  header[10] = static_cast<std::uint8_t>(sum >> 8U);
  header[11] = static_cast<std::uint8_t>(sum);
  return header;
}

std::vector<std::uint8_t> ipv6_header(const ProbeFlow& flow, std::size_t payload) {
  std::vector<std::uint8_t> header = {0x60, 0, 0, 0};
  append16(header, payload);
  append(header, std::array<std::uint8_t, 2>{IPPROTO_TCP, kTtl});
  append(header, flow.source.address.bytes);
  append(header, flow.server.address.bytes);
  return header;
}

std::vector<std::uint8_t> frame_of(const Knock& knock, const ProbeFlow& flow,
                                   std::uint32_t sequence) {
  const bool ipv4 = is_ipv4(flow.server.address);
  const std::vector<std::uint8_t> segment = build_syn(flow, sequence);
  std::vector<std::uint8_t> frame = knock.mac;
  frame.resize(kMac);
  append(frame, kSenderMac);
  append16(frame, ipv4 ? ETH_P_IP : ETH_P_IPV6);
  append(frame, ipv4 ? ipv4_header(flow, segment.size()) : ipv6_header(flow, segment.size()));
  append(frame, segment);
  return frame;
}

// What a packet that leaves this host says of the query: `packet` from its IP header on.
std::optional<Answer> read_outgoing(Bytes packet, const ProbeFlow& flow) {
  std::uint8_t protocol = 0;
  std::optional<Bytes> payload;
  bool from_asked = false;
  if (is_ipv4(flow.server.address)) {
    payload = ipv4_payload(packet);
    if (!payload) return std::nullopt;
    protocol = packet[9];
    from_asked = std::equal(packet.begin() + 12, packet.begin() + 16,
                            flow.server.address.bytes + kMappedPrefix);
  } else {
    if (packet.size() < kIpv6Header || packet[0] >> 4U != 6) return std::nullopt;
    payload = packet.subspan(kIpv6Header);
    protocol = packet[6];
    from_asked = std::equal(packet.begin() + 8, packet.begin() + 24, flow.server.address.bytes);
  }
  if (protocol == IPPROTO_TCP && from_asked) return read_tcp(*payload, flow);
  if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) return read_icmp(*payload, flow);
  return std::nullopt;
}

// What leaves this host from TCP port 113, or as an ICMP error; a busy gateway's
// other packets never reach the socket. Offsets from the network header, where a
// cooked socket's packets begin.
constexpr std::array<sock_filter, 17> kAnswers = {{
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 14),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x60, 6, 0),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMP, 8, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 8),
    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
    BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kIdentPort, 4, 5),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 2, 0),
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kIpv6Header),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kIdentPort, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 2048),
    BPF_STMT(BPF_RET | BPF_K, 0),
}};

Result<Fd> listen_outgoing() {
  Fd fd(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL)));
  if (!fd && errno == EPERM) {
    return Error{"listening for the answer needs CAP_NET_RAW; run it with sudo"};
  }
  if (!fd) return Error{fmt::format("cannot open a packet socket ({})", std::strerror(errno))};
  auto filter = kAnswers;
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
    return Error{fmt::format("cannot filter a packet socket ({})", std::strerror(errno))};
  }
  return fd;
}

// Whether packets passed that nobody could keep: the answer may have been among them.
bool has_missed(const Fd& fd) {
  tpacket_stats stats{};
  socklen_t length = sizeof stats;
  return ::getsockopt(fd.get(), SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0 &&
         stats.tp_drops > 0;
}

std::optional<Answer> next_answer(const Fd& fd, const ProbeFlow& flow, std::uint32_t sequence) {
  constexpr int kAtOnce = 256;  // then the clock is looked at
  std::array<std::uint8_t, 2048> buffer{};
  for (int i = 0; i < kAtOnce; ++i) {
    sockaddr_ll link{};
    socklen_t length = sizeof link;
    const ssize_t got = ::recvfrom(fd.get(), buffer.data(), buffer.size(), MSG_TRUNC,
                                   reinterpret_cast<sockaddr*>(&link), &length);
    if (got < 0) return std::nullopt;
    if (link.sll_pkttype != PACKET_OUTGOING) continue;
    const auto size = std::min(static_cast<std::size_t>(got), buffer.size());
    const auto answer = read_outgoing(Bytes(buffer).first(size), flow);
    if (answer && answer->sequence == sequence) return answer;
  }
  return std::nullopt;
}

KnockOutcome outcome_of(AnswerKind kind) {
  switch (kind) {
    case AnswerKind::kSynAck: return KnockOutcome::kAnswered;
    case AnswerKind::kReset: return KnockOutcome::kReset;
    default: return KnockOutcome::kUnreachable;
  }
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

std::string_view name_of(KnockOutcome outcome) {
  switch (outcome) {
    case KnockOutcome::kDropped: return "dropped";
    case KnockOutcome::kReset: return "reset";
    case KnockOutcome::kUnreachable: return "unreachable";
    case KnockOutcome::kAnswered: return "answered";
  }
  return "unknown";
}

Result<KnockResult> knock(const Knock& knock, const Inject& inject, double timeout_seconds) {
  auto fd = listen_outgoing();
  if (!fd) return fd.error();
  const Secret secret = make_secret();
  const ProbeFlow flow{{knock.from, secret.port}, {knock.asked, kIdentPort}};
  const auto start = Clock::now();
  if (const Status sent = inject(knock.ifindex, frame_of(knock, flow, secret.sequence)); !sent) {
    return sent.error();
  }
  for (;;) {
    const double left = timeout_seconds - seconds_since(start);
    if (left <= 0 && has_missed(*fd)) {
      return Error{"too many packets passed to hear every answer; ask again"};
    }
    if (left <= 0) return KnockResult{KnockOutcome::kDropped, timeout_seconds, std::nullopt};
    pollfd waits{fd->get(), POLLIN, 0};
    ::poll(&waits, 1, static_cast<int>(std::min(left, 60.0) * 1000) + 1);
    if (const auto answer = next_answer(*fd, flow, secret.sequence)) {
      KnockResult result{outcome_of(answer->kind), seconds_since(start), std::nullopt};
      if (result.outcome == KnockOutcome::kUnreachable) result.icmp_code = answer->icmp_code;
      return result;
    }
  }
}

}  // namespace mxray::trace
