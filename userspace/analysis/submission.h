// SPDX-License-Identifier: Apache-2.0
// unauthenticated_submission: who hands in our users' mail without logging in?
//
// At our own server: a stranger gives a sender of ours (`local_domains`) and a
// recipient though AUTH was offered and not used. A user's mail program behind a
// transparent proxy looks so (S2), and so does a forwarder that keeps the sender, or
// a spammer who claims to be one of us, whom servers refuse daily. So a few
// connections are only possible, refused or not; that it comes again for minutes and
// is told to log in makes it more. What was encrypted was not seen, so it raises
// nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/incident.h"
#include "analysis/smtp_proxy.h"
#include "base/address.h"
#include "base/bounded_map.h"
#include "record.h"

namespace mxray {

struct Context;
struct Flow;
struct KnownRefusal;

/// A stranger that has given a sender of ours: an address, or all of one site by the
/// servers' names in EHLO.
struct Submitter {
  std::vector<std::string> names;           // that it gave in EHLO, the first few
  std::vector<std::string> sender_domains;  // of ours, the first few
  std::vector<core::address> addresses;     // the first few
  std::size_t told_addresses = 0;           // as many of them the incident tells
  bool foreign_senders = false;             // it delivers other people's mail, too
  bool relays_by_name = false;              // one of the names is a foreign server's
  bool is_ours_by_name = false;             // one of the names is in a domain of ours
  std::uint32_t sessions = 0;               // unauthenticated, with a sender of ours
  std::uint64_t first_ns = 0;               // of the first and the last of these
  std::uint64_t last_ns = 0;
  std::uint32_t refused_too_many = 0;  // times that we said it came too often
  std::uint32_t refused_auth = 0;      // ... or must log in
  Incident submission;                 // without an id: not raised yet
  ProxyCase proxy;                     // of smtp_proxy.cpp
};

class SubmitterTable {
 public:
  BoundedMap<std::string, Submitter> by_stranger{4096};
  /// Addresses and sites that have delivered mail of other domains; many, for most do.
  BoundedMap<std::string, bool> foreign{16'384};
  /// Raised within the hour that began then: those that are possible, and the others.
  std::uint64_t hour_ns = 0;
  std::uint32_t raised_possible = 0;
  std::uint32_t raised_probable = 0;
};

/// A MAIL FROM was heard.
void note_submitter(Context& context, const Flow& flow);

/// The connection is over and the client has sent so many bytes: a message, or only
/// the question whether the server would take one (as monitors ask)?
void weigh_submission(Context& context, Flow& flow, std::uint64_t client_bytes);

/// Our server refused something for good and the refusal is genuine.
void weigh_refused_submission(Context& context, Flow& flow, const KnownRefusal& known);

/// Whether it has come several times; of a site, each of its addresses on average.
bool is_repeated(const Submitter& client);

/// Whether `domain` is one of ours or in one.
bool is_local_domain(const Context& context, const std::string& domain);

}  // namespace mxray
