// SPDX-License-Identifier: Apache-2.0
#include "daemon/flow_query.h"

#include <fmt/format.h>

#include <string_view>

#include "base/number.h"
#include "base/text.h"
#include "daemon/comma_list.h"

namespace mxray {
namespace {

Status read_states(FlowChoice& choice, std::string_view list) {
  for (const std::string_view item : items_of(list)) {
    const auto state = flow_state_from_name(item);
    if (!state) {
      return Error{fmt::format("state: '{}' is none of waiting, dialogue, encrypted and closed",
                               sanitize(item))};
    }
    choice.states.push_back(*state);
  }
  return Ok{};
}

}  // namespace

Result<FlowChoice> parse_flow_query(const std::map<std::string, std::string>& query) {
  FlowChoice choice;
  for (const auto& [key, value] : query) {
    if (key == "limit") {
      choice.limit = parse_number<std::size_t>(value);
      if (!choice.limit) return Error{fmt::format("limit: '{}' is not a number", sanitize(value))};
    } else if (key == "state") {
      if (Status read = read_states(choice, value); !read) return read.error();
    } else if (key == "order") {
      if (value != "latest") {
        return Error{fmt::format("order: '{}' is unknown; there is latest", sanitize(value))};
      }
      choice.latest_first = true;
    } else {
      return Error{fmt::format("'{}' is unknown; there are limit, order and state", sanitize(key))};
    }
  }
  return choice;
}

}  // namespace mxray
