// SPDX-License-Identifier: Apache-2.0
#include "format/json_writer.h"

#include <cmath>

#include "analysis/incident.h"
#include "base/time.h"

namespace mxray::json {

Object rounded(double value, int decimals) {
  if (!std::isfinite(value)) return nullptr;
  const double scale = std::pow(10.0, decimals);
  const double result = std::round(value * scale) / scale;
  return result == 0 ? 0.0 : result;  // never -0.0
}

Object milliseconds(const std::optional<double>& value) {
  return value ? rounded(*value, 3) : Object(nullptr);
}

Object seconds(const std::optional<double>& value) {
  return value ? rounded(*value, 6) : Object(nullptr);
}

Object endpoint(const Endpoint& value) {
  return {{"ip", to_string(value.address)}, {"port", value.port}};
}

Object endpoint(const std::optional<Endpoint>& value) {
  return value ? endpoint(*value) : Object(nullptr);
}

Object time(std::uint64_t time_ns) {
  return time_ns == 0 ? Object(nullptr) : Object(rfc3339(time_ns));
}

Object protocol(core::protocol value) {
  return value == core::PROTOCOL_NONE ? Object(nullptr) : Object(name_of(value));
}

std::string line(const Object& object) {
  return object.dump(-1, ' ', false, Object::error_handler_t::replace);
}

}  // namespace mxray::json
