// SPDX-License-Identifier: Apache-2.0
#include "analysis/hairpin_text.h"

#include <fmt/format.h>

namespace mxray {
namespace {

std::string what_happened(const HairpinStory& story, int syn_count) {
  const std::string inner = to_string(story.inner);
  const std::string only_outside =
      fmt::format("only what comes in on {} is led to {}", story.outside_interface, inner);
  switch (story.known.failure) {
    case HairpinFailure::kRefusedHere:
      return fmt::format("this gateway refused it itself; {}", only_outside);
    case HairpinFailure::kSilentHere:
      return fmt::format("this gateway answered none of {} SYNs and sent none on; {}", syn_count,
                         only_outside);
    case HairpinFailure::kAnsweredHere:
      return fmt::format("a server on this gateway answered; {}", only_outside);
    case HairpinFailure::kReturned: break;
  }
  return fmt::format(
      "this gateway sent each of {} SYNs back inside to {} with the client's own address, so the "
      "server answers the client past the gateway, from an address that it did not ask",
      syn_count, inner);
}

std::string how_often(const HairpinCase& known) {
  if (known.attempts < 2) return "";
  return fmt::format(" {} attempts of {} client{} so far.", known.attempts, known.clients.count(),
                     known.clients.count() == 1 ? "" : "s");
}

std::string what_to_do(const HairpinStory& story) {
  const HairpinRule& rule = story.rule;
  const std::string answers = "make the server's answers come back through this gateway";
  if (!rule.translate) {
    std::string words = answers;
    words[0] = 'M';
    return words + " (the rules so far only translate the address)";
  }
  return rule.masquerade ? "Translate the address for inside clients, too, and " + answers
                         : "Translate the address for inside clients, too (they are on another "
                           "interface than the server, whose answers come back by themselves)";
}

}  // namespace

void write_hairpin_failure(const HairpinStory& story, Incident& incident) {
  const HairpinRule& rule = story.rule;
  incident.summary = fmt::format(
      "hairpin failure: {} on {} asked for {}, and {}.{}", to_string(story.client),
      rule.client_interface, to_string(story.original),
      what_happened(story, incident.translation->syn_count.value_or(1)), how_often(story.known));
  std::string remedy =
      fmt::format("{}. Left out: port{} {}.", what_to_do(story),
                  rule.forwards.size() == 1 ? "" : "s", ports_in_words(rule.forwards));
  remedy += fmt::format("\n  {}\nor with iptables:", nft_command(rule));
  for (const std::string& command : iptables_commands(rule)) remedy += "\n  " + command;
  if (rule.masquerade && story.guessed_network) {
    remedy += fmt::format("\n{} is a guess: write the inside network.", to_string(rule.clients));
  }
  remedy += fmt::format(
      "\nA forward chain that drops by default must let {} to {} pass, too. Keep the rules in "
      "/etc/nftables.conf or with iptables-save. Or split DNS: for inside clients, let the mail "
      "server's name resolve to {}; then no rule is needed.",
      rule.client_interface, rule.server_interface, to_string(story.inner.address));
  if (story.known.failure == HairpinFailure::kRefusedHere ||
      story.known.failure == HairpinFailure::kSilentHere) {
    remedy += " If a firewall keeps inside clients from this port on purpose, nothing is wrong.";
  }
  if (story.known.failure == HairpinFailure::kAnsweredHere) {
    remedy +=
        " If inside clients are meant to speak to the server on the gateway, nothing is wrong.";
  }
  incident.remedy = std::move(remedy);
}

}  // namespace mxray
