// SPDX-License-Identifier: Apache-2.0
#include "wire.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>

namespace mxray::lab {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

template <typename Value>
void set_option(const Fd& socket, int name, const Value& value, const std::string& what) {
  if (::setsockopt(socket.get(), SOL_PACKET, name, &value, sizeof value) < 0) fail(what);
}

}  // namespace

std::uint16_t load16(View bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::uint32_t load32(View bytes, std::size_t at) {
  return static_cast<std::uint32_t>(load16(bytes, at)) << 16 | load16(bytes, at + 2);
}

void store16(Bytes& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value & 0xff);
}

void store32(Bytes& bytes, std::size_t at, std::uint32_t value) {
  store16(bytes, at, static_cast<std::uint16_t>(value >> 16));
  store16(bytes, at + 2, static_cast<std::uint16_t>(value & 0xffff));
}

std::uint32_t checksum_add(std::uint32_t sum, View bytes) {
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) sum += load16(bytes, at);
  if (at < bytes.size()) sum += static_cast<std::uint32_t>(bytes[at]) << 8;
  return sum;
}

std::uint16_t checksum_finish(std::uint32_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum & 0xffff);
}

Fd open_packet_socket(const std::string& interface) {
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) fail("interface " + interface);
  Fd socket{::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket) fail("packet socket");

  set_option(socket, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
  packet_mreq promiscuous{};
  promiscuous.mr_ifindex = static_cast<int>(index);
  promiscuous.mr_type = PACKET_MR_PROMISC;
  set_option(socket, PACKET_ADD_MEMBERSHIP, promiscuous, "promiscuous mode");

  // Bound last, with the protocol: before it, the socket would hear every interface.
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    fail("bind to " + interface);
  return socket;
}

std::optional<Bytes> receive_frame(const Fd& socket) {
  static thread_local std::array<std::uint8_t, kLargestFrame> buffer;
  const ssize_t length = ::recv(socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (length < 0) {
    // ENETDOWN comes once when the interface goes down; it may come up again.
    if (errno == EAGAIN || errno == EINTR || errno == ENETDOWN) return std::nullopt;
    fail("receive");
  }
  return Bytes(buffer.begin(), buffer.begin() + length);
}

bool send_frame(const Fd& socket, View frame) {
  return ::send(socket.get(), frame.data(), frame.size(), MSG_DONTWAIT) ==
         static_cast<ssize_t>(frame.size());
}

double monotonic_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace mxray::lab
