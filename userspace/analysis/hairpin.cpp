// SPDX-License-Identifier: Apache-2.0
#include "analysis/hairpin.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "analysis/hairpin_evidence.h"
#include "analysis/hairpin_text.h"
#include "analysis/hops.h"

namespace mxray {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr int kSilence = 3;  // SYNs, which take 3 s
// How fresh the proof must be that the server is alive.
constexpr std::uint64_t kAlive_ns = 600 * kSecond;
constexpr std::uint64_t kQuiet_ns = 600 * kSecond;  // then a case is over
// Longer than what a client that still tries lets pass between its first SYNs.
constexpr std::uint64_t kGivenUp_ns = 10 * kSecond;

core::flow_key case_key(const Attempt& attempt, const Network& clients) {
  core::flow_key key{};
  key.client = clients.address;
  key.client_port = static_cast<std::uint16_t>(clients.prefix_length);
  key.server = attempt.key.server;
  key.server_port = attempt.key.server_port;
  return key;
}

// Answered by this gateway itself, as its packets show that nobody has routed.
bool is_gateways_own(const Attempt& attempt) { return hops_of(attempt.answer_ttl) == 0; }

// Whether the server's side of the gateway has an answer for this very SYN: then
// it is lost on its way back, and no rule of translation is missing.
bool has_answered_leg(Context& context, const HairpinScene& scene) {
  core::flow_key leg = scene.attempt.key;
  leg.server = scene.service->inner.address;
  leg.server_port = scene.service->inner.port;
  leg.interface = scene.service->server_interface;
  const Flow* flow = context.flows.find(leg);
  return flow != nullptr && flow->handshake.client_isn == scene.attempt.client_isn;
}

// nullopt: no failure of the hairpin, or not known to be one yet.
std::optional<HairpinFailure> failure_of(Context& context, const HairpinScene& scene) {
  const Attempt& attempt = scene.attempt;
  if (scene.service != nullptr && scene.service->is_down()) return std::nullopt;
  if (scene.translated != nullptr) {
    const bool comes_back = scene.translated->key.interface == attempt.key.interface &&
                            client_endpoint(scene.translated->key) == client_endpoint(attempt.key);
    const bool silent = attempt.end == AttemptEnd::kSilent &&
                        scene.translated->end == AttemptEnd::kSilent &&
                        attempt.syn_count >= kSilence;
    return comes_back && silent ? std::optional(HairpinFailure::kReturned) : std::nullopt;
  }
  if (scene.service == nullptr) return std::nullopt;
  switch (attempt.end) {
    case AttemptEnd::kRefused:
      return is_gateways_own(attempt) ? std::optional(HairpinFailure::kRefusedHere) : std::nullopt;
    case AttemptEnd::kAnswered: return HairpinFailure::kAnsweredHere;
    case AttemptEnd::kSilent: break;
  }
  const bool silent = attempt.syn_count >= kSilence && scene.was_reached_within(kAlive_ns) &&
                      !has_answered_leg(context, scene);
  return silent ? std::optional(HairpinFailure::kSilentHere) : std::nullopt;
}

// The services of this address that inside clients of that network were not seen
// to reach; the one they failed at is always among them.
std::vector<Forward> forwards_left_out(Context& context, const HairpinScene& scene,
                                       const Network& clients, const Endpoint& inner) {
  std::vector<Forward> forwards;
  const Endpoint original = server_endpoint(scene.attempt.key);
  for (const PublishedService* service : context.published.of_address(original.address)) {
    const bool works = service->hairpins.contains(to_string(clients));
    const bool is_this = service->original.port == original.port;
    if (is_this || works || service->outside_interface == 0) continue;
    forwards.push_back({service->original, service->inner});
  }
  forwards.push_back({original, inner});
  std::sort(forwards.begin(), forwards.end(),
            [](const Forward& a, const Forward& b) { return a.original.port < b.original.port; });
  return forwards;
}

HairpinStory story_of(Context& context, const HairpinScene& scene, const HairpinCase& known,
                      const Network& clients) {
  const Attempt& attempt = scene.attempt;
  const Endpoint inner =
      scene.translated != nullptr ? server_endpoint(scene.translated->key) : scene.service->inner;
  const std::uint32_t server_side =
      scene.translated != nullptr ? scene.translated->key.interface : scene.service->server_interface;
  HairpinStory story{.known = known,
                     .client = client_endpoint(attempt.key),
                     .original = server_endpoint(attempt.key),
                     .inner = inner,
                     .rule = {}};
  if (scene.service != nullptr) {
    story.outside_interface =
        context.routed_interface(attempt.key.server, scene.service->outside_interface);
  }
  story.guessed_network = !context.published.attached(attempt.key.client);
  story.rule.client_interface = context.routed_interface(attempt.key.client, attempt.key.interface);
  story.rule.server_interface = context.routed_interface(inner.address, server_side);
  story.rule.clients = clients;
  story.rule.forwards = forwards_left_out(context, scene, clients, inner);
  story.rule.translate = known.failure != HairpinFailure::kReturned;
  story.rule.masquerade = story.rule.client_interface == story.rule.server_interface ||
                          attempt.key.interface == server_side;
  return story;
}

void tell(Context& context, const HairpinScene& scene, HairpinFailure failure) {
  const Attempt& attempt = scene.attempt;
  const Network clients = context.published.network_of_client(attempt.key.client);
  HairpinCase& known = context.hairpin_cases.touch(
      case_key(attempt, clients), [&](HairpinCase& oldest) { end_case(context, oldest); });
  ++known.attempts;
  known.last_ns = std::max(known.last_ns, attempt.last_syn_ns);
  known.clients.add(attempt.key.client);
  const PublishedService* service = context.published.find(server_endpoint(attempt.key));
  if (service != nullptr && service->hairpins.contains(to_string(clients))) {
    context.published.forget_hairpins(attempt.key.server, clients);
  }
  const bool is_new = !known.incident;
  const bool is_other = !is_new && known.failure != failure;  // the rules have been changed
  known.failure = failure;
  if (is_new) {
    known.incident = std::make_unique<Incident>(
        context.begin(Kind::kHairpinFailure, attempt.key, attempt.protocol, attempt.last_syn_ns));
  }
  Incident& incident = *known.incident;
  if (attempt.end == AttemptEnd::kAnswered) {
    if (Flow* flow = context.flows.find(attempt.key)) flow->belongs_to(incident);
  }
  if (!is_new && !is_other && !is_worth_telling(known.attempts)) return;
  incident.ongoing = true;
  incident.client = client_endpoint(attempt.key);
  incident.translation = Translation{.original = server_endpoint(attempt.key),
                                     .translated = std::nullopt,
                                     .syn_count = attempt.syn_count};
  if (scene.translated != nullptr) {
    incident.translation->translated = server_endpoint(scene.translated->key);
  }
  weigh_hairpin_failure(context, scene, known, incident);
  write_hairpin_failure(story_of(context, scene, known, clients), incident);
  if (is_new) {
    context.raise(incident);
  } else {
    context.amend(incident);
  }
}

// An outside client does not get through, whatever the reason: once an attempt.
void note_outside_failure(Context& context, Attempt& attempt) {
  if (attempt.end == AttemptEnd::kSilent && attempt.syn_count < kSilence) return;
  attempt.settled = true;
  if (attempt.end == AttemptEnd::kAnswered) return;
  PublishedService* service = context.published.find(server_endpoint(attempt.key));
  if (service != nullptr && attempt.first_syn_ns > service->last_reached_ns) {
    ++service->failures_since;
  }
}

void judge(Context& context, Attempt& attempt) {
  if (attempt.settled || context.settings.is_local(attempt.key.client)) return;
  HairpinScene scene{.attempt = attempt};
  for (const Attempt* leg : context.attempts.other_legs(attempt)) {
    if (server_endpoint(leg->key) == server_endpoint(attempt.key)) {
      // The same on a bridge or its port.
      if (leg->settled && client_endpoint(leg->key) == client_endpoint(attempt.key)) {
        attempt.settled = true;
        return;
      }
    } else if (leg->first_syn_ns < attempt.first_syn_ns) {
      attempt.settled = true;  // the first leg is the one to judge
      return;
    } else {
      scene.translated = leg;
    }
  }
  if (!context.published.comes_from_inside(
          attempt.key, context.name_of_interface(attempt.key.interface), attempt.syn_ttl)) {
    note_outside_failure(context, attempt);
    return;
  }
  const PublishedService* service = context.published.find(server_endpoint(attempt.key));
  if (service != nullptr && service->outside_interface != 0) scene.service = service;
  const auto failure = failure_of(context, scene);
  if (!failure) return;
  attempt.settled = true;
  tell(context, scene, *failure);
}

}  // namespace

