// SPDX-License-Identifier: Apache-2.0
#include "format/sender_json.h"

#include "format/incident_json.h"
#include "format/json_reader.h"
#include "format/json_writer.h"

namespace mxray {

std::string to_json_line(const Sender& sender) {
  json::Object out;
  out["schema_version"] = kSchemaVersion;
  out["address"] = to_string(sender.address);
  out["helo"] = json::optional(sender.helo);
  out["sender_domain"] = json::optional(sender.sender_domain);
  out["sessions"] = sender.sessions;
  out["last_seen"] = json::time(sender.last_seen_ns);
  return json::line(out);
}

Result<Sender> sender_from_json(std::string_view text) {
  const json::Reader in(text, "sender");
  Sender sender;
  std::string address;
  in.read("address", address);
  if (const auto parsed = parse_address(address)) {
    sender.address = *parsed;
  } else {
    in.complain("address", "'" + address + "' is no address");
  }
  in.read("helo", sender.helo);
  in.read("sender_domain", sender.sender_domain);
  in.read_integer("sessions", sender.sessions);
  in.read_time("last_seen", sender.last_seen_ns);
  if (in.problem()) return Error{*in.problem()};
  return sender;
}

}  // namespace mxray
