// SPDX-License-Identifier: Apache-2.0
#include "analysis/submission.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/context.h"
#include "analysis/dialogue.h"
#include "analysis/judge.h"
#include "analysis/sides.h"
#include "analysis/smtp_proxy.h"
#include "analysis/weights.h"

namespace mxray {
namespace {

constexpr std::uint64_t kHour_ns = std::uint64_t{3600} * 1'000'000'000;
constexpr std::size_t kMostNames = 4;
constexpr std::size_t kMostDomains = 16;
constexpr std::uint32_t kSeveral = 3;
// Spammers from everywhere claim to be our users. So many addresses an hour are
// told of; of the others, those that are refused.
constexpr std::uint32_t kMostAlone = 20;

void remember(std::vector<std::string>& list, const std::string& word, std::size_t most) {
  if (word.empty() || list.size() >= most) return;
  if (std::find(list.begin(), list.end(), word) == list.end()) list.push_back(word);
}

std::string key_of(const core::address& address) {
  return std::string(reinterpret_cast<const char*>(address.bytes), sizeof address.bytes);
}

// Mail comes in to our own server, from a host that is none of ours.
bool comes_in(Context& context, const Flow& flow) {
  if (is_private(flow.key.client) || context.settings.is_local(flow.key.client)) return false;
  return ours_of(context, flow) == Ours::kServer;
}

// `mail.example.org`: a server's name, not that of a user's computer or an address.
bool is_server_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot != std::string_view::npos && dot != 0 && dot + 1 < name.size() &&
         name.front() != '[' &&
         std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dot) + 1, name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

std::string times(std::uint32_t count) {
  return count == 1 ? "once" : fmt::format("{} times", count);
}

void weigh(const Submitter& client, const Spoken& spoken, Incident& incident) {
  incident.score = 0;
  incident.evidence.clear();
  const auto add = [&incident](std::string signal, std::string seen, std::string expected,
                               double weight) {
    incident.score += weight;
    incident.evidence.push_back({std::move(signal), std::move(seen), std::move(expected), weight});
  };
  add("local_sender_unauthenticated",
      fmt::format("MAIL FROM <...@{}> without AUTH", spoken.sender_domain),
      fmt::format("AUTH, which was offered{}", spoken.starttls_offered ? ", or STARTTLS" : ""),
      weight::kLocalSender);
  if (client.sessions >= kSeveral) {
    add("repeated", fmt::format("{} connections", client.sessions), "one", weight::kRepeated);
  }
  if (client.foreign_senders) {
    add("relay", "it delivers mail of other domains, too", "mail of our users only",
        weight::kAlsoForeign);
  }
  if (client.refused_auth > 0) {
    add("refused", fmt::format("{}: must log in", times(client.refused_auth)), "",
        weight::kRefusedAuth);
  }
  if (client.refused_too_many > 0) {
    add("refused_too_many", fmt::format("{}: came too often", times(client.refused_too_many)), "",
        weight::kRefusedTooMany);
  }
}

void write(const Flow& flow, const Submitter& client, Incident& incident) {
  const Spoken& spoken = *flow.spoken;
  const std::string who = to_string(incident.client.address);
  const bool refused = client.refused_auth + client.refused_too_many > 0;
  incident.summary = fmt::format(
      "unauthenticated submission: {} (EHLO {}) hands in mail of {} to {} without logging in, "
      "though AUTH{} was offered{}.",
      who, spoken.helo, spoken.sender_domain, to_string(incident.server),
      spoken.starttls_offered ? " and STARTTLS" : "", refused ? ", and the server refuses it" : "");
  incident.remedy = fmt::format(
      "If a user of yours sits behind {}: a proxy on the way takes port 25 and does not log in. "
      "Have the user submit on 587 with STARTTLS or on 465, or through the VPN. If {} is a "
      "forwarder or a list that keeps the sender, let it rewrite it (SRS) or allow it by address. "
      "Else somebody claims to be you: refuse your own domains on port 25 without AUTH.",
      who, who);
}

bool may_raise_alone(SubmitterTable& table, std::uint64_t now_ns) {
  if (now_ns > table.hour_ns + kHour_ns) {
    table.hour_ns = now_ns;
    table.raised_alone = 0;
  }
  return ++table.raised_alone <= kMostAlone;
}

void tell(Context& context, Flow& flow, Submitter& client, std::uint64_t now_ns,
          const KnownRefusal* known) {
  Incident& incident = client.submission;
  const bool is_new = incident.id.empty();
  Incident fresh =
      is_new ? context.begin(Kind::kUnauthenticatedSubmission, flow, now_ns) : incident;
  weigh(client, *flow.spoken, fresh);
  const auto confidence = confidence_of(fresh.score);
  if (!confidence) return;
  const bool refused = client.refused_auth + client.refused_too_many > 0;
  if (is_new && !refused && !may_raise_alone(context.submitters, now_ns)) return;
  fresh.confidence = *confidence;
  const auto before = std::exchange(fresh.dialogue, told_of(*flow.spoken));
  if (known != nullptr) {
    fresh.dialogue->reply_code = known->refusal.code;
    fresh.dialogue->reply_text = known->refusal.text;
  } else if (before) {
    fresh.dialogue->reply_code = before->reply_code;
    fresh.dialogue->reply_text = before->reply_text;
  }
  fresh.time_ns = now_ns;
  incident = std::move(fresh);
  flow.belongs_to(incident);
  write(flow, client, incident);
  if (is_new) {
    context.raise(incident);
  } else {
    context.amend(incident);
  }
}

}  // namespace