void note_attempt(Context& context, const core::record_flow& record) {
  Attempt& attempt = context.attempts.update(record);
  judge(context, attempt);
  for (Attempt* leg : context.attempts.other_legs(attempt)) judge(context, *leg);
}

void note_standing(Context& context, Flow& flow) {
  context.attempts.forget(flow.key);
  if (flow.handshake.midstream != 0 || flow.connection->legs.size() > 1) return;
  if (hops_of(flow.handshake.server_ttl) != 0) return;
  // A SYN-ACK that nobody routed, in the name of an address that is this gateway's.
  if (!context.settings.is_local(flow.key.server) &&
      context.published.find(server_endpoint(flow.key)) == nullptr) {
    return;
  }
  judge(context, context.attempts.note_answered(flow));
}

void settle_hairpin(Context& context, const PublishedService& service, const core::address& client,
                    std::uint64_t now_ns) {
  const Network clients = context.published.network_of_client(client);
  Attempt attempt;
  attempt.key.server = service.original.address;
  attempt.key.server_port = service.original.port;
  HairpinCase* known = context.hairpin_cases.find(case_key(attempt, clients));
  if (known == nullptr || !known->incident || now_ns < known->last_ns) return;
  known->incident->ongoing = false;
  known->incident->evidence.push_back({"works_since",
                                       fmt::format("{} reached {} through the published address",
                                                   to_string(client), to_string(service.inner)),
                                       "", 0});
  context.amend(*known->incident);
  context.hairpin_cases.erase(case_key(attempt, clients));
}

void watch_hairpins(Context& context, std::uint64_t now_ns) {
  context.attempts.for_each([&](Attempt& attempt) {
    if (attempt.settled) return;
    const bool is_silent = attempt.end == AttemptEnd::kSilent;
    if (attempt.last_syn_ns + (is_silent ? kGivenUp_ns : kQuiet_ns) < now_ns) {
      attempt.settled = true;
    }
    judge(context, attempt);
  });
  for (auto& [key, known] : context.hairpin_cases) {
    if (known.last_ns + kQuiet_ns <= now_ns) end_case(context, known);
  }
}

}  // namespace mxray
