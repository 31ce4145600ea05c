// SPDX-License-Identifier: Apache-2.0
// How is something remembered by its id without a log filling the memory?
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace mxray::maillog {

/// The latest 32768 ids at least, twice as many at most: when the young half is
/// full it becomes the old one, and what was old is forgotten.
template <typename Value>
class BoundedMap {
 public:
  /// The value under `id`, made if there is none.
  Value& operator[](std::string_view id) {
    if (Value* known = find(id)) return *known;
    if (young_.size() >= kHalf) old_ = std::exchange(young_, {});
    return young_[std::string(id)];
  }
  /// nullptr if there is none.
  Value* find(std::string_view id) {
    const std::string key(id);
    if (const auto entry = young_.find(key); entry != young_.end()) return &entry->second;
    const auto entry = old_.find(key);
    return entry == old_.end() ? nullptr : &entry->second;
  }
  void erase(std::string_view id) {
    const std::string key(id);
    young_.erase(key);
    old_.erase(key);
  }

 private:
  static constexpr std::size_t kHalf = 32'768;
  std::unordered_map<std::string, Value> young_;
  std::unordered_map<std::string, Value> old_;
};

}  // namespace mxray::maillog
