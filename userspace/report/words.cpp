// SPDX-License-Identifier: Apache-2.0
#include "report/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace mxray {
namespace {

struct Noun {
  const char* one;
  const char* many;
};

constexpr std::array<Noun, kKindCount> kNouns = {{
    {"forged reply", "forged replies"},
    {"forged reset", "forged resets"},
    {"greeting held up by an ident query", "greetings held up by ident queries"},
    {"slow greeting", "slow greetings"},
    {"sign of an SMTP proxy", "signs of an SMTP proxy"},
    {"case of mail handed in without a login", "cases of mail handed in without a login"},
    {"inside client cut off from the mail server", "inside clients cut off from the mail server"},
    {"case of outside clients hidden behind one address",
     "cases of outside clients hidden behind one address"},
    {"refusal of mail", "refusals of mail"},
}};

std::string range(int a, int b) {
  return a == b ? std::to_string(a) : fmt::format("{} to {}", std::min(a, b), std::max(a, b));
}

// `7 to 8`, of those incidents that know it; empty if none does.
std::string forger_hops(const Group& group) {
  std::optional<int> least;
  std::optional<int> most;
  for (const Incident* incident : group.incidents) {
    const auto hops = incident->forgery ? incident->forgery->forger_hops : std::nullopt;
    if (!hops) continue;
    least = std::min(least.value_or(*hops), *hops);
    most = std::max(most.value_or(*hops), *hops);
  }
  return least ? range(*least, *most) : std::string();
}

bool in_clients_name(const Group& group) {
  const auto& forgery = group.clearest().forgery;
  return forgery && forgery->impersonated == "client";
}

std::string how_sure(const Group& group) {
  const std::size_t count = group.incidents.size();
  if (group.certain == count) return count == 1 ? "This is certain." : "All of them are certain.";
  if (count > 1 && group.certain > 0) {
    return fmt::format("{} of them are certain.", group.certain);
  }
  return count == 1 ? fmt::format("This is {}, not certain.", name_of(group.clearest().confidence))
                    : fmt::format("None is certain; the clearest is {}.",
                                  name_of(group.clearest().confidence));
}

std::string forged_happened(const Group& group) {
  const Wave& wave = *group.wave;
  const bool client = in_clients_name(group);
  std::string text = fmt::format(
      "{} reached mail connections in the name of {}, which did not send {}.", name_of(group),
      client                             ? "the client"
      : group.servers.shares.size() == 1 ? "the mail server"
                                         : "mail servers",
      wave.count() == 1 ? "it" : "them");
  if (!wave.texts.shares.empty()) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < std::min<std::size_t>(wave.texts.shares.size(), 3); ++i) {
      texts.push_back(fmt::format("\"{}\"", wave.texts.shares[i].value));
    }
    text += fmt::format(" {} said {}.", wave.count() == 1 ? "It" : "They", joined(texts));
  }
  return text;
}

std::string longest_wait(const Group& group) {
  double longest = 0;
  for (const Incident* incident : group.incidents) {
    const Waiting waiting = incident->waiting.value_or(Waiting{});
    longest = std::max(longest,
                       waiting.greeting_delay_seconds.value_or(waiting.stall_seconds.value_or(0)));
  }
  return fmt::format("up to {:.1f} s", longest);
}

Duty forgery_duty(const Group& group, std::string_view place) {
  const std::string hops = forger_hops(group);
  Duty duty;
  if (in_clients_name(group)) {
    duty.who = "Whoever runs the networks between the client and this gateway";
  } else if (!place.empty()) {
    duty.who = fmt::format("Whoever runs the network {}", place);
  } else if (!hops.empty()) {
    duty.who = fmt::format("Whoever runs the network {} hop{} from this gateway towards the server",
                           hops, hops == "1" ? "" : "s");
  } else {
    duty.who = "Whoever runs the networks between this gateway and the server";
  }
  const char* port = group.kind == Kind::kForgedReset
                         ? "Find and remove what cuts these connections (a firewall or inspection "
                           "system); one's own firewalls first."
                         : "Find and remove what answers in the servers' name.";
  duty.what = fmt::format(
      "{} Neither mail server is at fault. Until then: STARTTLS, a VPN or another relay.", port);
  return duty;
}

Duty rejection_duty(const Group& group) {
  const std::string address = to_string(group.clearest().client.address);
  const std::string server = to_string(group.clearest().server.address);
  const std::string& reason = group.reason;
  if (reason == "reverse_dns") {
    return {fmt::format("Whoever owns the address {} (its provider)", address),
            "Set a PTR record for it whose name leads back to it."};
  }
  if (reason == "helo") {
    return {fmt::format("Whoever runs the mail server at {}", address),
            "Say a full host name in HELO that resolves to that address."};
  }
  if (reason == "sender_verify") {
    return {"Whoever runs the DNS and the mail server of the sender's domain",
            "Make the sender's domain answerable: an MX that names a host, and a mailbox there."};
  }
  if (reason == "auth_required") {
    return {fmt::format("Whoever sends through {}", address),
            "Log in before sending (port 587 or 465), or send to the right server."};
  }
  if (reason == "too_many_attempts" || reason == "blocklisted") {
    return {fmt::format("Whoever runs {}", address),
            "Find who sends so much through it, stop it, then ask to be taken off the list."};
  }
  return {
      fmt::format("Whoever sends through {}, or runs {}: the reply says which", address, server),
      "Read the reply below; it names the rule."};
}

}  // namespace

