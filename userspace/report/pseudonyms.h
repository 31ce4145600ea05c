// SPDX-License-Identifier: Apache-2.0
// What is called how in a report that leaves the company, and which words may stay?
//
// Not searched for what must go: an inside address has more writings than anybody lists
// (`ip-10-1-4-7`, `0a010407`, `7.4.1.10.in-addr.arpa`), and a host or a person has no form
// at all. What may stay is listed, and all else gets a name. For two kinds of text:
//
//   quoted  came over the network (replies, HELO, payloads): words that stock replies are
//           made of, short numbers, enhanced codes, addresses of the incidents' own ends
//           that are not inside
//   own     mxray's sentences: words without a digit or a dot, and the few others that mxray
//           writes; what they quote is taken as quoted
//
// A word too many that goes costs a reader little; one too few costs the site.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "report/inside.h"

namespace mxray {

/// Whether servers' stock replies, protocols or mxray use this lower-case word. It says
/// nothing about whom it concerns.
bool is_stock_word(std::string_view word);

class Pseudonyms {
 public:
  /// `told`: the addresses that may stand in quoted text unless they are inside.
  Pseudonyms(Inside inside, std::unordered_set<core::address> told);

  /// `interface-1`, `file-1`: one name for each thing, numbered as they come.
  const std::string& of(std::string_view what, std::string_view thing);

  /// From now on `word` stands as `name` wherever it is a word of its own.
  void call(std::string_view word, std::string_view name);

  /// `client-1` if it is a client, `network-1` if it is a network's, else `host-1`.
  const std::string& of_address(const core::address& address, bool network = false);

  [[nodiscard]] bool is_inside(const core::address& address) const;

  [[nodiscard]] std::string quoted(std::string_view text);

  /// `quotations`: what the text may quote, so that it is found without marks, too.
  [[nodiscard]] std::string own(std::string_view text,
                                const std::vector<std::string>& quotations = {});

 private:
  std::string word(std::string_view run, bool quoted);

  Inside inside_;
  std::unordered_set<core::address> told_;
  std::map<std::string, std::string, std::less<>> called_;
  std::map<std::pair<std::string, std::string>, std::string> names_;
  std::map<std::string, int> counts_;
};

}  // namespace mxray
