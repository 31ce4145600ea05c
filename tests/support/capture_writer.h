// SPDX-License-Identifier: Apache-2.0
// How does a test get a capture file of any shape, and lose it afterwards?
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "support/bytes.h"
#include "support/timed_packet.h"

namespace mxray::test {

/// A directory of its own under the system's temporary one, deleted with its
/// content by the destructor. Throws std::runtime_error if there is none.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const;
  /// Writes a file of that name and returns its path.
  [[nodiscard]] std::string write(const std::string& name, const Bytes& content) const;

 private:
  std::filesystem::path directory_;
};

struct PcapFormat {
  std::uint32_t link_type = 1;  // LINKTYPE_..., 1: Ethernet
  bool nanoseconds = false;     // else the timestamps lose what is below 1 µs
  ByteOrder order = ByteOrder::kLittle;
  std::uint32_t snap_length = 262144;  // longer frames are cut, as tcpdump -s does
};

/// A whole pcap file (draft-ietf-opsawg-pcap).
Bytes pcap_file(const std::vector<TimedPacket>& packets, const PcapFormat& format = {});

/// A pcapng file block by block (draft-ietf-opsawg-pcapng).
class PcapngFile {
 public:
  /// Starts a section; its interfaces count from 0 again.
  PcapngFile& section(ByteOrder order = ByteOrder::kLittle);
  /// An interface description; nanosecond or microsecond timestamps.
  PcapngFile& interface(std::uint16_t link_type = 1, bool nanoseconds = true,
                        std::uint32_t snap_length = 262144);
  /// An enhanced packet block on the section's interface of that number.
  PcapngFile& packet(std::uint32_t interface, const TimedPacket& packet);
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  void block(std::uint32_t type, const Bytes& body);

  ByteOrder order_ = ByteOrder::kLittle;
  std::vector<bool> nanoseconds_;  // per interface of the section
  Bytes bytes_;
};

}  // namespace mxray::test
