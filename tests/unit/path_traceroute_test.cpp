// SPDX-License-Identifier: Apache-2.0
// Is every traceroute that people paste read, and none misread?
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format_samples.h"
#include "path/placement.h"
#include "path/traceroute.h"

namespace mxray {
namespace {

using testing::AllOf;
using testing::HasSubstr;

core::address address(const char* text) { return *parse_address(text); }

Path read(const std::string& text, const char* server = nullptr) {
  const auto fallback = server ? parse_address(server) : std::nullopt;
  Result<Path> path = read_traceroute(text, fallback);
  if (!path) {
    ADD_FAILURE() << path.error().message;
    return {};
  }
  return *std::move(path);
}

std::string error_of(const std::string& text, const char* server = "192.0.2.25") {
  const Result<Path> path = read_traceroute(text, parse_address(server));
  return path ? "read without an error" : path.error().message;
}

// `1 192.0.2.1 0.5, 2 silent, 3 192.0.2.3 192.0.2.4 7`
std::string told(const Path& path) {
  std::string out;
  for (const Hop& hop : path.hops) {
    out += (out.empty() ? "" : ", ") + std::to_string(hop.distance);
    if (hop.addresses.empty()) out += " silent";
    for (const core::address& each : hop.addresses) out += " " + to_string(each);
    if (hop.rtt_ms) out += fmt::format(" {}", *hop.rtt_ms);
  }
  return out;
}

// As it stands in a report of 2006, FreeBSD's, with the reporter's remarks.
constexpr const char* kReported = R"(gw2# traceroute -n 203.131.198.80
traceroute to 203.131.198.80 (203.131.198.80), 64 hops max, 40 byte packets
1 210.83.214.161 0.722 ms 0.699 ms 0.612 ms
2 210.83.193.49 0.595 ms 0.486 ms 0.615 ms
3 210.52.131.6 16.979 ms 16.978 ms 16.975 ms
4 210.52.130.10 46.711 ms 45.836 ms 45.838 ms
5 210.52.132.230 50.208 ms 49.957 ms 50.085 ms
6 210.53.126.2 50.083 ms 49.955 ms 50.334 ms
7 202.147.16.125 50.583 ms 50.207 ms 50.587 ms <——可能发送错误信息的IP
8 202.147.16.205 51.204 ms 50.081 ms 50.209 ms
9 202.147.16.214 103.055 ms 103.050 ms 103.179 ms
10 202.147.0.206 99.803 ms 99.677 ms 99.806 ms
11 203.192.131.250 103.802 ms 103.549 ms 103.430 ms
12 203.174.64.13 99.804 ms 100.053 ms 100.681 ms
13 203.174.64.146 100.056 ms 100.799 ms 102.075 ms
14 203.174.64.214 101.012 ms 99.676 ms 100.179 ms
15 203.131.198.80 100.805 ms 99.926 ms 99.929 ms <——真实服务器的IP
gw2#
使用 http://www.linkwan.com/gb/broadmeter/VisitorInfo/QureyIP.asp 的IP地址查询
)";

TEST(Traceroute, AReportWithPromptsAndRemarksPlacesItsForger) {
  const Path path = read(kReported);
  EXPECT_EQ(told(path), told(samples::path()));
  EXPECT_EQ(path.server.address, address("203.131.198.80"));
  EXPECT_EQ(path.server.port, 0);
  EXPECT_EQ(path.time_ns, 0U);
  EXPECT_EQ(path.server_distance, 15);
  EXPECT_EQ(path.hops[6].probes, 3);
  EXPECT_EQ(path.hops[6].answers, 3);
  EXPECT_EQ(place_name(place({.server_hops = 15, .forger_hops = 7, .delay_ms = 54.053}, path)),
            "behind hop 6 (210.53.126.2), before hop 7");
}

TEST(Traceroute, OfLinuxWithNames) {
  const Path path = read(
      "traceroute to mail.example.net (198.51.100.25), 30 hops max, 60 byte packets\r\n"
      " 1  _gateway (192.0.2.1)  0.512 ms  0.490 ms  0.601 ms\r\n"
      " 2  * * *\r\n"
      " 3  a.example.net (192.0.2.3)  7.250 ms b.example.net (192.0.2.4)  7.111 ms  7.000 ms\r\n"
      " 4  198.51.100.4 (198.51.100.4) [AS64500]  9.5 ms !X * <MPLS:L=1,E=0,S=1,T=1> 9.25 ms !H\r\n"
      " 5  mail.example.net (198.51.100.25)  12.5 ms !10  12.25 ms  12.75 ms\r\n");
  EXPECT_EQ(told(path),
            "1 192.0.2.1 0.49, 2 silent, 3 192.0.2.4 192.0.2.3 7, 4 198.51.100.4 9.25, "
            "5 198.51.100.25 12.25");
  EXPECT_EQ(path.server_distance, 5);
  EXPECT_EQ(path.hops[1].probes, 3);
  EXPECT_EQ(path.hops[1].answers, 0);
  EXPECT_EQ(path.hops[3].probes, 3);
  EXPECT_EQ(path.hops[3].answers, 2);
}

TEST(Traceroute, OfLinuxWithSeveralAddressesInALine) {
  const Path path = read(
      "traceroute to 198.51.100.25 (198.51.100.25), 30 hops max\n"
      " 1  192.0.2.1  0.5 ms 192.0.2.2  0.7 ms 192.0.2.1  0.6 ms\n"
      " 2  192.0.2.3  5ms  *  6ms\n");
  EXPECT_EQ(told(path), "1 192.0.2.1 192.0.2.2 0.5, 2 192.0.2.3 5");
  EXPECT_FALSE(path.server_distance);
}

TEST(Traceroute, OfABsdThatGoesOnInTheNextLine) {
  const Path path = read(
      "traceroute6 to mail.example.net (2001:db8::25) from 2001:db8::2, 64 hops max\n"
      " 1  2001:db8::1  0.5 ms  0.6 ms  0.7 ms\n"
      " 2  r1 (2001:db8:1::1)  5.5 ms\n"
      "    r2 (2001:db8:1::2)  5.25 ms  5.75 ms\n"
      " 3  fe80::3%em0  6.5 ms * *\n"
      " 4  2001:db8::25  9.5 ms  9.5 ms  9.5 ms\n");
  EXPECT_EQ(told(path),
            "1 2001:db8::1 0.5, 2 2001:db8:1::1 2001:db8:1::2 5.25, 3 fe80::3 6.5, "
            "4 2001:db8::25 9.5");
  EXPECT_EQ(path.server_distance, 4);
  EXPECT_EQ(path.hops[1].answers, 3);
}

TEST(Traceroute, OfWindows) {
  const Path path = read(
      "\r\nC:\\>tracert mail.example.net\r\n\r\n"
      "Tracing route to mail.example.net [198.51.100.25]\r\nover a maximum of 30 hops:\r\n\r\n"
      "  1    <1 ms     1 ms     2 ms  192.0.2.1 \r\n"
      "  2     *        *        *     Request timed out.\r\n"
      "  3    12 ms     *       11 ms  core.example.net [192.0.2.3] \r\n"
      "  4  192.0.2.4  reports: Destination host unreachable.\r\n"
      "\r\nTrace complete.\r\n");
  EXPECT_EQ(told(path), "1 192.0.2.1 0.5, 2 silent, 3 192.0.2.3 11, 4 192.0.2.4");
  EXPECT_EQ(path.server.address, address("198.51.100.25"));
}

TEST(Traceroute, OfMtr) {
  const Path path = read(
      "Start: 2026-09-26T14:44:53+0800\n"
      "HOST: gw2                         Loss%   Snt   Last   Avg  Best  Wrst StDev\n"
      "  1.|-- 192.0.2.1                  0.0%    10    0.7   0.6   0.5   0.8   0.1\n"
      "  2.|-- ???                       100.0    10    0.0   0.0   0.0   0.0   0.0\n"
      "  3.|-- core.example (192.0.2.3)  20.0%    10    7.7   7.6   7.5   7.8   0.1\n"
      "  4.|-- 198.51.100.25              0.0%    10    9.7   9.6   9.5   9.8   0.1\n",
      "198.51.100.25");
  EXPECT_EQ(told(path), "1 192.0.2.1 0.5, 2 silent, 3 192.0.2.3 7.5, 4 198.51.100.25 9.5");
  EXPECT_EQ(path.server_distance, 4);
  EXPECT_EQ(path.hops[2].probes, 10);
  EXPECT_EQ(path.hops[2].answers, 8);
}

TEST(Traceroute, OfMxrayTrace) {
  const Path path = read(
      "route to 198.51.100.25:587 (mail.example.net) from 192.0.2.9, at most 30 hops, 3 probes "
      "each\n"
      " 1  192.0.2.1          0.52 ms  3/3\n"
      " 2  *\n"
      " 3  192.0.2.3, 192.0.2.4     50.0 ms  2/3\n"
      " 4 to 5: no answer\n"
      "server 198.51.100.25:587 was not reached: the last that answered is 192.0.2.3 at hop 3\n");
  EXPECT_EQ(told(path), "1 192.0.2.1 0.52, 2 silent, 3 192.0.2.3 192.0.2.4 50");
  EXPECT_EQ(to_string(path.server), "198.51.100.25:587");
  EXPECT_EQ(path.hops[2].probes, 3);
  EXPECT_EQ(path.hops[2].answers, 2);
}

TEST(Traceroute, WithoutAHeaderLeadsWhereTheCallerSays) {
  const std::string hops = " 1  192.0.2.1  0.5 ms\n 2  192.0.2.25  1.5 ms\n";
  EXPECT_EQ(read(hops, "192.0.2.25").server_distance, 2);
  const Result<Path> nowhere = read_traceroute(hops);
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("does not say where it leads"));
}

