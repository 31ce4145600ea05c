// SPDX-License-Identifier: Apache-2.0
#include "analysis/source_masked_text.h"

#include <fmt/format.h>

namespace mxray {

void write_source_masked(const MaskedStory& story, Incident& incident) {
  const std::size_t clients = story.known.clients.count();
  const std::string who = clients == 1 ? to_string(incident.inside_client->address)
                                       : fmt::format("{} outside clients", clients);
  const std::string mask = to_string(story.mask);
  incident.summary = fmt::format(
      "source masked: {} of {} on {} show{} {} at the server {}, {}. The server takes all for one "
      "host: relaying rules, rate limits, blocklists and SPF are void, and it may answer "
      "`552 you must authentication`.",
      who, to_string(story.original), story.rule.outside_interface, clients == 1 ? "s" : "", mask,
      to_string(story.inner),
      story.mask_is_local ? "an address of this gateway" : "one address for all");
  std::string remedy = fmt::format(
      "Let only inside clients be masqueraded: restrict the rule that masquerades what leaves on "
      "{} "
      "to `{} saddr {}` (iptables: `-s {}`), or exempt outside clients from it:\n  {}\nor, where "
      "the rule is one of iptables:",
      story.rule.server_interface, is_ipv4(story.mask) ? "ip" : "ip6", to_string(story.rule.inside),
      to_string(story.rule.inside), nft_command(story.rule));
  for (const std::string& command : iptables_commands(story.rule)) remedy += "\n  " + command;
  if (story.guessed_network) {
    remedy +=
        fmt::format("\n{} is a guess: write the inside network.", to_string(story.rule.inside));
  }
  remedy += fmt::format(
      "\nFirst make sure that the default route of {} leads through this gateway: without it, "
      "answers to outside clients get lost. Until then, do not list {} among the networks that "
      "the server trusts.",
      to_string(story.inner.address), mask);
  incident.remedy = std::move(remedy);
}

}  // namespace mxray
