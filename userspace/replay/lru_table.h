// SPDX-License-Identifier: Apache-2.0
// Which entries does a table of bounded size keep?
//
// Those used last, as the kernel's LRU maps do, but exactly where they
// approximate. An entry's address stays the same as long as it is in the table.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <list>
#include <string_view>
#include <type_traits>
#include <unordered_map>

namespace mxray {

/// `Key` is compared and hashed by its bytes, as the kernel does.
template <typename Key, typename Value>
class LruTable {
  static_assert(std::has_unique_object_representations_v<Key>, "padding would be compared, too");

 public:
  /// At most `capacity` entries, which is at least 1.
  explicit LruTable(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {}

  /// The entry, from now on the last one used; nullptr if there is none. Valid
  /// until it is dropped or `capacity` other entries have been put or found.
  Value* find(const Key& key) {
    const auto known = index_.find(key);
    if (known == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, known->second);
    return &known->second->value;
  }

  /// Overwrites or adds; a full table forgets the entry that was not used longest.
  Value* put(const Key& key, const Value& value) {
    if (Value* known = find(key)) {
      *known = value;
      return known;
    }
    if (index_.size() >= capacity_) {
      index_.erase(order_.back().key);
      order_.pop_back();
    }
    order_.push_front({key, value});
    index_.emplace(key, order_.begin());
    return &order_.front().value;
  }

  /// Whether it was there.
  bool drop(const Key& key) {
    const auto known = index_.find(key);
    if (known == index_.end()) return false;
    order_.erase(known->second);
    index_.erase(known);
    return true;
  }

  /// Without making it the last one used.
  [[nodiscard]] const Value* peek(const Key& key) const {
    const auto known = index_.find(key);
    return known == index_.end() ? nullptr : &known->second->value;
  }

  template <typename Visit>
  void for_each(Visit visit) const {
    for (const Entry& entry : order_) visit(entry.key, entry.value);
  }

  [[nodiscard]] std::size_t size() const { return index_.size(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  struct Entry {
    Key key;
    Value value;
  };
  static std::string_view bytes_of(const Key& key) {
    return {reinterpret_cast<const char*>(&key), sizeof key};
  }
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string_view>{}(bytes_of(key));
    }
  };
  struct Equal {
    bool operator()(const Key& a, const Key& b) const { return bytes_of(a) == bytes_of(b); }
  };

  std::size_t capacity_;
  std::list<Entry> order_;  // the last one used first
  std::unordered_map<Key, typename std::list<Entry>::iterator, Hash, Equal> index_;
};

}  // namespace mxray