bool is_local_domain(const Context& context, const std::string& domain) {
  const auto& local = context.settings.local_domains;
  return !domain.empty() && std::any_of(local.begin(), local.end(), [&](const std::string& one) {
    return is_within(domain, one);
  });
}

void weigh_submission(Context& context, Flow& flow) {
  const Spoken& spoken = *flow.spoken;
  if (context.settings.local_domains.empty() || spoken.sender_domain.empty() ||
      !comes_in(context, flow)) {
    return;
  }
  auto& clients = context.submitters.by_address;
  const std::string key = key_of(flow.key.client);
  if (!is_local_domain(context, spoken.sender_domain)) {
    // Most strangers deliver mail of their own, and need not be remembered for it.
    if (Submitter* known = clients.find(key)) {
      known->foreign_senders = true;
      remember(known->sender_domains, spoken.sender_domain, kMostDomains);
    }
    return;
  }
  if (flow.key.server_port == 465 || spoken.auth_used || spoken.starttls_used ||
      !spoken.auth_offered) {
    return;
  }
  Submitter& client = clients.touch(key);
  remember(client.names, spoken.helo, kMostNames);
  remember(client.sender_domains, spoken.sender_domain, kMostDomains);
  std::string name = spoken.helo;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (is_server_name(name) && !is_local_domain(context, name)) client.relays_by_name = true;
  const bool same_session =
      client.last_flow == flow.key && client.last_isn == flow.handshake.client_isn;
  client.last_flow = flow.key;
  client.last_isn = flow.handshake.client_isn;
  if (same_session) return;
  ++client.sessions;
  // Told at once, at the third connection, and when it is refused.
  if (client.sessions != 1 && client.sessions != kSeveral) return;
  tell(context, flow, client, flow.spoken->mail_ns, nullptr);
}

void weigh_refused_submission(Context& context, Flow& flow, const KnownRefusal& known) {
  Submitter* client = context.submitters.by_address.find(key_of(flow.key.client));
  if (client == nullptr || client->sessions == 0) return;
  if (known.reason.reason == Reason::kTooManyAttempts) {
    ++client->refused_too_many;
  } else if (known.reason.reason == Reason::kAuthRequired) {
    ++client->refused_auth;
  } else {
    return;
  }
  // The first refusal changes the verdict; the next ones only the count.
  const std::uint32_t refused = client->refused_too_many + client->refused_auth;
  if (refused > kSeveral && (refused & (refused - 1)) != 0) return;
  if (!flow.spoken->sender_domain.empty()) {
    tell(context, flow, *client, known.refusal.time_ns, &known);
  }
  weigh_proxy_client(context, flow, *client, known);
}

}  // namespace mxray
