// SPDX-License-Identifier: Apache-2.0
// Who has to go when one more client comes?
//
// Clients may open connections and say nothing, or never read their answer. That
// costs memory only, until no more are allowed. Then the one that has stood still
// longest is closed, of the client that holds the most. A scrape stands still for
// milliseconds, so it finds room and keeps it.
// Internal to server/.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>

namespace mxray {

/// Whose connection it is: the bytes of the IPv4 address or of the IPv6 network (/64).
/// Those of a UNIX socket are all the same.
std::string client_of(const sockaddr* address);

class Connections {
  using Held = std::map<std::string, std::size_t>;
  struct Connection {
    Held::iterator client;
    int socket;
    enum class State { kOpen, kPutAside, kToldToGo } state = State::kOpen;
  };

 public:
  using Place = std::list<Connection>::iterator;

  /// Up to this many connections a client is not held to take too much: which of such
  /// clients' connections has to go is a matter of standing still alone.
  static constexpr std::size_t kFew = 16;

  /// Beyond `most` each new one has another shut down.
  explicit Connections(std::size_t most) : most_(most) {}

  /// A new one, for which there may be room to make.
  Place add(const std::string& client, int socket);
  void remove(Place place);

  /// Its request is complete, or its answer is sent.
  void moved_on(Place place);
  /// It waits for us, and stays until it has moved on.
  void put_aside(Place place);

  /// Shut down so far to make room.
  [[nodiscard]] std::uint64_t displaced() const { return displaced_; }

 private:
  void make_room();
  void let_go(Held::iterator client);

  std::size_t most_;
  std::size_t present_ = 0;  // but for those told to go
  std::uint64_t displaced_ = 0;
  Held held_;                          // those present, by client
  std::list<Connection> by_patience_;  // the one that has stood still longest first
};

}  // namespace mxray
