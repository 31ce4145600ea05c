// SPDX-License-Identifier: Apache-2.0
// What was said in a connection so far, and who has to hear of it?
//
// SMTP in clear text only. A gateway sees both legs of a connection say the same:
// the leg that was heard first speaks for all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "analysis/incident.h"
#include "analysis/snapshot.h"
#include "record.h"

namespace mxray {

struct Context;
struct Flow;

/// Few bytes for a healthy session; kept apart from the flow, most of which are
/// encrypted and say nothing.
struct Spoken {
  std::string helo;              // the name the client gave; empty: none yet
  std::string sender_domain;     // of its latest MAIL FROM, lower case; empty: none shown
  std::string greeting_host;     // the name the server greets with, lower case
  std::uint32_t mails = 0;       // MAIL FROM commands
  std::uint64_t mail_ns = 0;     // when the latest came
  std::uint64_t refused_ns = 0;  // the latest refusal
  std::uint64_t data_ns = 0;     // the latest 354 that was seen
  bool answered_ehlo = false;    // ... in full, so that what it lacks is not offered
  bool auth_offered = false;
  bool starttls_offered = false;
  bool offers_masked = false;    // offers overwritten: 250-XXXXXXXA
  bool offer_like_mask = false;  // one that only may be: 250-XXXX
  bool greeting_masked = false;  // 220 ****************
  bool command_masked = false;   // the server was asked for XXXXXXXX
  bool handed_in = false;        // counted by submission.cpp
  bool auth_used = false;
  bool starttls_used = false;           // accepted, or TLS was seen
  std::vector<Refusal> refusals;        // the first few
  std::unique_ptr<Refusal> unfinished;  // a reply whose last line has not come yet
  core::verb unfinished_verb = core::VERB_NONE;
  // The latest command, until it is answered: of one that nobody knows there is no record.
  core::verb asked = core::VERB_NONE;
};

/// A greeting, a command or a reply.
void note_dialogue(Context& context, Flow& flow, const core::record_dialogue& record);

/// TLS began.
void note_encrypted(Context& context, Flow& flow);

/// The connection is over: a reply that broke off is all there will be.
void settle_dialogue(Context& context, Flow& flow);

/// The leg of the flow's connection that has `spoken`; nullptr: nothing was said.
const Flow* speaker_of(Context& context, const Flow& flow);

/// Whether a forger is known to have sent this.
bool is_forged(const Flow& flow, const Refusal& refusal);

/// As an incident tells it.
Dialogue told_of(const Spoken& spoken);

/// Fills in helo, sender domain and refusals.
void describe_dialogue(Context& context, const Flow& flow, FlowView& view);

/// Whether `name` is `domain` or a host in it; both in lower case.
bool is_within(std::string_view name, std::string_view domain);

}  // namespace mxray