TEST(Traceroute, KeepsThePlaceOfHopsThatWereCutOut) {
  EXPECT_EQ(told(read(" 2  192.0.2.2  1 ms\n 5  192.0.2.5  5 ms\n", "192.0.2.25")),
            "1 silent, 2 192.0.2.2 1, 3 silent, 4 silent, 5 192.0.2.5 5");
}

TEST(Traceroute, NamesTheLineThatCannotBeUnderstood) {
  EXPECT_THAT(error_of("text\n 1  192.0.2.1  1 ms\n 2  core.example.net  1 ms\n"),
              AllOf(HasSubstr("line 3: hop 2"), HasSubstr("core.example.net"), HasSubstr("-n")));
  EXPECT_THAT(error_of(" 1  192.0.2.999  1 ms\n"), HasSubstr("line 1: hop 1"));
  EXPECT_THAT(error_of("  1.|-- core  0.0%  10  0.7  0.6  0.5  0.8  0.1\n"), HasSubstr("line 1"));
  EXPECT_THAT(error_of(" 1  192.0.2.1  1 ms\n 1  192.0.2.2  1 ms\n"),
              HasSubstr("line 2: hop 1 comes after hop 1"));
  EXPECT_THAT(error_of(" 256  192.0.2.1  1 ms\n"), HasSubstr("line 1: there is no hop 256"));
  EXPECT_THAT(error_of(" 0  192.0.2.1  1 ms\n"), HasSubstr("line 1: there is no hop 0"));
  EXPECT_THAT(error_of(" 99999999999999999999  192.0.2.1  1 ms\n"), HasSubstr("line 1"));
  EXPECT_THAT(error_of(std::string(kReported) + kReported), HasSubstr("one traceroute"));
}

