// SPDX-License-Identifier: Apache-2.0
// How is a NAT rule written, for nftables and for iptables?
//
// The commands are meant to be pasted into a root shell of the gateway. Those for
// nftables make a table of their own, so they fit beside any ruleset.
#pragma once

#include <string>
#include <vector>

#include "base/address.h"
#include "base/network.h"

namespace mxray {

/// A published endpoint and where it leads.
struct Forward {
  Endpoint original;
  Endpoint inner;
};

/// Lets inside clients reach published services.
struct HairpinRule {
  std::string client_interface;
  std::string server_interface;
  Network clients;
  std::vector<Forward> forwards;  // of one original address; not empty
  bool translate = true;          // the address is not translated for them yet
  bool masquerade = true;         // clients and server share a segment
};

/// Keeps the addresses of outside clients.
struct UnmaskRule {
  std::string outside_interface;
  std::string server_interface;
  Network inside;                 // who may stay masked
  std::vector<Forward> forwards;  // not empty
};

std::string nft_command(const HairpinRule& rule);
std::string nft_command(const UnmaskRule& rule);
/// One command a line of the result.
std::vector<std::string> iptables_commands(const HairpinRule& rule);
std::vector<std::string> iptables_commands(const UnmaskRule& rule);

/// `25`, `25 and 110`, `25, 110 and 143`.
std::string ports_in_words(const std::vector<Forward>& forwards);

}  // namespace mxray
