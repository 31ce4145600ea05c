// SPDX-License-Identifier: Apache-2.0
#include "analysis/smtp_proxy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "analysis/context.h"
#include "analysis/dialogue.h"
#include "analysis/hops.h"
#include "analysis/judge.h"
#include "analysis/sides.h"
#include "analysis/site_name.h"
#include "analysis/smtp_proxy_text.h"
#include "analysis/submission.h"
#include "analysis/weights.h"
#include "base/time.h"

namespace mxray {
namespace {

constexpr std::uint16_t kSmtp = 25;
constexpr std::uint16_t kSubmission = 587;
constexpr std::size_t kMostLooks = 16;
// What was seen longer ago is no measure: routes and servers change.
constexpr std::uint64_t kRecent_ns = std::uint64_t{24} * 3600 * 1'000'000'000;
constexpr std::uint64_t kNearer_ns = 10'000'000;  // less than this is jitter
constexpr std::size_t kManyDomains = 3;

PortLook* look_of(MailHost& host, const core::flow_key& key) {
  const auto found = std::find_if(host.ports.begin(), host.ports.end(), [&](const PortLook& look) {
    return look.port == key.server_port && look.interface == key.interface;
  });
  return found == host.ports.end() ? nullptr : &*found;
}

bool is_mail_port(std::uint16_t port) {
  constexpr std::array<std::uint16_t, 6> kOthers = {110, 143, 465, 587, 993, 995};
  return std::find(kOthers.begin(), kOthers.end(), port) != kOthers.end();
}

// Of the host's other ports the one best known, seen from the same interface.
const PortLook* reference_for(const MailHost& host, const PortLook& smtp) {
  const PortLook* best = nullptr;
  for (const PortLook& look : host.ports) {
    if (!is_mail_port(look.port) || look.interface != smtp.interface) continue;
    if (look.last_ns + kRecent_ns < smtp.last_ns) continue;
    if (best == nullptr || look.connections > best->connections) best = &look;
  }
  return best;
}

// How far this connection's box is from those of the other port.
int hops_apart(int hops, const PortLook& other) {
  return std::max({0, hops - other.most_hops, other.least_hops - hops});
}

// That another box answers is one fact, by however many marks: hops, round trip, options
// and greeting are worth kOtherBox together.
class OtherBox {
 public:
  explicit OtherBox(Incident& incident) : incident_(incident) {}

  void add(std::string signal, std::string seen, std::string expected, double weight) {
    weight = std::min(weight, left_);
    left_ -= weight;
    incident_.add({std::move(signal), std::move(seen), std::move(expected), weight});
  }