TEST(Traceroute, OfNoHopIsNone) {
  for (const std::string text : {"", "\n\n\n", "connection refused\n", "2006 was a year\n",
                                 "50 ms 51 ms 52 ms\n", "1. Do this\n2. Do that\n"}) {
    EXPECT_THAT(error_of(text), HasSubstr("there is no hop")) << text;
  }
}

TEST(Traceroute, OfHostileTextEndsInPlainSentences) {
  EXPECT_THAT(error_of(std::string(65'537, ' ')), HasSubstr("65536"));
  EXPECT_EQ(error_of(" 1  \x1b[2J\xff\x80 5 ms\n").find('\x1b'), std::string::npos);
  EXPECT_THAT(error_of(std::string(65'536, '1')), HasSubstr("no hop"));
  EXPECT_THAT(error_of(" 1 " + std::string(60'000, '<')), HasSubstr("no hop"));
  EXPECT_THAT(error_of(" 1 " + std::string(60'000, '[') + " 5 ms"), HasSubstr("line 1"));
  for (const char* time : {"nan", "inf", "-1", "1e300", "1e-999999", "0x10"}) {
    const Result<Path> path =
        read_traceroute(fmt::format(" 1  192.0.2.1  {} ms\n", time), address("192.0.2.25"));
    ASSERT_TRUE(path) << time;
    EXPECT_FALSE(path->hops[0].rtt_ms) << time;
  }
  std::string many = " 1 ";
  for (int i = 0; i < 3000; ++i) many += fmt::format(" 10.0.{}.{} 1 ms", i / 200, i % 200);
  EXPECT_EQ(read(many, "192.0.2.25").hops[0].addresses.size(), 64U);
}

// Each prefix and each single broken byte of a good text: no crash, no endless loop.
TEST(Traceroute, SurvivesEveryCutAndEveryFlippedByte) {
  const std::string text = kReported;
  for (std::size_t i = 0; i < text.size(); ++i) {
    (void)read_traceroute(text.substr(0, i), address("203.131.198.80"));
    std::string broken = text;
    broken[i] = static_cast<char>(~broken[i]);
    (void)read_traceroute(broken, address("203.131.198.80"));
  }
}

}  // namespace
}  // namespace mxray
