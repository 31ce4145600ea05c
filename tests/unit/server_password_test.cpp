// SPDX-License-Identifier: Apache-2.0
// Whose password is worked out next, and who finds room to wait?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "server/password_check.h"

namespace mxray {
namespace {

class Passwords : public ::testing::Test {
 protected:
  /// Another wrong password of `client`, if there is room. At a cost of 10 hundreds of
  /// milliseconds, so that all wait before the second is worked out.
  bool ask(const std::string& client) {
    if (!check_.has_room_for(client)) return false;
    check_.work_out({.user = "alice",
                     .text = std::to_string(++asked_),
                     .hash = "$2b$10$CtQxICk7sSBfKW4iAXtbfejtk/fNA6ifgd3uDsWmcXuDVr7f8Tcga"},
                    client, [this, client] {
                      const std::scoped_lock lock(mutex_);
                      done_.push_back(client);
                      one_more_.notify_one();
                    });
    return true;
  }
  /// The clients in the order in which they were served, once it was `last`'s turn.
  std::vector<std::string> served_until(const std::string& last) {
    std::unique_lock lock(mutex_);
    one_more_.wait_for(lock, std::chrono::seconds(60),
                       [&] { return std::ranges::count(done_, last) > 0; });
    return done_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable one_more_;
  std::vector<std::string> done_;
  int asked_ = 0;
  PasswordCheck check_;  // last: its thread calls back
};

TEST_F(Passwords, OneClientMayHaveFourWaiting) {
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(ask("a"));
  EXPECT_FALSE(ask("a"));
  EXPECT_TRUE(ask("b"));
}

TEST_F(Passwords, ClientsTakeTurns) {
  for (int i = 0; i < 4; ++i) ask("a");
  for (int i = 0; i < 4; ++i) ask("b");
  ask("scraper");
  const auto served = served_until("scraper");
  EXPECT_LE(std::ranges::count(served, "a"), 2) << "one may be under way already";
  EXPECT_LE(std::ranges::count(served, "b"), 2);
}

TEST_F(Passwords, ManyClientsThatTakeAllTheRoomLeaveSomeForANewcomer) {
  int accepted = 0;
  for (int i = 0; i < 40 * 4; ++i) accepted += ask(std::to_string(i / 4)) ? 1 : 0;
  EXPECT_GE(accepted, 64);
  EXPECT_LT(accepted, 40 * 4) << "there is a limit";
  EXPECT_TRUE(ask("scraper"));
  for (int i = 40; i < 400; ++i) accepted += ask(std::to_string(i)) ? 1 : 0;
  EXPECT_LE(accepted, 140) << "for newcomers, too";
}

}  // namespace
}  // namespace mxray
