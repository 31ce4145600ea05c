// SPDX-License-Identifier: Apache-2.0
// How is something remembered per flow key without growing for ever?
#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>

#include "base/address.h"
#include "record.h"

namespace mxray {

/// Values by key, of which the one touched longest ago is forgotten first. Who
/// needs less of a key than all of it leaves the rest zero. Pointers stay valid
/// until the value is erased or forgotten.
template <typename Value>
class RecentTable {
 public:
  explicit RecentTable(std::size_t most) : most_(most) {}

  /// The value of the key, now the latest; made if there is none.
  Value& touch(const core::flow_key& key) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      values_.splice(values_.begin(), values_, found->second);
      return found->second->second;
    }
    if (values_.size() >= most_ && !values_.empty()) {
      by_key_.erase(values_.back().first);
      values_.pop_back();
    }
    values_.emplace_front(key, Value{});
    by_key_.emplace(key, values_.begin());
    return values_.front().second;
  }
  Value* find(const core::flow_key& key) {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &found->second->second;
  }
  void erase(const core::flow_key& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    values_.erase(found->second);
    by_key_.erase(found);
  }
  [[nodiscard]] std::size_t size() const { return values_.size(); }

  /// Pairs of key and value, the latest first.
  auto begin() { return values_.begin(); }
  auto end() { return values_.end(); }

 private:
  using Entry = std::pair<core::flow_key, Value>;
  std::size_t most_;
  std::list<Entry> values_;
  std::unordered_map<core::flow_key, typename std::list<Entry>::iterator> by_key_;
};

}  // namespace mxray
