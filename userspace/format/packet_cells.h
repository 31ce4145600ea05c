// SPDX-License-Identifier: Apache-2.0
// What does one packet around an incident show, column by column?
//
// The terminal (explain.h) and the page (report/) show the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/incident.h"

namespace mxray {

/// `-` where the packet has no such thing, or its record does not keep it.
struct PacketCells {
  std::string mark;    // `!` of a suspect packet
  std::string time;    // seconds after the table's minute: `52.643691`
  std::string from;    // `<- server` or `client ->`
  std::string packet;  // `SYN-ACK`
  std::string ttl;
  std::string ip_id;
  std::string fragment;  // DF: `yes` or `no`
  std::string options;
  std::string window;
  std::string bytes;
  std::string seq;
  std::string ack;
  std::string payload;  // in quotes, but a remark on an ident packet
};

/// The minute from which the seconds of a table count: that of its first packet.
std::uint64_t minute_of(const std::vector<PacketRow>& packets);

PacketCells cells_of(const PacketRow& packet, std::uint64_t minute_ns);

}  // namespace mxray
