// SPDX-License-Identifier: Apache-2.0
#include "unit/daemon_made_up.h"

#include <stdlib.h>

#include "base/address.h"

namespace mxray::testing {

Incident forged_reply(const std::string& id, std::uint64_t time_ns) {
  Incident incident;
  incident.id = id;
  incident.kind = Kind::kForgedReply;
  incident.time_ns = time_ns;
  incident.confidence = Confidence::kCertain;
  incident.protocol = core::PROTOCOL_SMTP;
  incident.interface = "eth0";
  incident.client = {*parse_address("192.0.2.4"), 60661};
  incident.server = {*parse_address("203.0.113.80"), 25};
  incident.summary = "forged reply from 7 hops away";
  incident.remedy = "tell the carrier";
  PacketRow packet;
  packet.time_ns = time_ns;
  packet.what = "data";
  packet.text = "500 error";
  incident.packets.push_back(packet);
  return incident;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = std::filesystem::temp_directory_path() / "mxray-daemon-XXXXXX";
  path_ = ::mkdtemp(pattern.data());
}

TemporaryDirectory::~TemporaryDirectory() { std::filesystem::remove_all(path_); }

}  // namespace mxray::testing
