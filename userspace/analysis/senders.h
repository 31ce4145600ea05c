// SPDX-License-Identifier: Apache-2.0
// Which of our addresses send mail, and under which names?
//
// What `mxray check dns` looks up: each address as the world sees it, with the
// name it gave last and the sender's domain.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/bounded_map.h"
#include "record.h"

namespace mxray {

struct Context;
struct Flow;

/// One own address. Names are sanitized; empty: not seen.
struct MailSender {
  core::address address{};
  std::string helo;
  std::string sender_domain;
  std::uint64_t sessions = 0;
  std::uint64_t last_seen_ns = 0;  // wall clock
  core::flow_key last_flow{};
  std::uint32_t last_isn = 0;
};

using SenderTable = BoundedMap<core::address, MailSender>;

/// An EHLO or a MAIL FROM was heard: of mail that goes out, its sender is noted.
void note_sender(Context& context, const Flow& flow, std::uint64_t now_ns);

/// The latest first.
std::vector<MailSender> senders_in(const SenderTable& table);

}  // namespace mxray