std::string in_words(Kind kind) { return kNouns.at(static_cast<std::size_t>(kind)).one; }

std::string counted(std::size_t count, Kind kind) {
  const Noun& noun = kNouns.at(static_cast<std::size_t>(kind));
  return fmt::format("{} {}", count, count == 1 ? noun.one : noun.many);
}

std::string name_of(const Group& group) {
  if (!group.wave) return counted(group.incidents.size(), group.kind);
  std::vector<std::string> forged;
  const Wave& wave = *group.wave;
  if (wave.replies > 0) forged.push_back(counted(wave.replies, Kind::kForgedReply));
  if (wave.resets > 0) forged.push_back(counted(wave.resets, Kind::kForgedReset));
  return joined(forged);
}

std::string joined(const std::vector<std::string>& items, std::size_t most) {
  const std::size_t shown = std::min(items.size(), most);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
    text += items[i];
  }
  if (shown < items.size()) text += fmt::format(" and {} more", items.size() - shown);
  return text;
}

std::string listed(const Tally& tally, std::size_t most) {
  std::vector<std::string> items;
  const std::size_t count = tally.shares.size();
  for (const Share& share : tally.shares) {
    items.push_back(count == 1 ? share.value : fmt::format("{} ({})", share.value, share.count));
  }
  return joined(items, count <= most + 1 ? count : most);  // "and 1 more" saves nothing
}

std::string happened(const Group& group) {
  const std::size_t count = group.incidents.size();
  const bool one = count == 1;
  std::string text;
  switch (group.kind) {
    case Kind::kForgedReply:
    case Kind::kForgedReset: text = forged_happened(group); break;
    case Kind::kIdentStall:
      text = fmt::format(
          "{} waited {} for the mail server's greeting, because the server first asked back on TCP "
          "port 113 (ident) and got no answer.",
          one ? "A connection" : fmt::format("{} connections", count), longest_wait(group));
      break;
    case Kind::kSlowGreeting:
      text = fmt::format("{} waited {} for the mail server's greeting, and not because of ident.",
                         one ? "A connection" : fmt::format("{} connections", count),
                         longest_wait(group));
      break;
    case Kind::kSmtpProxy:
      text = "Something on the way takes over port 25, or writes over what is said there.";
      break;
    case Kind::kUnauthenticatedSubmission:
      text = "Mail of our own users reached our server without a login.";
      break;
    case Kind::kHairpinFailure:
      text = "Inside clients do not reach the published mail server, while outside ones do.";
      break;
    case Kind::kSourceMasked:
      text = "The mail server sees one address in place of its outside clients' addresses.";
      break;
    case Kind::kRejected: {
      const auto said = group.clearest().dialogue.value_or(Dialogue{}).reply_text;
      text = fmt::format("The server refused mail{}.", said ? fmt::format(": \"{}\"", *said) : "");
      break;
    }
  }
  return text + " " + how_sure(group);
}

Duty duty_of(const Group& group, std::string_view place) {
  const std::string client = to_string(group.clearest().client.address);
  const std::string server = to_string(group.clearest().server.address);
  switch (group.kind) {
    case Kind::kForgedReply:
    case Kind::kForgedReset: return forgery_duty(group, place);
    case Kind::kIdentStall:
      return {
          fmt::format("Whoever runs the firewall in front of {}; or the server {}", client, server),
          "The firewall: refuse TCP port 113 with a reset instead of dropping it. Or the "
          "server: ask no ident queries."};
    case Kind::kSlowGreeting:
      return {fmt::format("Whoever runs the server {}", server),
              "Look what it waits on before it greets: DNS look-ups, a tarpit, a blocklist, load."};
    case Kind::kSmtpProxy:
      return {"Whoever runs the firewall or the network that takes over port 25",
              "Switch its SMTP inspection off. Until then: submission on port 587 or 465, or a "
              "VPN."};
    case Kind::kUnauthenticatedSubmission:
      return {fmt::format("The users behind {}, with their help desk", client),
              "Submit on port 587 with STARTTLS or on 465, or through the VPN."};
    case Kind::kHairpinFailure:
      return {"Whoever runs this gateway", "Add the NAT rule that is printed below."};
    case Kind::kSourceMasked:
      return {"Whoever runs this gateway",
              "Masquerade inside clients only; the rule is printed below."};
    case Kind::kRejected: return rejection_duty(group);
  }
  return {};
}

std::string headline(const std::vector<Group>& groups) {
  std::array<std::size_t, kKindCount> counts{};
  for (const Group& group : groups) {
    for (const Incident* incident : group.incidents) {
      ++counts.at(static_cast<std::size_t>(incident->kind));
    }
  }
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < kKindCount; ++i) {
    if (counts[i] > 0) parts.push_back(counted(counts[i], static_cast<Kind>(i)));
  }
  return parts.empty() ? "No incident was seen." : joined(parts) + ".";
}

}  // namespace mxray
