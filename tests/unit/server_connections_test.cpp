// SPDX-License-Identifier: Apache-2.0
// Which connection has to go when there is no room, and whose is it?
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "server/connections.h"

namespace mxray {
namespace {

class House : public ::testing::Test {
 protected:
  /// The number of a new connection of `client`.
  std::size_t come(const std::string& client) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    clients_.emplace_back(ends[0]);
    servers_.emplace_back(ends[1]);
    places_.push_back(connections_.add(client, ends[1]));
    return places_.size() - 1;
  }
  [[nodiscard]] bool has_gone(std::size_t number) const {
    char nothing = 0;
    return ::recv(clients_[number].get(), &nothing, 1, 0) == 0;
  }
  /// Those that were shut down, by number.
  [[nodiscard]] std::vector<std::size_t> gone() const {
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (has_gone(i)) numbers.push_back(i);
    }
    return numbers;
  }

  static constexpr std::size_t kRoom = 40;
  Connections connections_{kRoom};
  std::vector<Connections::Place> places_;
  std::vector<Fd> clients_;
  std::vector<Fd> servers_;
};

using Numbers = std::vector<std::size_t>;

TEST_F(House, NobodyHasToGoWhileThereIsRoom) {
  for (std::size_t i = 0; i < kRoom; ++i) come("a");
  EXPECT_EQ(gone(), Numbers{});
  connections_.remove(places_[7]);
  come("a");
  EXPECT_EQ(gone(), Numbers{});
  EXPECT_EQ(connections_.displaced(), 0u);
}

TEST_F(House, TheOneThatHasStoodStillLongestHasToGo) {
  for (std::size_t i = 0; i < kRoom; ++i) come("a");
  connections_.moved_on(places_[0]);
  come("a");
  EXPECT_EQ(gone(), Numbers{1});
  come("a");
  EXPECT_EQ(gone(), (Numbers{1, 2})) << "one a newcomer";
  EXPECT_EQ(connections_.displaced(), 2u);
}

TEST_F(House, ItIsOfTheClientThatHoldsTheMost) {
  come("a scraper");
  for (int i = 0; i < 17; ++i) come("b");
  for (int i = 0; i < 22; ++i) come("c");
  come("d");
  EXPECT_EQ(gone(), Numbers{18}) << "the first of c";
  for (int i = 0; i < 5; ++i) come("e");
  EXPECT_FALSE(has_gone(0)) << "though it has stood still longest";
}

TEST_F(House, AmongClientsThatHoldFewOnlyStandingStillCounts) {
  come("a");
  for (int i = 0; i < 16; ++i) come("b");
  for (int i = 0; i < 16; ++i) come("c");
  for (int i = 0; i < 7; ++i) come("d");
  come("e");
  EXPECT_EQ(gone(), Numbers{0});
}

TEST_F(House, WhoWaitsForUsStaysUntilItHasMovedOn) {
  for (std::size_t i = 0; i < kRoom; ++i) come("a");
  connections_.put_aside(places_[0]);
  connections_.put_aside(places_[1]);
  connections_.moved_on(places_[1]);
  come("a");
  EXPECT_EQ(gone(), Numbers{2});
  for (std::size_t i = 0; i < kRoom - 1; ++i) come("a");
  EXPECT_TRUE(has_gone(1));
  EXPECT_FALSE(has_gone(0));
}

TEST_F(House, WhoIsToldToGoIsToldOnceAndCountsNoMore) {
  for (std::size_t i = 0; i < kRoom; ++i) come("a");
  come("a");
  connections_.moved_on(places_[0]);  // its request came in the meantime
  connections_.remove(places_[0]);
  connections_.remove(places_[1]);
  come("a");
  EXPECT_EQ(gone(), Numbers{0}) << "there was room";
}

std::string ipv6(const char* text) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  EXPECT_EQ(::inet_pton(AF_INET6, text, &address.sin6_addr), 1);
  return client_of(reinterpret_cast<const sockaddr*>(&address));
}

std::string ipv4(const char* text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  EXPECT_EQ(::inet_pton(AF_INET, text, &address.sin_addr), 1);
  return client_of(reinterpret_cast<const sockaddr*>(&address));
}

TEST(Client, OfIpv6IsTheNetworkAndOfIpv4TheAddress) {
  EXPECT_EQ(ipv6("2001:db8:1:2::1"), ipv6("2001:db8:1:2:ffff::9"));
  EXPECT_NE(ipv6("2001:db8:1:2::1"), ipv6("2001:db8:1:3::1"));
  EXPECT_NE(ipv4("192.0.2.1"), ipv4("192.0.2.2"));
  EXPECT_EQ(ipv6("::ffff:192.0.2.1"), ipv4("192.0.2.1")) << "on a socket for both";
  EXPECT_NE(ipv6("::ffff:192.0.2.1"), ipv6("::ffff:192.0.2.2"));
}

}  // namespace
}  // namespace mxray
