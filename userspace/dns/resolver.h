// SPDX-License-Identifier: Apache-2.0
// How is a real resolver asked? The only place that includes c-ares.
//
// One question at a time: a check asks a few dozen, and the answers decide what
// is asked next. Each server has a c-ares channel of its own, for c-ares does
// not say which of several servers refused and which was silent.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "dns/answer.h"

struct ares_channeldata;

namespace mxray::dns {

struct ResolverSettings {
  std::vector<Endpoint> servers;              // none: those of /etc/resolv.conf
  std::chrono::milliseconds timeout{2000};    // for one answer
  int tries = 2;                              // of a server that is silent
  std::chrono::milliseconds deadline{60000};  // for everything that is asked
};

class Resolver {
 public:
  /// Fails if there is no server to ask, or c-ares cannot start.
  static Result<Resolver> open(const ResolverSettings& settings);

  Resolver(Resolver&&) noexcept;
  Resolver& operator=(Resolver&&) noexcept;
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  ~Resolver();

  /// The first answer that one of the servers gives, in their order; a server
  /// that twice was silent and never answered is not asked again. What was
  /// asked before is answered from memory, failures too.
  Answer ask(const std::string& name, RecordType type);

  [[nodiscard]] const std::vector<Endpoint>& servers() const { return servers_; }

 private:
  struct Server;
  explicit Resolver(const ResolverSettings& settings);
  Answer ask_servers(const std::string& name, RecordType type);
  Answer ask_server(Server& server, const std::string& name, RecordType type);

  ResolverSettings settings_;
  std::chrono::steady_clock::time_point end_;
  std::vector<Endpoint> servers_;
  std::vector<std::unique_ptr<Server>> channels_;  // one a server
  std::map<std::pair<std::string, RecordType>, Answer> known_;
};

}  // namespace mxray::dns
