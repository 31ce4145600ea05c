// SPDX-License-Identifier: Apache-2.0
#include "support/capture_writer.h"

#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace mxray::test {
namespace {

constexpr std::uint32_t kMicrosecondMagic = 0xa1b2c3d4;
constexpr std::uint32_t kNanosecondMagic = 0xa1b23c4d;
constexpr std::uint64_t kSecond = 1'000'000'000;

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kEnhancedPacket = 6;

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string name = std::filesystem::temp_directory_path() / "mxray-test-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error("no temporary directory: " + name);
  }
  directory_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;  // a leftover directory is no reason to fail a test
  std::filesystem::remove_all(directory_, ignored);
}

std::string TemporaryDirectory::path(const std::string& name) const { return directory_ / name; }

std::string TemporaryDirectory::write(const std::string& name, const Bytes& content) const {
  std::ofstream file(path(name), std::ios::binary);
  file.write(reinterpret_cast<const char*>(content.data()),
             static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path(name));
  return path(name);
}

Bytes pcap_file(const std::vector<TimedPacket>& packets, const PcapFormat& format) {
  Bytes file;
  append_number(file, format.nanoseconds ? kNanosecondMagic : kMicrosecondMagic, 4, format.order);
  append_number(file, 2, 2, format.order);
  append_number(file, 4, 2, format.order);
  append_number(file, 0, 8, format.order);  // time zone and accuracy, never used
  append_number(file, format.snap_length, 4, format.order);
  append_number(file, format.link_type, 4, format.order);
  for (const TimedPacket& packet : packets) {
    const std::uint64_t below_a_second = packet.time_ns % kSecond;
    const std::size_t captured = std::min<std::size_t>(packet.frame.size(), format.snap_length);
    append_number(file, packet.time_ns / kSecond, 4, format.order);
    append_number(file, format.nanoseconds ? below_a_second : below_a_second / 1000, 4,
                  format.order);
    append_number(file, captured, 4, format.order);
    append_number(file, packet.frame.size(), 4, format.order);
    append_bytes(file, ByteView(packet.frame).first(captured));
  }
  return file;
}

PcapngFile& PcapngFile::section(ByteOrder order) {
  order_ = order;
  nanoseconds_.clear();
  Bytes body;
  append_number(body, kByteOrderMagic, 4, order_);
  append_number(body, 1, 2, order_);
  append_number(body, 0, 2, order_);
  append_number(body, ~0ULL, 8, order_);  // section length: not given
  block(kSectionHeader, body);
  return *this;
}

PcapngFile& PcapngFile::interface(std::uint16_t link_type, bool nanoseconds,
                                  std::uint32_t snap_length) {
  nanoseconds_.push_back(nanoseconds);
  Bytes body;
  append_number(body, link_type, 2, order_);
  append_number(body, 0, 2, order_);
  append_number(body, snap_length, 4, order_);
  append_number(body, 9, 2, order_);  // if_tsresol: 10^-n seconds
  append_number(body, 1, 2, order_);
  append_bytes(body, Bytes{static_cast<std::uint8_t>(nanoseconds ? 9 : 6), 0, 0, 0});
  append_number(body, 0, 4, order_);  // end of options
  block(kInterfaceDescription, body);
  return *this;
}

PcapngFile& PcapngFile::packet(std::uint32_t interface, const TimedPacket& packet) {
  const std::uint64_t time = nanoseconds_.at(interface) ? packet.time_ns : packet.time_ns / 1000;
  Bytes body;
  append_number(body, interface, 4, order_);
  append_number(body, time >> 32, 4, order_);
  append_number(body, time & 0xffffffff, 4, order_);
  append_number(body, packet.frame.size(), 4, order_);
  append_number(body, packet.frame.size(), 4, order_);
  append_bytes(body, packet.frame);
  while (body.size() % 4 != 0) body.push_back(0);
  block(kEnhancedPacket, body);
  return *this;
}

void PcapngFile::block(std::uint32_t type, const Bytes& body) {
  const std::size_t length = body.size() + 12;
  append_number(bytes_, type, 4, order_);
  append_number(bytes_, length, 4, order_);
  append_bytes(bytes_, body);
  append_number(bytes_, length, 4, order_);
}

}  // namespace mxray::test
