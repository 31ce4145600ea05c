// SPDX-License-Identifier: Apache-2.0
// How do the values that incidents, flows and status share become JSON?
//
// Internal to format/: the only headers that show the JSON library are this one
// and json_reader.h, and only .cpp files of this folder include them.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/address.h"

namespace mxray::json {

/// Keeps the order of insertion, so that a line reads from the main point on.
using Object = nlohmann::ordered_json;

/// Rounded to `decimals`, so that 54.053 does not read 54.053000000001. Not a
/// number and infinity, which JSON lacks, become null.
Object rounded(double value, int decimals);

Object milliseconds(const std::optional<double>& value);  // three decimals
Object seconds(const std::optional<double>& value);       // six decimals

template <typename T>
Object optional(const std::optional<T>& value) {
  return value ? Object(*value) : Object(nullptr);
}

/// {"ip": ..., "port": ...}
Object endpoint(const Endpoint& value);
Object endpoint(const std::optional<Endpoint>& value);

/// RFC 3339 in microseconds, UTC; null for 0, which stands for unknown.
Object time(std::uint64_t time_ns);

/// Null for PROTOCOL_NONE.
Object protocol(core::protocol value);

/// One line. Never fails: bytes that are no UTF-8 become U+FFFD.
std::string line(const Object& object);

}  // namespace mxray::json
