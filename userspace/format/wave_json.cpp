// SPDX-License-Identifier: Apache-2.0
#include "format/wave_json.h"

#include "format/incident_json.h"
#include "format/json_writer.h"
#include "format/wave_text.h"

namespace mxray {
namespace {

using json::Object;

Object to_object(const Tally& tally) {
  Object values = Object::array();
  for (const Share& share : tally.shares) {
    values.push_back({{"value", share.value}, {"count", share.count}});
  }
  return {{"values", values}, {"unknown", tally.unknown}};
}

}  // namespace

std::string to_json_line(const Wave& wave) {
  Object out;
  out["schema_version"] = kSchemaVersion;
  out["start"] = json::time(wave.start_ns);
  out["end"] = json::time(wave.end_ns);
  out["count"] = wave.count();
  out["forged_replies"] = wave.replies;
  out["forged_resets"] = wave.resets;
  out["certain"] = wave.certain;
  out["forger_class"] = json::optional(wave.forger.forger_class);
  out["window_rule"] = json::optional(wave.forger.window_rule);
  out["least_forged_ttl"] = json::optional(wave.forger.least_ttl);
  out["most_forged_ttl"] = json::optional(wave.forger.most_ttl);
  out["trigger_commands"] = to_object(wave.commands);
  out["forged_texts"] = to_object(wave.texts);
  out["networks"] = to_object(wave.networks);
  out["servers"] = to_object(wave.servers);
  out["clients"] = to_object(wave.clients);
  out["protocols"] = to_object(wave.protocols);
  out["clearest_incident"] = wave.clearest;
  out["finding"] = finding(wave);
  return json::line(out);
}

}  // namespace mxray
