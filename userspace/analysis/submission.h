// SPDX-License-Identifier: Apache-2.0
// unauthenticated_submission: who hands in our users' mail without logging in?
//
// At our own server: a stranger gives a sender of ours (`local_domains`) though AUTH
// was offered and not used. A user's mail program behind a transparent proxy looks
// so (S2), and so does a forwarder that keeps the sender, or a spammer who claims
// to be one of us; alone it is therefore only possible. What was encrypted was not
// seen, so it raises nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/bounded_map.h"
#include "analysis/incident.h"
#include "analysis/smtp_proxy.h"
#include "base/address.h"
#include "record.h"

namespace mxray {

struct Context;
struct Flow;
struct KnownRefusal;

/// A stranger's address that has given a sender of ours.
struct Submitter {
  std::vector<std::string> names;           // that it gave in EHLO, the first few
  std::vector<std::string> sender_domains;  // the first few, of whomever
  bool foreign_senders = false;             // it delivers other people's mail, too
  bool relays_by_name = false;              // one of the names is a foreign server's
  std::uint32_t sessions = 0;               // unauthenticated, with a sender of ours
  std::uint32_t refused_too_many = 0;       // times that we said it came too often
  std::uint32_t refused_auth = 0;           // ... or must log in
  core::flow_key last_flow{};
  std::uint32_t last_isn = 0;
  Incident submission;  // without an id: not raised yet
  ProxyCase proxy;      // of smtp_proxy.cpp
};

class SubmitterTable {
 public:
  BoundedMap<std::string, Submitter> by_address{4096};
  /// Raised within the hour that began then, with no refusal to support them.
  std::uint64_t hour_ns = 0;
  std::uint32_t raised_alone = 0;
};

/// A MAIL FROM was heard.
void weigh_submission(Context& context, Flow& flow);

/// Our server refused something for good and the refusal is genuine.
void weigh_refused_submission(Context& context, Flow& flow, const KnownRefusal& known);

/// Whether `domain` is one of ours or in one.
bool is_local_domain(const Context& context, const std::string& domain);

}  // namespace mxray
