// SPDX-License-Identifier: Apache-2.0
#include "analysis/senders.h"

#include "analysis/context.h"
#include "analysis/dialogue.h"
#include "analysis/sides.h"

namespace mxray {
namespace {

// From server to server; users hand in on other ports.
constexpr std::uint16_t kSmtp = 25;

}  // namespace

void note_sender(Context& context, const Flow& flow, std::uint64_t now_ns) {
  if (flow.key.server_port != kSmtp || ours_of(context, flow) != Ours::kClient) return;
  const core::address address = outer_client(context, flow).address;
  MailSender& sender = context.senders.touch(address);
  sender.address = address;
  const bool same_session =
      sender.last_flow == flow.key && sender.last_isn == flow.handshake.client_isn;
  if (!same_session) ++sender.sessions;
  sender.last_flow = flow.key;
  sender.last_isn = flow.handshake.client_isn;
  sender.last_seen_ns = now_ns;
  if (!flow.spoken->helo.empty()) sender.helo = flow.spoken->helo;
  if (!flow.spoken->sender_domain.empty()) sender.sender_domain = flow.spoken->sender_domain;
}

std::vector<MailSender> senders_in(const SenderTable& table) {
  std::vector<MailSender> senders;
  for (const auto& [key, sender] : table) senders.push_back(sender);
  return senders;
}

}  // namespace mxray
