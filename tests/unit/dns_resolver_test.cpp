// SPDX-License-Identifier: Apache-2.0
// Is a resolver that is silent, refuses or fails told from one that answers?
#include "dns/resolver.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <functional>
#include <thread>

#include "base/fd.h"
#include "dns_packet.h"

namespace mxray::dns {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kName = "mail.example.org";

// A DNS server on loopback that answers each UDP question with `reply`, whose id
// it sets; silent without one.
class FakeServer {
 public:
  explicit FakeServer(std::optional<DnsPacket> reply) : reply_(std::move(reply)) {
    socket_ = Fd(socket(AF_INET, SOCK_DGRAM, 0));
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    auto* const address = reinterpret_cast<sockaddr*>(&where);
    if (bind(socket_.get(), address, size) != 0) ADD_FAILURE() << "no UDP port on loopback";
    getsockname(socket_.get(), address, &size);
    endpoint_ = {parse_address("127.0.0.1").value(), ntohs(where.sin_port)};
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeServer() {
    stop_ = true;
    thread_.join();
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] int questions() const { return questions_; }

 private:
  void serve() {
    while (!stop_) {
      pollfd wait{.fd = socket_.get(), .events = POLLIN, .revents = 0};
      if (poll(&wait, 1, 10) <= 0) continue;
      std::array<std::uint8_t, 512> question{};
      sockaddr_in from{};
      socklen_t size = sizeof from;
      auto* const address = reinterpret_cast<sockaddr*>(&from);
      if (recvfrom(socket_.get(), question.data(), question.size(), 0, address, &size) < 12)
        continue;
      ++questions_;
      if (!reply_) continue;
      const auto& bytes = reply_->id(question[0] << 8 | question[1]).bytes();
      sendto(socket_.get(), bytes.data(), bytes.size(), 0, address, size);
    }
  }

  std::optional<DnsPacket> reply_;
  Fd socket_;
  Endpoint endpoint_;
  std::atomic<int> questions_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

DnsPacket found() { return DnsPacket(kName, 1).record(kName, 1, {192, 0, 2, 1}); }
DnsPacket coded(int code) { return DnsPacket(kName, 1).code(code); }

Resolver resolver_of(const std::vector<Endpoint>& servers) {
  ResolverSettings settings;
  settings.servers = servers;
  settings.timeout = std::chrono::milliseconds(100);
  auto resolver = Resolver::open(settings);
  if (!resolver) throw std::runtime_error(resolver.error().message);
  return *std::move(resolver);
}

Answer asked(const std::vector<Endpoint>& servers) {
  return resolver_of(servers).ask(kName, RecordType::kA);
}

TEST(Resolver, GivesWhatTheServerAnswers) {
  const FakeServer server(found());
  const Answer answer = asked({server.endpoint()});
  EXPECT_EQ(answer.outcome, Outcome::kRecords);
  EXPECT_THAT(answer.addresses, ElementsAre(parse_address("192.0.2.1").value()));
}

TEST(Resolver, TellsEveryKindOfSilenceFromNoSuchName) {
  const FakeServer no_name(coded(3));
  const FakeServer failing(coded(2));
  const FakeServer refusing(coded(5));
  const FakeServer silent(std::nullopt);
  EXPECT_EQ(asked({no_name.endpoint()}).outcome, Outcome::kNoSuchName);
  EXPECT_EQ(asked({failing.endpoint()}).outcome, Outcome::kServerFailure);
  EXPECT_EQ(asked({refusing.endpoint()}).outcome, Outcome::kRefused);
  const Answer answer = asked({silent.endpoint()});
  EXPECT_EQ(answer.outcome, Outcome::kTimeout);
  EXPECT_EQ(answer.failure, to_string(silent.endpoint()) + " did not answer within 0.1 s");
  EXPECT_EQ(silent.questions(), 2);
}

TEST(Resolver, SaysThatNothingListens) {
  Endpoint closed;
  {
    const FakeServer gone(std::nullopt);
    closed = gone.endpoint();
  }
  const Answer answer = asked({closed});
  EXPECT_EQ(answer.outcome, Outcome::kUnreachable);
  EXPECT_THAT(answer.failure, HasSubstr(to_string(closed)));
}

TEST(Resolver, AsksTheNextWhereOneFails) {
  const FakeServer failing(coded(2));
  const FakeServer refusing(coded(5));
  const FakeServer silent(std::nullopt);
  const FakeServer good(found());
  EXPECT_EQ(
      asked({failing.endpoint(), refusing.endpoint(), silent.endpoint(), good.endpoint()}).outcome,
      Outcome::kRecords);
  EXPECT_EQ(failing.questions(), 1);
}

TEST(Resolver, NoSuchNameIsAnAnswerAndEndsTheSearch) {
  const FakeServer no_name(coded(3));
  const FakeServer good(found());
  EXPECT_EQ(asked({no_name.endpoint(), good.endpoint()}).outcome, Outcome::kNoSuchName);
  EXPECT_EQ(good.questions(), 0);
}

TEST(Resolver, OfSeveralFailuresTellsTheOneThatSaysMost) {
  const FakeServer silent(std::nullopt);
  const FakeServer refusing(coded(5));
  EXPECT_EQ(asked({silent.endpoint(), refusing.endpoint()}).outcome, Outcome::kRefused);
  EXPECT_EQ(asked({refusing.endpoint(), silent.endpoint()}).outcome, Outcome::kRefused);
}

TEST(Resolver, GivesUpAServerThatNeverAnswers) {
  const FakeServer silent(std::nullopt);
  Resolver resolver = resolver_of({silent.endpoint()});
  for (const char* name : {"a.example", "b.example", "c.example"}) {
    EXPECT_EQ(resolver.ask(name, RecordType::kA).outcome, Outcome::kTimeout);
  }
  EXPECT_EQ(silent.questions(), 2);
}

TEST(Resolver, AsksEachQuestionOnce) {
  const FakeServer server(found());
  Resolver resolver = resolver_of({server.endpoint()});
  for (const char* name : {"mail.example.org", "MAIL.example.org."}) {
    EXPECT_EQ(resolver.ask(name, RecordType::kA).outcome, Outcome::kRecords);
  }
  EXPECT_EQ(server.questions(), 1);
}

TEST(Resolver, StopsAtTheDeadline) {
  const FakeServer server(found());
  ResolverSettings settings;
  settings.servers = {server.endpoint()};
  settings.deadline = std::chrono::milliseconds(0);
  auto resolver = Resolver::open(settings);
  ASSERT_TRUE(resolver);
  const Answer answer = resolver->ask(kName, RecordType::kA);
  EXPECT_EQ(answer.outcome, Outcome::kTimeout);
  EXPECT_THAT(answer.failure, HasSubstr("had passed"));
  EXPECT_EQ(server.questions(), 0);
}

TEST(Resolver, NameThatCannotBeAskedForIsNoMissingRecord) {
  const FakeServer server(found());
  Resolver resolver = resolver_of({server.endpoint()});
  for (const std::string& name :
       {std::string(), std::string(300, 'a'), std::string(64, 'a') + ".example"}) {
    EXPECT_EQ(resolver.ask(name, RecordType::kA).outcome, Outcome::kMalformed) << name;
  }
}

}  // namespace
}  // namespace mxray::dns
