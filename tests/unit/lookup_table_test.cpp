// SPDX-License-Identifier: Apache-2.0
// Which look-up of the DNS does a mail server wait for?
#include "analysis/lookup_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "question.h"
#include "support/lookup_trace.h"

namespace mxray::test {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr const char* kName = "10.2.0.192.in-addr.arpa";  // of 192.0.2.10
constexpr const char* kOtherName = "11.2.0.192.in-addr.arpa";

// That `host` has asked for the name of an address since `first_ns` and for five seconds.
core::record_lookup repeated(const char* host, const char* name, std::uint64_t first_ns) {
  constexpr std::size_t kHeader = 12;  // RFC 1035, 4.1.1
  const Bytes message = dns_message(DnsMessage::kQuestion, name, kPtr);
  std::array<core::u8, core::MAX_QUESTION> question{};
  std::copy(message.begin() + kHeader, message.end(), question.begin());
  core::record_lookup record{};
  record.header.flow.client = *parse_address(host);
  record.header.flow.server = *parse_address("203.0.113.53");
  record.header.time_ns = first_ns + 5 * kSecond;
  record.first_time_ns = first_ns;
  record.question = core::digest_of_question(question.data(), &record.question_type);
  record.queries = 2;
  record.event = core::LOOKUP_REPEATED;
  return record;
}

std::optional<Lookup> awaited_by(const LookupTable& table, const char* server) {
  return table.longest(*parse_address(server), *parse_address("192.0.2.10"), kSecond, 9 * kSecond);
}

TEST(LookupTable, PrefersTheNameOfTheClientToALongerLookup) {
  LookupTable table;
  table.update(repeated("10.0.0.25", kOtherName, kSecond));
  table.update(repeated("10.0.0.25", kName, 2 * kSecond));
  ASSERT_TRUE(awaited_by(table, "10.0.0.25"));
  EXPECT_EQ(awaited_by(table, "10.0.0.25")->first_ns, 2 * kSecond);
}

TEST(LookupTable, KnowsAServerThatAsksOverTheOtherFamilyByTheClientsName) {
  LookupTable table;
  table.update(repeated("2001:db8::25", kOtherName, kSecond));
  EXPECT_FALSE(awaited_by(table, "10.0.0.25"));
  table.update(repeated("2001:db8::25", kName, kSecond));
  EXPECT_TRUE(awaited_by(table, "10.0.0.25"));
}

TEST(LookupTable, TakesNoOtherHostOfTheSameFamilyForTheServer) {
  LookupTable table;
  table.update(repeated("10.0.0.26", kName, kSecond));
  EXPECT_FALSE(awaited_by(table, "10.0.0.25"));
}

}  // namespace
}  // namespace mxray::test
