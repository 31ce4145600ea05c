// SPDX-License-Identifier: Apache-2.0
#include "analysis/nat_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace mxray {
namespace {

constexpr std::size_t kMostPorts = 15;  // of iptables' multiport

// Forwards to one address that keep their port fit into one rule.
struct Group {
  core::address inner{};
  bool keeps_port = true;
  std::uint16_t inner_port = 0;  // if it does not
  std::set<std::uint16_t> ports{};
};

std::vector<Group> groups_of(const std::vector<Forward>& forwards) {
  std::vector<Group> groups;
  for (const Forward& forward : forwards) {
    const bool keeps = forward.original.port == forward.inner.port;
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& known) {
      return keeps && known.keeps_port && known.inner == forward.inner.address &&
             known.ports.size() < kMostPorts;
    });
    if (group == groups.end()) {
      groups.push_back({forward.inner.address, keeps, forward.inner.port, {}});
      group = groups.end() - 1;
    }
    group->ports.insert(forward.original.port);
  }
  return groups;
}

// The ports as the server sees them.
std::set<std::uint16_t> inner_ports(const Group& group) {
  return group.keeps_port ? group.ports : std::set{group.inner_port};
}

// A name that a shell or nft could misread is nobody's interface.
std::string interface_word(const std::string& name) {
  const bool is_plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-@").find(c) != std::string_view::npos;
  });
  return is_plain ? name : "INTERFACE";
}

std::string_view family(const core::address& address) { return is_ipv4(address) ? "ip" : "ip6"; }

std::string nft_ports(const std::set<std::uint16_t>& ports) {
  return ports.size() == 1 ? fmt::format("{}", *ports.begin())
                           : fmt::format("{{ {} }}", fmt::join(ports, ", "));
}

std::string nft_chain(std::string_view hook, std::string_view priority, const std::string& rules) {
  return fmt::format("chain {} {{ type nat hook {} priority {} - 1; {}}}; ", hook, hook, priority,
                     rules);
}

std::string iptables_ports(const std::set<std::uint16_t>& ports) {
  return ports.size() == 1 ? fmt::format("-p tcp --dport {}", *ports.begin())
                           : fmt::format("-p tcp -m multiport --dports {}", fmt::join(ports, ","));
}

std::string iptables(const core::address& address, std::string_view chain) {
  return fmt::format("{} -t nat -I {}", is_ipv4(address) ? "iptables" : "ip6tables", chain);
}

std::string target_of(const Group& group) {
  return group.keeps_port ? to_string(group.inner)
                          : to_string(Endpoint{group.inner, group.inner_port});
}

}  // namespace

std::string nft_command(const HairpinRule& rule) {
  const std::string in = interface_word(rule.client_interface);
  const std::string out = interface_word(rule.server_interface);
  const core::address& original = rule.forwards.front().original.address;
  std::string translate, masquerade;
  for (const Group& group : groups_of(rule.forwards)) {
    translate += fmt::format("iifname \"{}\" {} daddr {} tcp dport {} dnat {} to {}; ", in,
                             family(original), to_string(original), nft_ports(group.ports),
                             family(group.inner), target_of(group));
    masquerade +=
        fmt::format("oifname \"{}\" {} saddr {} {} daddr {} tcp dport {} masquerade; ", out,
                    family(group.inner), to_string(rule.clients), family(group.inner),
                    to_string(group.inner), nft_ports(inner_ports(group)));
  }
  std::string chains;
  if (rule.translate) chains += nft_chain("prerouting", "dstnat", translate);
  if (rule.masquerade) chains += nft_chain("postrouting", "srcnat", masquerade);
  return fmt::format("nft 'table inet hairpin {{ {}}}'", chains);
}

std::vector<std::string> iptables_commands(const HairpinRule& rule) {
  const std::string in = interface_word(rule.client_interface);
  const std::string out = interface_word(rule.server_interface);
  const core::address& original = rule.forwards.front().original.address;
  std::vector<std::string> commands;
  for (const Group& group : groups_of(rule.forwards)) {
    if (rule.translate) {
      commands.push_back(fmt::format("{} -i {} -d {} {} -j DNAT --to-destination {}",
                                     iptables(original, "PREROUTING"), in, to_string(original),
                                     iptables_ports(group.ports), target_of(group)));
    }
    if (rule.masquerade) {
      commands.push_back(fmt::format("{} -s {} -d {} -o {} {} -j MASQUERADE",
                                     iptables(group.inner, "POSTROUTING"), to_string(rule.clients),
                                     to_string(group.inner), out,
                                     iptables_ports(inner_ports(group))));
    }
  }
  return commands;
}

std::string nft_command(const UnmaskRule& rule) {
  std::string rules;
  for (const Group& group : groups_of(rule.forwards)) {
    rules += fmt::format("iifname \"{}\" {} daddr {} tcp dport {} snat {} to {} saddr; ",
                         interface_word(rule.outside_interface), family(group.inner),
                         to_string(group.inner), nft_ports(inner_ports(group)), family(group.inner),
                         family(group.inner));
  }
  return fmt::format("nft 'table inet unmask {{ {}}}'", nft_chain("postrouting", "srcnat", rules));
}

std::vector<std::string> iptables_commands(const UnmaskRule& rule) {
  std::vector<std::string> commands;
  for (const Group& group : groups_of(rule.forwards)) {
    commands.push_back(fmt::format(
        "{} ! -s {} -d {} -o {} {} -m conntrack --ctstate DNAT -j ACCEPT",
        iptables(group.inner, "POSTROUTING"), to_string(rule.inside), to_string(group.inner),
        interface_word(rule.server_interface), iptables_ports(inner_ports(group))));
  }
  return commands;
}

std::string ports_in_words(const std::vector<Forward>& forwards) {
  std::string words;
  for (std::size_t i = 0; i < forwards.size(); ++i) {
    if (i > 0) words += i + 1 == forwards.size() ? " and " : ", ";
    words += std::to_string(forwards[i].original.port);
  }
  return words;
}

}  // namespace mxray
