// SPDX-License-Identifier: Apache-2.0
// What do the lists of variants (variants.h) share? Internal to them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "support/variants.h"

namespace mxray::test {

/// Variants of one wrapping and one family, written down one by one.
class VariantList {
 public:
  VariantList(Wrapping wrapping, bool ipv6) : wrapping_(wrapping), ipv6_(ipv6) {}

 protected:
  [[nodiscard]] Wrapping wrapping() const { return wrapping_; }
  [[nodiscard]] bool ipv6() const { return ipv6_; }

  [[nodiscard]] Session session(SessionOptions options = {}) const;
  /// A session in which the server has answered EHLO.
  [[nodiscard]] Session greeted(SessionOptions options = {}) const;
  /// One command and its reply, so many times.
  static void talk(Session& smtp, int times);

  /// `expected` is for forged sessions only.
  void add(std::string name, const Session& session, ExpectedForgery expected = {});
  Variant& last() { return variants_.back(); }
  [[nodiscard]] std::vector<Variant> take() { return std::exchange(variants_, {}); }

 private:
  Wrapping wrapping_;
  bool ipv6_;
  std::vector<Variant> variants_;
};

/// The two parts of genuine_variants().
std::vector<Variant> genuine_hosts(Wrapping wrapping, bool ipv6);
std::vector<Variant> genuine_paths(Wrapping wrapping, bool ipv6);

}  // namespace mxray::test
