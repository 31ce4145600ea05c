// SPDX-License-Identifier: Apache-2.0
// How is something remembered by a key without growing for ever? Those touched last
// are kept.
#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>

namespace mxray {

/// At most `most` entries; the one not touched for longest is forgotten first.
/// References stay valid until their entry is forgotten.
template <typename Key, typename Value>
class BoundedMap {
 public:
  explicit BoundedMap(std::size_t most) : most_(most) {}

  /// The entry of `key`, made if there is none.
  Value& touch(const Key& key) {
    return touch(key, [](Value&) {});
  }
  /// `forget` sees the entry that must go for it, if one must.
  template <typename Forget>
  Value& touch(const Key& key, Forget forget) {
    if (const auto known = index_.find(key); known != index_.end()) {
      entries_.splice(entries_.begin(), entries_, known->second);
      return entries_.front().second;
    }
    if (entries_.size() >= most_ && !entries_.empty()) {
      forget(entries_.back().second);
      index_.erase(entries_.back().first);
      entries_.pop_back();
    }
    entries_.emplace_front(key, Value{});
    index_.emplace(key, entries_.begin());
    return entries_.front().second;
  }

  /// nullptr if there is none. Does not count as a touch.
  Value* find(const Key& key) {
    const auto known = index_.find(key);
    return known == index_.end() ? nullptr : &known->second->second;
  }

  void erase(const Key& key) {
    const auto known = index_.find(key);
    if (known == index_.end()) return;
    entries_.erase(known->second);
    index_.erase(known);
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  /// Pairs of key and value, the latest first.
  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }
  [[nodiscard]] auto begin() const { return entries_.begin(); }
  [[nodiscard]] auto end() const { return entries_.end(); }

 private:
  using Position = typename std::list<std::pair<Key, Value>>::iterator;
  std::size_t most_;
  std::list<std::pair<Key, Value>> entries_;
  std::unordered_map<Key, Position> index_;
};

}  // namespace mxray
