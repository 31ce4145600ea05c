// SPDX-License-Identifier: Apache-2.0
// Does a trace read well, and is its server understood as the user meant it?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/server_argument.h"
#include "cli/trace_text.h"

namespace mxray::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

core::address address(const char* text) { return parse_address(text).value(); }

trace::TraceResult reached() {
  trace::TraceResult result;
  result.path.server = {address("203.0.113.25"), 25};
  result.path.hops = {{.distance = 1,
                       .addresses = {address("192.0.2.1")},
                       .rtt_ms = 0.312,
                       .probes = 3,
                       .answers = 3},
                      {.distance = 2, .probes = 3},
                      {.distance = 3,
                       .addresses = {address("203.0.113.25")},
                       .rtt_ms = 100.84,
                       .probes = 3,
                       .answers = 2}};
  result.path.server_distance = 3;
  result.open = true;
  return result;
}

trace::TraceResult not_reached() {
  trace::TraceResult result = reached();
  result.path.hops.pop_back();
  result.path.server_distance.reset();
  result.open = false;
  return result;
}

TEST(TraceText, OfAHopIsDistanceAddressRoundTripAndCount) {
  const Path path = reached().path;
  EXPECT_EQ(hop_line(path.hops[0]), " 1  192.0.2.1          0.31 ms  3/3");
  EXPECT_EQ(hop_line(path.hops[1]), " 2  *");
  EXPECT_EQ(hop_line(path.hops[2]), " 3  203.0.113.25      100.8 ms  2/3");
}

TEST(TraceText, OfAForkNamesAllRouters) {
  Hop hop = reached().path.hops[0];
  hop.addresses.push_back(address("192.0.2.9"));
  EXPECT_THAT(hop_line(hop), HasSubstr("192.0.2.1, 192.0.2.9"));
}

TEST(TraceText, SaysWhereTheServerAnswers) {
  EXPECT_EQ(trace_verdict(reached()), "server 203.0.113.25:25 answers at hop 3, 100.8 ms");
  trace::TraceResult closed = reached();
  closed.open = false;
  EXPECT_EQ(trace_verdict(closed),
            "server 203.0.113.25:25 refuses the connection (RST) at hop 3, 100.8 ms");
}

TEST(TraceText, SaysHowFarItGot) {
  EXPECT_EQ(trace_verdict(not_reached()),
            "server 203.0.113.25:25 was not reached: the last that answered is 192.0.2.1 at hop 1");
  trace::TraceResult refused = not_reached();
  refused.obstacle = trace::Obstacle{1, address("192.0.2.1"), 13};
  EXPECT_EQ(trace_verdict(refused),
            "server 203.0.113.25:25 was not reached: 192.0.2.1 at hop 1 says: administratively "
            "prohibited");
  trace::TraceResult nothing = not_reached();
  nothing.path.hops.clear();
  EXPECT_EQ(trace_verdict(nothing),
            "server 203.0.113.25:25 was not reached: no router on the way answered");
}

TEST(TraceText, SpeaksOfAProxyOnlyIfTheWayGoesOn) {
  EXPECT_THAT(interception_note(reached()), IsEmpty());
  trace::TraceResult intercepted = reached();
  intercepted.interception = trace::Interception{443, 9};
  EXPECT_THAT(interception_note(intercepted),
              HasSubstr("port 25 is answered at hop 3, but the way to port 443 of the same address "
                        "goes on to hop 9: a transparent proxy"));
}

TEST(ServerArgument, IsHostAddressOrEitherWithAPort) {
  const struct {
    const char* text;
    const char* host;
    int port;
  } cases[] = {
      {"mail.example.net", "mail.example.net", 25},
      {"mail.example.net:587", "mail.example.net", 587},
      {"203.0.113.25", "203.0.113.25", 25},
      {"203.0.113.25:465", "203.0.113.25", 465},
      {"2001:db8::25", "2001:db8::25", 25},
      {"::1", "::1", 25},
      {"[2001:db8::25]", "2001:db8::25", 25},
      {"[2001:db8::25]:587", "2001:db8::25", 587},
  };
  for (const auto& one : cases) {
    const auto server = parse_server(one.text);
    ASSERT_TRUE(server) << one.text;
    EXPECT_EQ(server->host, one.host) << one.text;
    EXPECT_EQ(server->port, one.port) << one.text;
  }
}

TEST(ServerArgument, IsRefusedWithTheReason) {
  for (const char* text : {"", ":25", "[", "[]", "[2001:db8::25", "[2001:db8::25]587", "a b",
                           "user@example.net", "smtp://mail"}) {
    const auto server = parse_server(text);
    ASSERT_FALSE(server) << text;
    EXPECT_THAT(server.error().message, HasSubstr("is no server; give HOST")) << text;
  }
  for (const char* text : {"mail:0", "mail:65536", "mail:smtp", "mail:", "[::1]:-1"}) {
    const auto server = parse_server(text);
    ASSERT_FALSE(server) << text;
    EXPECT_THAT(server.error().message, HasSubstr("is no TCP port")) << text;
  }
}

TEST(ServerArgument, AddressesNeedNoLookUp) {
  for (const char* text : {"203.0.113.25", "2001:db8::25"}) {
    const auto found = resolve({text, 587});
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(found->endpoint, (Endpoint{address(text), 587}));
    EXPECT_FALSE(found->is_name);
  }
}

}  // namespace
}  // namespace mxray::cli
