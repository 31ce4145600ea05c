// SPDX-License-Identifier: Apache-2.0
// How is a JSON object read field by field without an exception or a half-read
// value?
//
// A Reader knows where it is and keeps the first thing that was wrong; reading
// goes on harmlessly after it, and the caller asks once at the end. Internal to
// format/, see json_writer.h.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace mxray::json {

class Reader {
 public:
  /// `subject` names the whole in errors: `incident`, `flow`, `status`.
  Reader(std::string_view text, std::string subject);

  /// The first problem in one sentence; nullopt if all was well.
  [[nodiscard]] const std::optional<std::string>& problem() const { return *problem_; }

  /// Whether the field is there and not null.
  [[nodiscard]] bool has(const char* name) const;

  /// The object in a field; an empty reader (whose reads change nothing) if it
  /// is null or missing.
  [[nodiscard]] Reader object(const char* name) const;
  /// The objects of an array; none if it is null or missing.
  [[nodiscard]] std::vector<Reader> objects(const char* name) const;
  /// The strings of an array; none if it is null or missing.
  [[nodiscard]] std::vector<std::string> strings(const char* name) const;

  // Each reads a field that must be there ...
  void read(const char* name, std::string& target) const;
  void read(const char* name, double& target) const;
  void read(const char* name, bool& target) const;
  void read(const char* name, Endpoint& target) const;
  /// RFC 3339 to nanoseconds; null is 0.
  void read_time(const char* name, std::uint64_t& target) const;
  template <typename Integer>
  void read_integer(const char* name, Integer& target) const {
    if (const auto value = integer(name, std::numeric_limits<Integer>::min(),
                                   std::numeric_limits<Integer>::max())) {
      target = static_cast<Integer>(*value);
    }
  }
  /// A value of a closed set, by the function that finds it by its name.
  template <typename Value, typename Find>
  void read_name(const char* name, Value& target, Find from_name) const {
    std::string text;
    read(name, text);
    if (text.empty()) return complain(name, "is empty or missing");
    if (const auto value = from_name(text)) {
      target = *value;
    } else {
      complain(name, "has the unknown value '" + text + "'");
    }
  }

  // ... or may be null or missing, which leaves nullopt.
  template <typename T>
  void read(const char* name, std::optional<T>& target) const {
    if (!has(name)) return;
    T value{};
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      read_integer(name, value);
    } else {
      read(name, value);
    }
    target = value;
  }

  /// Keeps `what` as the problem of this field unless there was an earlier one.
  void complain(const std::string& name, const std::string& what) const;

 private:
  using Json = nlohmann::json;
  Reader(std::shared_ptr<const Json> root, const Json* here, std::string place,
         std::shared_ptr<std::optional<std::string>> problem);
  [[nodiscard]] const Json* find(const char* name) const;
  /// The field, or nullptr after a complaint.
  [[nodiscard]] const Json* require(const char* name) const;
  [[nodiscard]] std::optional<std::int64_t> integer(const char* name, std::int64_t least,
                                                    std::uint64_t most) const;

  std::shared_ptr<const Json> root_;  // keeps `here_` alive
  const Json* here_;                  // nullptr: absent, reads change nothing
  std::string place_;                 // `incident.client`
  std::shared_ptr<std::optional<std::string>> problem_;
};

}  // namespace mxray::json
