// SPDX-License-Identifier: Apache-2.0
// Is this the user's password?
//
// A bcrypt hash is made to be slow: 60 ms at a cost of 10. So that nobody can hold
// up the daemon's one loop with wrong passwords, they are worked out in a thread
// of their own, one after the other, at a low priority where the system lets it.
// Few may wait, and fewer from one client; who comes beyond that is told to come
// again. Clients take turns, and half of the room is for those that have none
// waiting, so one that asks once is heard among many that ask on and on.
//
// A verdict is remembered, so a scraper pays once. What is remembered is a keyed
// digest, not a password; right ones and wrong ones are kept apart, so that no
// flood of wrong ones pushes out the right ones.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mxray {

/// Fails if `hash` is no bcrypt hash (`$2a$`, `$2b$`, `$2y$`), or one that takes
/// longer than seconds.
Status check_bcrypt_hash(std::string_view hash);

struct Password {
  std::string user;
  std::string text;
  std::string hash;  // that it must match
};

class PasswordCheck {
 public:
  static constexpr std::size_t kMostWaiting = 128;
  static constexpr std::size_t kMostBesideNewcomers = 64;
  static constexpr std::size_t kMostOfOneClient = 4;

  /// Throws if the system has no random numbers.
  PasswordCheck();
  ~PasswordCheck();  // waits for the hash under way; no verdict comes after it
  PasswordCheck(const PasswordCheck&) = delete;
  PasswordCheck& operator=(const PasswordCheck&) = delete;

  /// The verdict if it is known already.
  std::optional<bool> known(const Password& password);

  /// Whether one more may wait. `client` is whom the wait is counted for.
  [[nodiscard]] bool has_room_for(const std::string& client) const;

  /// Has it worked out; `done` is called in another thread when it is known.
  void work_out(Password password, const std::string& client, std::function<void()> done);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace mxray