 private:
  Incident& incident_;
  double left_ = weight::kOtherBox;
};

void weigh_path(const Flow& flow, const PortLook& smtp, const PortLook& other, OtherBox& box) {
  const int hops = hops_of(flow.handshake.server_ttl);
  const int apart = hops_apart(hops, other);
  const std::string port = fmt::format("on port {}", other.port);
  if (apart > 1) {
    box.add("hops", fmt::format("{} on port 25", hops),
            fmt::format("{} {}", other.least_hops, port),
            apart > kRouteChange ? weight::kPortHopsFar : weight::kPortHopsNear);
  }
  if (smtp.rtt_ns != 0 && other.rtt_ns > 2 * smtp.rtt_ns &&
      other.rtt_ns > smtp.rtt_ns + kNearer_ns) {
    // One measurement of the other port may have been a bad moment.
    box.add("round_trip", fmt::format("{:.1f} ms on port 25", milliseconds(smtp.rtt_ns)),
            fmt::format("{:.1f} ms {}", milliseconds(other.rtt_ns), port),
            other.connections > 1 ? weight::kPortNearer : weight::kPortNearer / 2);
  }
  if (smtp.client_options == other.client_options && smtp.server_options != other.server_options) {
    box.add("syn_ack_options", fmt::format("{:#04x} on port 25", smtp.server_options),
            fmt::format("{:#04x} {}", other.server_options, port), weight::kPortOptions);
  }
}

// Which site a host belongs to, it says itself.
void weigh_greeting(const MailHost& host, const PortLook& smtp, OtherBox& box) {
  const std::string_view here = site_of(smtp.greeting_host);
  for (const PortLook& other : host.ports) {
    const std::string_view there = site_of(other.greeting_host);
    if (!is_mail_port(other.port) || here.empty() || there.empty() || here == there) continue;
    box.add("greeting_host", fmt::format("{} on port 25", smtp.greeting_host),
            fmt::format("{} on port {}", other.greeting_host, other.port), weight::kPortGreeting);
    return;
  }
}

void weigh_masked(const Spoken& spoken, Incident& incident) {
  if (spoken.offers_masked) {
    incident.add(
        {"offer_overwritten", "250-XXXXXXXA", "the server's own offers", weight::kOfferMasked});
  } else if (spoken.offer_like_mask) {
    incident.add(
        {"offer_overwritten", "250-XXXX", "the server's own offers", weight::kOfferLikeMask});
  }
  if (spoken.greeting_masked) {
    incident.add({"greeting_overwritten", "220 ********", "the server's own greeting",
                  weight::kGreetingMasked});
  }
  if (spoken.command_masked) {
    incident.add({"command_overwritten", "the server was asked for XXXX", "a command of RFC 5321",
                  weight::kCommandMasked});
  }
}

bool is_recent(std::uint64_t then_ns, std::uint64_t now_ns) {
  return then_ns != 0 && now_ns <= then_ns + kRecent_ns;
}

void note_offers(const Spoken& spoken, std::uint64_t now_ns, PortLook& look) {
  if (spoken.starttls_offered) look.starttls_ns = now_ns;
  if (spoken.auth_offered) look.auth_ns = now_ns;
}

void weigh_lost(const Spoken& spoken, const MailHost& host, const PortLook& smtp,
                std::uint64_t now_ns, Incident& incident) {
  if (!spoken.answered_ehlo || spoken.starttls_used) return;
  if (!spoken.starttls_offered) {
    if (is_recent(smtp.starttls_ns, now_ns)) {
      incident.add(
          {"starttls_lost", "not offered", "offered on port 25 before", weight::kStarttlsLost});
    } else if (std::any_of(host.ports.begin(), host.ports.end(), [now_ns](const PortLook& look) {
                 return look.port == kSubmission && is_recent(look.starttls_ns, now_ns);
               })) {
      incident.add({"starttls_lost", "not offered on port 25", "offered on port 587",
                    weight::kStarttlsOnOtherPort});
    }
  }
  if (!spoken.auth_offered && is_recent(smtp.auth_ns, now_ns)) {
    incident.add({"auth_lost", "not offered", "offered on port 25 before", weight::kAuthLost});
  }
}

void tell(Context& context, Flow& flow, Incident fresh, ProxyCase& known) {
  const auto confidence = confidence_of(fresh.score);
  if (!confidence) return;
  if (!is_recent(known.last_ns, fresh.time_ns)) known = {};
  known.last_ns = fresh.time_ns;
  Incident& told = known.incident;
  const bool is_new = told.id.empty();
  if (!is_new) flow.belongs_to(told);
  // Only what makes it clearer is worth an amendment.
  if (!is_new && fresh.score <= told.score) return;
  fresh.confidence = *confidence;
  if (!is_new) {
    fresh.id = told.id;
    fresh.amendments = told.amendments;
    fresh.counted_as = told.counted_as;
  }
  told = std::move(fresh);
  flow.belongs_to(told);
  write_proxy(ours_of(context, flow) == Ours::kServer, told);
  if (is_new) {
    context.raise(told);
  } else {
    context.amend(told);
  }
}

}  // namespace

void learn_port(Context& context, const Flow& flow, const core::record_flow& record) {
  const core::handshake& handshake = record.handshake;
  const std::uint16_t port = flow.key.server_port;
  if (handshake.midstream != 0 || handshake.server_ttl == 0) return;
  if (port != kSmtp && !is_mail_port(port)) return;
  if (flow.forged_reply != nullptr || flow.forged_reset != nullptr) return;
  MailHost& host = context.mail_hosts.touch(flow.key.server);
  PortLook* look = look_of(host, flow.key);
  if (look == nullptr) {
    if (host.ports.size() >= kMostLooks) host.ports.erase(host.ports.begin());
    look = &host.ports.emplace_back();
    look->port = port;
    look->interface = flow.key.interface;
  }
  if (record.header.type == core::RECORD_FLOW_OPENED) ++look->connections;
  const int hops = hops_of(handshake.server_ttl);
  look->least_hops = std::min(look->least_hops, hops);
  look->most_hops = std::max(look->most_hops, hops);
  look->client_options = handshake.client_options;
  look->server_options = handshake.server_options;
  if (record.rtt_ns != 0 && (look->rtt_ns == 0 || record.rtt_ns < look->rtt_ns)) {
    look->rtt_ns = record.rtt_ns;
  }
  look->last_ns = record.header.time_ns;
}

void weigh_proxy_host(Context& context, Flow& flow, std::uint64_t now_ns) {
  const Flow* speaker = speaker_of(context, flow);
  const std::uint16_t port = flow.key.server_port;
  MailHost* host = context.mail_hosts.find(flow.key.server);
  if (host == nullptr) return;
  PortLook* look = look_of(*host, flow.key);
  if (look == nullptr) return;
  if (speaker != nullptr) {
    look->greeting_host = speaker->spoken->greeting_host;
    if (port != kSmtp) note_offers(*speaker->spoken, now_ns, *look);
  }
  // The talk on port 25 is what is judged; the other ports are what it is held to.
  if (port != kSmtp || speaker != &flow) return;
  const Spoken& spoken = *flow.spoken;
  Incident fresh = context.begin(Kind::kSmtpProxy, flow, now_ns, "server");
  fresh.dialogue = told_of(spoken);
  weigh_masked(spoken, fresh);
  if (ours_of(context, flow) != Ours::kServer) {
    OtherBox box(fresh);
    if (const PortLook* other = reference_for(*host, *look)) weigh_path(flow, *look, *other, box);
    weigh_greeting(*host, *look, box);
    weigh_lost(spoken, *host, *look, now_ns, fresh);
  }
  tell(context, flow, std::move(fresh), host->proxy);
  if (spoken.answered_ehlo) note_offers(spoken, now_ns, *look);
}

void weigh_proxy_client(Context& context, Flow& flow, Submitter& client,
                        const KnownRefusal& known) {
  // Whoever claims to be us is refused daily, and a forwarder may come too often: only
  // all of it together is a proxy.
  if (!client.relays_by_name || client.foreign_senders || client.refused_too_many == 0 ||
      !is_repeated(client)) {
    return;
  }
  Incident fresh = context.begin(Kind::kSmtpProxy, flow, known.refusal.time_ns, "client");
  fresh.dialogue = told_of(*flow.spoken);
  if (!fresh.dialogue->helo && !client.names.empty()) fresh.dialogue->helo = client.names.back();
  fresh.dialogue->reply_code = known.refusal.code;
  fresh.dialogue->reply_text = known.refusal.text;
  fresh.add({"local_sender_unauthenticated",
             fmt::format("{} connections with a sender of ours and no AUTH", client.sessions),
             "AUTH, which was offered", weight::kProxySender});
  fresh.add({"foreign_name", fmt::format("EHLO {}", fresh.dialogue->helo.value_or("")),
             "a user's computer, or a host of ours", weight::kForeignName});
  fresh.add({"refused_too_many", known.refusal.text, "a user sends now and then",
             weight::kRefusedTooMany});
  if (client.refused_auth > 0) {
    fresh.add({"refused", "must log in", "", weight::kProxyRefusedAuth});
  }
  if (client.sender_domains.size() >= kManyDomains) {
    fresh.add({"many_senders", fmt::format("{} sender domains", client.sender_domains.size()),
               "one user's", weight::kManySenders});
  }
  tell(context, flow, std::move(fresh), client.proxy);
}

}  // namespace mxray
