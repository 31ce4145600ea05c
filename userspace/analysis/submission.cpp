// SPDX-License-Identifier: Apache-2.0
#include "analysis/submission.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "analysis/context.h"
#include "analysis/dialogue.h"
#include "analysis/judge.h"
#include "analysis/sides.h"
#include "analysis/site_name.h"
#include "analysis/smtp_proxy.h"
#include "analysis/weights.h"

namespace mxray {
namespace {

constexpr std::uint64_t kHour_ns = std::uint64_t{3600} * 1'000'000'000;
constexpr std::size_t kMostNames = 4;
constexpr std::size_t kMostDomains = 16;
constexpr std::size_t kMostAddresses = 64;
constexpr std::uint32_t kSeveral = 3;
constexpr std::uint64_t kMinute_ns = std::uint64_t{60} * 1'000'000'000;
// Spammers from everywhere claim to be our users. So many an hour are told of, and as
// many that are more than possible.
constexpr std::uint32_t kMostRaised = 20;
// EHLO, MAIL, RSET and QUIT are less; a message's header alone is more.
constexpr std::uint64_t kLeastBytes = 300;

template <typename T>
void remember(std::vector<T>& list, const T& one, std::size_t most) {
  if (list.size() >= most) return;
  if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

// A provider sends from many addresses, and one spammer's computers often give one
// name: those are one stranger.
std::string stranger_of(const Context& context, const Flow& flow) {
  const std::string name = lower(flow.spoken->helo);
  const bool by_name = is_server_name(name) && !is_local_domain(context, name);
  return by_name ? std::string(site_of(name)) : to_string(flow.key.client);
}

// Mail comes in to our own server, from a host that is none of ours.
bool comes_in(Context& context, const Flow& flow) {
  if (is_private(flow.key.client) || context.settings.is_local(flow.key.client)) return false;
  return ours_of(context, flow) == Ours::kServer;
}

bool submits_unauthenticated(Context& context, const Flow& flow) {
  const Spoken& spoken = *flow.spoken;
  return flow.key.server_port != 465 && spoken.auth_offered && !spoken.auth_used &&
         !spoken.starttls_used && is_local_domain(context, spoken.sender_domain) &&
         comes_in(context, flow);
}

// A mailbox or a message was given, or would have been: MAIL was refused.
bool refuses_mail(const Refusal& refusal) {
  constexpr std::array kVerbs = {core::VERB_MAIL, core::VERB_RCPT, core::VERB_DATA,
                                 core::VERB_BDAT};
  return refusal.command.empty() ||
         std::any_of(kVerbs.begin(), kVerbs.end(),
                     [&refusal](core::verb verb) { return refusal.command == name_of(verb); });
}

// `554 5.7.1 Relay access denied`: the answer to an open-relay probe as well as to a
// user who did not log in.
bool denies_relay(const Refusal& refusal) {
  constexpr int kMustLogIn = 530;  // RFC 4954, 4
  const std::string text = lower(refusal.text);
  return refusal.code != kMustLogIn &&
         (text.find("relay") != std::string::npos || text.find("rcpthosts") != std::string::npos);
}

bool comes_again(const Submitter& client) {
  return is_repeated(client) && client.last_ns >= client.first_ns + kMinute_ns;
}

std::string times(std::uint32_t count) {
  return count == 1 ? "once" : fmt::format("{} times", count);
}

void weigh(const Submitter& client, const Spoken& spoken, Incident& incident) {
  incident.score = 0;
  incident.evidence.clear();
  incident.add(
      {"local_sender_unauthenticated",
       fmt::format("MAIL FROM <...@{}> without AUTH", spoken.sender_domain),
       fmt::format("AUTH, which was offered{}", spoken.starttls_offered ? ", or STARTTLS" : ""),
       weight::kLocalSender});
  if (client.sessions > 1) {
    incident.add({"repeated", fmt::format("{} connections", client.sessions), "one",
                  comes_again(client) ? weight::kRepeated : 0});
  }
  if (client.addresses.size() > 1) {
    incident.add({"addresses", fmt::format("{} of one site", client.addresses.size()), "", 0});
  }
  if (client.foreign_senders) {
    incident.add({"relay", "it delivers mail of other domains, too", "mail of our users only",
                  weight::kAlsoForeign});
  }
  if (client.is_ours_by_name) {
    incident.add(
        {"own_name", fmt::format("EHLO {}", spoken.helo), "a stranger's name", weight::kOwnName});
  }
  // Of a probe or a forwarder a refusal says nothing.
  const bool tells = comes_again(client) && !client.foreign_senders;
  if (client.refused_auth > 0) {
    incident.add({"refused", fmt::format("{}: must log in", times(client.refused_auth)), "",
                  tells ? weight::kRefusedAuth : 0});
  }
  if (client.refused_too_many > 0) {
    incident.add({"refused_too_many",
                  fmt::format("{}: came too often", times(client.refused_too_many)), "",
                  tells ? weight::kRefusedTooMany : 0});
  }
}

void write(const Flow& flow, const Submitter& client, Incident& incident) {
  const Spoken& spoken = *flow.spoken;
  const std::string address = to_string(incident.client.address);
  const std::size_t others = client.addresses.size() - 1;
  const std::string who =
      others == 0 ? address
                  : fmt::format("{} with {}{} other address{}", address,
                                client.addresses.size() == kMostAddresses ? "at least " : "",
                                others, others == 1 ? "" : "es");
  const bool refused = client.refused_auth + client.refused_too_many > 0;
  incident.summary = fmt::format(
      "unauthenticated submission: {} (EHLO {}) hands in mail of {} to {} without logging in, "
      "though {} offered{}.",
      who, spoken.helo, spoken.sender_domain, to_string(incident.server),
      spoken.starttls_offered ? "AUTH and STARTTLS were" : "AUTH was",
      refused ? ", and the server refuses it" : "");
  incident.remedy = fmt::format(
      "If a user of yours sits behind {}: a proxy on the way takes port 25 and does not log in. "
      "Have the user submit on 587 with STARTTLS or on 465, or through the VPN. If {} is a "
      "forwarder or a list that keeps the sender, let it rewrite it (SRS) or allow it by address. "
      "Else somebody claims to be you: refuse your own domains on port 25 without AUTH.",
      address, address);
}

bool may_raise(SubmitterTable& table, Confidence confidence, std::uint64_t now_ns) {
  if (now_ns > table.hour_ns + kHour_ns) {
    table.hour_ns = now_ns;
    table.raised_possible = table.raised_probable = 0;
  }
  std::uint32_t& raised =
      confidence == Confidence::kPossible ? table.raised_possible : table.raised_probable;
  if (raised >= kMostRaised) return false;
  ++raised;
  return true;
}

// Whether there is more to tell: it has become clearer, or the server has answered, or
// there are twice the addresses.
bool is_news(const Submitter& client, const Incident& fresh, const KnownRefusal* known) {
  const Incident& told = client.submission;
  if (told.id.empty() || fresh.score > told.score) return true;
  if (known != nullptr && told.dialogue && !told.dialogue->reply_code) return true;
  const std::size_t count = client.addresses.size();
  return count > 1 && (count & (count - 1)) == 0 && count != client.told_addresses;
}

void tell(Context& context, Flow& flow, Submitter& client, std::uint64_t now_ns,
          const KnownRefusal* known) {
  Incident& incident = client.submission;
  const bool is_new = incident.id.empty();
  Incident fresh =
      is_new ? context.begin(Kind::kUnauthenticatedSubmission, flow, now_ns) : incident;
  weigh(client, *flow.spoken, fresh);
  const auto confidence = confidence_of(fresh.score);
  if (!is_new) flow.belongs_to(incident);
  if (!confidence || !is_news(client, fresh, known)) return;
  if (is_new && !may_raise(context.submitters, *confidence, now_ns)) return;
  client.told_addresses = client.addresses.size();
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

// Counts the connection, once.
Submitter& hand_in(Context& context, Flow& flow) {
  Spoken& spoken = *flow.spoken;
  SubmitterTable& table = context.submitters;
  const std::string stranger = stranger_of(context, flow);
  Submitter& client = table.by_stranger.touch(stranger);
  client.foreign_senders = client.foreign_senders || table.foreign.find(stranger) != nullptr ||
                           table.foreign.find(to_string(flow.key.client)) != nullptr;
  if (std::exchange(spoken.handed_in, true)) return client;
  const std::string name = lower(spoken.helo);
  if (!name.empty()) remember(client.names, spoken.helo, kMostNames);
  remember(client.sender_domains, spoken.sender_domain, kMostDomains);
  remember(client.addresses, flow.key.client, kMostAddresses);
  const bool is_ours = is_local_domain(context, name);
  client.is_ours_by_name = client.is_ours_by_name || is_ours;
  client.relays_by_name = client.relays_by_name || (is_server_name(name) && !is_ours);
  if (client.sessions++ == 0) client.first_ns = spoken.mail_ns;
  client.last_ns = std::max(client.last_ns, spoken.mail_ns);
  return client;
}

}  // namespace

bool is_repeated(const Submitter& client) {
  return client.sessions >= kSeveral * std::max<std::size_t>(1, client.addresses.size());
}

bool is_local_domain(const Context& context, const std::string& domain) {
  const auto& local = context.settings.local_domains;
  return !domain.empty() && std::any_of(local.begin(), local.end(), [&](const std::string& one) {
    return is_within(domain, one);
  });
}

void note_submitter(Context& context, const Flow& flow) {
  const Spoken& spoken = *flow.spoken;
  if (context.settings.local_domains.empty() || spoken.sender_domain.empty() ||
      is_local_domain(context, spoken.sender_domain) || !comes_in(context, flow)) {
    return;
  }
  context.submitters.foreign.touch(to_string(flow.key.client));
  context.submitters.foreign.touch(stranger_of(context, flow));
}

void weigh_submission(Context& context, Flow& flow, std::uint64_t client_bytes) {
  if (!flow.spoken || client_bytes < kLeastBytes || !submits_unauthenticated(context, flow)) return;
  Submitter& client = hand_in(context, flow);
  tell(context, flow, client, flow.spoken->mail_ns, nullptr);
}

void weigh_refused_submission(Context& context, Flow& flow, const KnownRefusal& known) {
  if (!refuses_mail(known.refusal) || !submits_unauthenticated(context, flow)) return;
  Submitter& client = hand_in(context, flow);
  if (known.reason.reason == Reason::kTooManyAttempts) {
    ++client.refused_too_many;
  } else if (known.reason.reason == Reason::kAuthRequired && !denies_relay(known.refusal)) {
    ++client.refused_auth;
  }
  tell(context, flow, client, known.refusal.time_ns, &known);
  weigh_proxy_client(context, flow, client, known);
}

}  // namespace mxray
