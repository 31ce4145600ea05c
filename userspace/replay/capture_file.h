// SPDX-License-Identifier: Apache-2.0
// Which packets does a capture file hold?
//
// The only place that knows libpcap. A pcapng file's interfaces are one here:
// give each interface a file of its own if flows shall be told apart by it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "replay/link_header.h"

struct pcap;  // libpcap's handle, pcap_t

namespace mxray {

/// One packet of a file. `bytes` live until the file is asked for its next.
struct CapturedPacket {
  std::uint64_t time_ns = 0;            // since 1970, UTC, as the file says
  std::span<const std::uint8_t> bytes;  // with the link header, perhaps cut by the snapshot length
  std::uint32_t wire_length = 0;        // of the whole frame; never less than bytes.size()
  LinkLayer link = LinkLayer::kEthernet;
  std::uint64_t number = 0;  // in the file, from 1
  std::uint32_t network_offset = 0;
  std::uint16_t ether_type = 0;  // of the network header; 0: unknown

  [[nodiscard]] bool is_ip() const;
  /// From the IP header on; empty if the link header announces something else.
  [[nodiscard]] std::span<const std::uint8_t> network_bytes() const;
  /// What the core reads: the whole frame for kEthernet, else network_bytes().
  [[nodiscard]] std::span<const std::uint8_t> frame() const;
  /// The length of frame() on the wire.
  [[nodiscard]] std::uint32_t frame_length() const;
};

/// An open capture file, read from front to back.
class CaptureFile {
 public:
  /// pcap (µs, ns, either byte order) or pcapng; `-` is standard input. Fails
  /// if the file cannot be read, is no capture, or has an unknown link type.
  static Result<CaptureFile> open(const std::string& path);

  /// The next packet; nullopt at the end. Fails once if the rest of the file
  /// cannot be read, naming file and packet; afterwards it is at the end.
  Result<std::optional<CapturedPacket>> next();

 private:
  struct Closer {
    void operator()(pcap* handle) const;
  };
  using Handle = std::unique_ptr<pcap, Closer>;

  CaptureFile(Handle handle, std::string name, int link_type);
  [[nodiscard]] Error unreadable_packet() const;

  Handle handle_;
  std::string name_;
  int link_type_ = 0;
  std::uint64_t packets_read_ = 0;
  bool at_end_ = false;
};

}  // namespace mxray
