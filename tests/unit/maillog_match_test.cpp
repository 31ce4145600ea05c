// SPDX-License-Identifier: Apache-2.0
// Which session was a failed delivery, and when is its reply called forged?
#include <gtest/gtest.h>

#include "maillog/match.h"

namespace mxray::maillog {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kReply = 1'159'281'893 * kSecond;

Endpoint at(const char* address, std::uint16_t port) { return {*parse_address(address), port}; }

FlowView session(std::uint16_t client_port = 60661) {
  FlowView flow;
  flow.protocol = core::PROTOCOL_SMTP;
  flow.state = FlowState::kClosed;
  flow.client = at("10.4.1.4", client_port);
  flow.server = at("203.131.198.80", 25);
  flow.opened_ns = kReply - kSecond;
  flow.closed_ns = kReply + kSecond;
  return flow;
}

FlowView refused(const char* text, std::uint16_t client_port = 60661, int code = 550) {
  FlowView flow = session(client_port);
  flow.refusals.push_back(
      {.time_ns = kReply, .code = code, .text = text, .command = "RCPT TO", .reason = "other"});
  return flow;
}

Incident forged(const char* text, int code, const char* genuine = "250 Ok",
                std::uint16_t client_port = 60661) {
  Incident incident;
  incident.id = "4d72c6f9b665";
  incident.kind = Kind::kForgedReply;
  incident.time_ns = kReply;
  incident.client = at("10.4.1.4", client_port);
  incident.server = at("203.131.198.80", 25);
  incident.summary = "forged reply";
  Forgery& forgery = incident.forgery.emplace();
  forgery.forged_text = text;
  forgery.forged_code = code;
  forgery.genuine_text = genuine;
  forgery.impersonated = "server";
  return incident;
}

FailedDelivery bounce(const char* text, int code = 550,
                      std::uint64_t time_ns = kReply + 2 * kSecond) {
  FailedDelivery delivery;
  delivery.format = LogFormat::kQmail;
  delivery.time_ns = time_ns;
  delivery.unit_ns = 1000;
  delivery.permanent = true;
  delivery.remote = parse_address("203.131.198.80");
  delivery.reply = {.code = code, .enhanced = {}, .text = text};
  return delivery;
}

class MatchOf : public testing::Test {
 protected:
  Match match(const FailedDelivery& delivery) {
    sessions_.settle();
    return sessions_.match(delivery);
  }
  Sessions sessions_;
};

TEST_F(MatchOf, TheForgedTextOfAnIncidentIsForged) {
  FlowView flow = refused("500 error", 60661, 500);
  flow.incidents = {"4d72c6f9b665"};
  sessions_.add(flow);
  sessions_.add(forged("500 error", 500));
  const Match found = match(bounce("error", 500));
  EXPECT_EQ(found.verdict, Verdict::kForged);
  ASSERT_NE(found.incident, nullptr);
  EXPECT_EQ(found.incident->id, "4d72c6f9b665");
  ASSERT_NE(found.session, nullptr);
  EXPECT_EQ(found.session->client.port, 60661);
  EXPECT_EQ(found.reply_ns, kReply);
  EXPECT_EQ(found.others, 0U);
  EXPECT_FALSE(found.reason);
}

TEST_F(MatchOf, AnIncidentThatCameAfterTheSessionsEndIsFoundByItsAddresses) {
  sessions_.add(session());  // names no incident
  sessions_.add(forged("500 error", 500));
  EXPECT_EQ(match(bounce("error", 500)).verdict, Verdict::kForged);
}

TEST_F(MatchOf, WithoutAnIncidentARefusalThatWasSeenIsGenuine) {
  sessions_.add(refused("550 no such user"));
  const Match found = match(bounce("no such user"));
  EXPECT_EQ(found.verdict, Verdict::kGenuine);
  EXPECT_EQ(found.incident, nullptr);
}

TEST_F(MatchOf, AnIncidentAboutAnotherReplyDoesNotMakeThisOneForged) {
  sessions_.add(refused("550 no such user"));
  sessions_.add(forged("500 error", 500));
  const Match found = match(bounce("no such user"));
  EXPECT_EQ(found.verdict, Verdict::kGenuine);
}

TEST_F(MatchOf, TheGenuineReplyOfAConflictIsGenuine) {
  sessions_.add(session());
  sessions_.add(forged("500 error", 500, "550 no such user"));
  const Match found = match(bounce("no such user"));
  EXPECT_EQ(found.verdict, Verdict::kGenuine);
  ASSERT_NE(found.incident, nullptr) << "it says which of the two this is";
}

TEST_F(MatchOf, AnIncidentOfAnotherSessionOfTheSameServerSaysNothing) {
  sessions_.add(refused("500 error", 60661, 500));
  sessions_.add(session(50000));
  sessions_.add(forged("500 error", 500, "250 Ok", 50000));
  FailedDelivery delivery = bounce("error", 500);
  delivery.own = at("10.4.1.4", 60661);
  const Match found = match(delivery);
  EXPECT_EQ(found.verdict, Verdict::kGenuine) << "the log's own port is that of the other session";
  EXPECT_EQ(found.others, 0U);
}

TEST_F(MatchOf, OtherSessionsThatFitAreCountedAndWhetherTheyDiffer) {
  sessions_.add(refused("500 error", 60661, 500));
  FlowView later = refused("500 error", 50000, 500);
  later.refusals[0].time_ns += kSecond;
  sessions_.add(later);
  sessions_.add(forged("500 error", 500, "250 Ok", 60661));
  const Match found = match(bounce("error", 500));
  EXPECT_EQ(found.session->client.port, 50000) << "the nearer one";
  EXPECT_EQ(found.verdict, Verdict::kGenuine);
  EXPECT_EQ(found.others, 1U);
  EXPECT_EQ(found.others_differ, 1U);
}

TEST_F(MatchOf, TheSendersDomainDecidesBetweenTwo) {
  FlowView ours = refused("550 no", 1);
  ours.sender_domain = "example.org";
  FlowView nearer = refused("550 no", 2);
  nearer.sender_domain = "example.net";
  nearer.refusals[0].time_ns += kSecond;
  sessions_.add(ours);
  sessions_.add(nearer);
  FailedDelivery delivery = bounce("no");
  delivery.sender_domain = "example.org";
  const Match found = match(delivery);
  EXPECT_EQ(found.session->client.port, 1);
  EXPECT_EQ(found.others, 0U);
}

TEST_F(MatchOf, AForgedReplyInTheClientsNameIsNotTheServersReply) {
  Incident incident = forged("500 error", 500);
  incident.forgery->impersonated = "client";
  sessions_.add(session());
  sessions_.add(incident);
  EXPECT_EQ(match(bounce("error", 500)).reason, NotSeen::kOtherReply);
}

TEST_F(MatchOf, TheLogMayBeLateButNotEarlierThanTheClocksDiffer) {
  sessions_.add(refused("550 no"));
  const auto verdict_at = [&](std::int64_t seconds) {
    return match(bounce("no", 550, kReply + static_cast<std::uint64_t>(seconds) * kSecond)).verdict;
  };
  EXPECT_EQ(verdict_at(0), Verdict::kGenuine);
  EXPECT_EQ(verdict_at(300), Verdict::kGenuine);
  EXPECT_EQ(verdict_at(306), Verdict::kNotSeen);
  EXPECT_EQ(verdict_at(-4), Verdict::kGenuine);
  EXPECT_EQ(verdict_at(-7), Verdict::kNotSeen);
}

TEST_F(MatchOf, SaysWhyNothingWasSeen) {
  sessions_.set_watched({.since_ns = kReply - 3600 * kSecond, .until_ns = kReply + 3600 * kSecond});
  FailedDelivery blotted = bounce("no");
  blotted.remote.reset();
  EXPECT_EQ(match(blotted).reason, NotSeen::kNoAddress);
  EXPECT_EQ(match(bounce("no")).reason, NotSeen::kNoSession);
  EXPECT_EQ(match(bounce("no", 550, kReply - 7200 * kSecond)).reason, NotSeen::kNotWatched);
  EXPECT_EQ(match(bounce("no", 550, kReply + 7200 * kSecond)).reason, NotSeen::kNotWatched);
  sessions_.add(session());
  EXPECT_EQ(match(bounce("no")).reason, NotSeen::kOtherReply);
  FailedDelivery lost = bounce("lost connection");
  lost.failure = Failure::kConnectionLost;
  EXPECT_EQ(match(lost).reason, NotSeen::kNoReply);
}

TEST_F(MatchOf, AnEncryptedSessionIsNotTakenForOneWithoutTheReply) {
  FlowView encrypted = session();
  encrypted.state = FlowState::kEncrypted;
  encrypted.closed_ns = 0;
  sessions_.add(encrypted);
  const Match found = match(bounce("no"));
  EXPECT_EQ(found.reason, NotSeen::kEncrypted);
  ASSERT_NE(found.session, nullptr);
}

TEST_F(MatchOf, AForgedResetExplainsALostConnection) {
  Incident reset = forged("", 0);
  reset.kind = Kind::kForgedReset;
  sessions_.add(session());
  sessions_.add(reset);
  FailedDelivery lost = bounce("Connected to 203.131.198.80 but connection died");
  lost.failure = Failure::kConnectionLost;
  EXPECT_EQ(match(lost).verdict, Verdict::kForged);
  EXPECT_EQ(match(bounce("no")).verdict, Verdict::kNotSeen) << "a reply is not explained by it";
}

// The forger cut the connection first: what he also said is evidence of the reset.
TEST_F(MatchOf, AForgedReplyThatIsToldWithAForgedResetIsForged) {
  Incident reset = forged("", 0);
  reset.kind = Kind::kForgedReset;
  reset.evidence = {{"reset_ttl", "57", "49", 1},
                    {"forged_reply", "\"552 you must authentication\"", "nothing", 0}};
  sessions_.add(refused("552 you must authentication", 60661, 552));
  sessions_.add(reset);
  EXPECT_EQ(match(bounce("you must authentication", 552)).verdict, Verdict::kForged);
  EXPECT_NE(match(bounce("mailbox full", 550)).verdict, Verdict::kForged);
}

TEST_F(MatchOf, AReplyAtAnotherTimePointsToAWrongClock) {
  sessions_.add(refused("550 no such user"));
  const Match found = match(bounce("no such user", 550, kReply - 8 * 3600 * kSecond));
  EXPECT_EQ(found.verdict, Verdict::kNotSeen);
  ASSERT_TRUE(found.elsewhere_ns);
  EXPECT_EQ(*found.elsewhere_ns, 8 * 3600 * static_cast<std::int64_t>(kSecond));
  EXPECT_EQ(found.session, nullptr);
}

TEST_F(MatchOf, IncomingMailIsFoundByItsClient) {
  FlowView flow = refused("550 5.2.1 too many");
  flow.client = at("69.46.103.200", 49760);
  flow.server = at("192.168.0.222", 25);
  sessions_.add(flow);
  FailedDelivery delivery = bounce("too many");
  delivery.direction = Direction::kIncoming;
  delivery.remote = parse_address("69.46.103.200");
  delivery.remote_port = 49760;
  EXPECT_EQ(match(delivery).verdict, Verdict::kGenuine);
  delivery.remote_port = 49761;
  EXPECT_EQ(match(delivery).reason, NotSeen::kNoSession);
  delivery.remote_port = 49760;
  delivery.direction = Direction::kOutgoing;
  EXPECT_EQ(match(delivery).reason, NotSeen::kNoSession) << "it is no server of ours";
}

TEST_F(MatchOf, AServerIsFoundByTheAddressTheClientAskedFor) {
  FlowView flow = refused("550 no");
  flow.published_server = at("110.88.12.88", 25);
  sessions_.add(flow);
  FailedDelivery delivery = bounce("no");
  delivery.remote = parse_address("110.88.12.88");
  EXPECT_EQ(match(delivery).verdict, Verdict::kGenuine);
}

TEST_F(MatchOf, ABusyServersSessionsAreNotAllLookedThrough) {
  for (std::uint16_t i = 0; i < 5'000; ++i) {
    FlowView flow = refused("550 no such user here today", i);
    const std::uint64_t later = i * 10 * kSecond;
    flow.opened_ns += later;
    flow.closed_ns += later;
    flow.refusals[0].time_ns += later;
    sessions_.add(flow);
  }
  sessions_.settle();
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    const Match found = sessions_.match(
        bounce("no such user here today", 550, kReply + i * 10 * kSecond + kSecond / 10));
    ASSERT_EQ(found.session->client.port, i);
    ASSERT_LE(found.others, 31U);
  }
}

TEST_F(MatchOf, OfALaterRefusalTheSessionKeepsTheCode) {
  FlowView flow = refused("550 no such user");
  flow.last_reply_code = 552;
  sessions_.add(flow);
  const Match found = match(bounce("over quota", 552));
  EXPECT_EQ(found.verdict, Verdict::kGenuine);
  EXPECT_EQ(found.reply_ns, 0U) << "when it came is not known";
  EXPECT_EQ(match(bounce("over quota", 553)).reason, NotSeen::kOtherReply);
}

TEST_F(MatchOf, ALogWithoutTheReplyTakesTheClassOfTheOnlyRefusal) {
  sessions_.add(refused("550 5.1.1 User unknown"));
  FailedDelivery delivery = bounce("");
  delivery.reply.code.reset();
  EXPECT_EQ(match(delivery).verdict, Verdict::kGenuine);
  delivery.permanent = false;
  EXPECT_EQ(match(delivery).reason, NotSeen::kOtherReply);
}

}  // namespace
}  // namespace mxray::maillog
