// SPDX-License-Identifier: Apache-2.0
#include "format/json_reader.h"

#include <fmt/format.h>

#include <utility>

#include "base/time.h"

namespace mxray::json {

Reader::Reader(std::string_view text, std::string subject)
    : root_(std::make_shared<const Json>(Json::parse(text, nullptr, false))),
      here_(root_.get()),
      place_(std::move(subject)),
      problem_(std::make_shared<std::optional<std::string>>()) {
  if (root_->is_object()) return;
  *problem_ =
      fmt::format("{} is not {}", place_, root_->is_discarded() ? "valid JSON" : "a JSON object");
  here_ = nullptr;
}

Reader::Reader(std::shared_ptr<const Json> root, const Json* here, std::string place,
               std::shared_ptr<std::optional<std::string>> problem)
    : root_(std::move(root)), here_(here), place_(std::move(place)), problem_(std::move(problem)) {}

void Reader::complain(const std::string& name, const std::string& what) const {
  if (!*problem_) *problem_ = fmt::format("{}.{} {}", place_, name, what);
}

const Reader::Json* Reader::find(const char* name) const {
  if (here_ == nullptr) return nullptr;
  const auto found = here_->find(name);
  return found == here_->end() ? nullptr : &*found;
}

const Reader::Json* Reader::require(const char* name) const {
  const Json* field = find(name);
  if (field == nullptr && here_ != nullptr) complain(name, "is missing");
  return field;
}

bool Reader::has(const char* name) const {
  const Json* field = find(name);
  return field != nullptr && !field->is_null();
}

Reader Reader::object(const char* name) const {
  const Json* field = has(name) ? find(name) : nullptr;
  if (field != nullptr && !field->is_object()) {
    complain(name, "is not an object");
    field = nullptr;
  }
  return Reader(root_, field, fmt::format("{}.{}", place_, name), problem_);
}

std::vector<Reader> Reader::objects(const char* name) const {
  std::vector<Reader> result;
  if (!has(name)) return result;
  const Json& array = *find(name);
  if (!array.is_array()) {
    complain(name, "is not an array");
    return result;
  }
  for (std::size_t i = 0; i < array.size(); ++i) {
    const std::string item = fmt::format("{}[{}]", name, i);
    if (!array[i].is_object()) {
      complain(item, "is not an object");
      return result;
    }
    result.push_back(Reader(root_, &array[i], fmt::format("{}.{}", place_, item), problem_));
  }
  return result;
}

std::vector<std::string> Reader::strings(const char* name) const {
  std::vector<std::string> result;
  if (!has(name)) return result;
  const Json& array = *find(name);
  if (!array.is_array()) {
    complain(name, "is not an array");
    return result;
  }
  for (const Json& item : array) {
    if (item.is_string()) {
      result.push_back(item.get_ref<const std::string&>());
    } else {
      complain(name, "holds something that is not a string");
    }
  }
  return result;
}

void Reader::read(const char* name, std::string& target) const {
  const Json* field = require(name);
  if (field == nullptr) return;
  if (!field->is_string()) return complain(name, "is not a string");
  target = field->get_ref<const std::string&>();
}

void Reader::read(const char* name, double& target) const {
  const Json* field = require(name);
  if (field == nullptr) return;
  if (!field->is_number()) return complain(name, "is not a number");
  target = field->get<double>();
}

void Reader::read(const char* name, bool& target) const {
  const Json* field = require(name);
  if (field == nullptr) return;
  if (!field->is_boolean()) return complain(name, "is neither true nor false");
  target = field->get<bool>();
}

void Reader::read(const char* name, Endpoint& target) const {
  if (require(name) == nullptr) return;
  if (!has(name)) return complain(name, "is null");
  const Reader inner = object(name);
  std::string ip;
  inner.read("ip", ip);
  inner.read_integer("port", target.port);
  if (const auto address = parse_address(ip)) {
    target.address = *address;
  } else {
    complain(name, fmt::format("has the ip '{}', which is no address", ip));
  }
}

void Reader::read_time(const char* name, std::uint64_t& target) const {
  if (require(name) == nullptr || !has(name)) return;
  std::string text;
  read(name, text);
  if (const auto time = parse_rfc3339(text)) {
    target = *time;
  } else {
    complain(name, fmt::format("'{}' is no RFC 3339 time in UTC", text));
  }
}

std::optional<std::int64_t> Reader::integer(const char* name, std::int64_t least,
                                            std::uint64_t most) const {
  const Json* field = require(name);
  if (field == nullptr) return std::nullopt;
  if (!field->is_number_integer()) {
    complain(name, "is not a whole number");
    return std::nullopt;
  }
  // Unsigned values beyond 2^63 pass through as their bit pattern.
  const bool fits = field->is_number_unsigned() ? field->get<std::uint64_t>() <= most
                                                : field->get<std::int64_t>() >= least;
  if (!fits) {
    complain(name, "is out of range");
    return std::nullopt;
  }
  return field->is_number_unsigned() ? static_cast<std::int64_t>(field->get<std::uint64_t>())
                                     : field->get<std::int64_t>();
}

}  // namespace mxray::json
