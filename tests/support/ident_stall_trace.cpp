// SPDX-License-Identifier: Apache-2.0
// Which packets made S1, the POP3 greeting that waited for ident?
//
// From the dumps: times, addresses, ports, sequence numbers, windows, DF, TCP
// options. Invented, for the dumps have none: the date, MAC addresses, TTLs, IP
// IDs, the 48 bytes of the greeting, and of the server's address the two octets
// that its owner masked (220.xxx.160.xxx is 220.160.160.160 here). The ident
// SYNs' options are cut off in the dump after the timestamp and end as Linux
// 2.4 ends them: NOP, window scale 0.
#include "support/traces.h"
#include "support/wrapping.h"

namespace mxray::test {
namespace {

constexpr std::uint64_t kDay = 1173830400ULL * 1'000'000'000ULL;  // 2007-03-14

constexpr MacAddress kPc = {0x00, 0x0d, 0x60, 0x11, 0x22, 0x33};
constexpr MacAddress kFirewallInside = {0x00, 0x10, 0xf3, 0x0a, 0x00, 0x02};
constexpr MacAddress kFirewallOutside = {0x00, 0x10, 0xf3, 0x0a, 0x00, 0x01};
constexpr MacAddress kUpstream = {0x00, 0xe0, 0xfc, 0x44, 0x55, 0x66};

constexpr char kServer[] = "220.160.160.160";
constexpr char kNatAddress[] = "218.104.68.171";
constexpr char kPcAddress[] = "192.168.1.200";
constexpr char kGreeting[] = "+OK POP3 mail.example.cn v2001.78 server ready\r\n";

constexpr std::uint16_t kPop3 = 110;
constexpr std::uint16_t kIdent = 113;

/// One side of the firewall: who speaks there, and with which TTLs.
struct Side {
  const char* client;
  MacAddress client_mac;
  MacAddress server_mac;
  std::uint8_t client_ttl;
  std::uint8_t server_ttl;
};
constexpr Side kOuter = {kNatAddress, kFirewallOutside, kUpstream, 127, 50};
constexpr Side kInner = {kPcAddress, kPc, kFirewallInside, 128, 49};

/// The POP3 connection of one case: the same numbers on both sides.
struct Connection {
  std::uint16_t client_port;
  std::uint32_t client_isn;
  std::uint32_t server_isn;
};

class IdentStallTrace {
 public:
  IdentStallTrace(const Side& side, const Connection& connection, Wrapping wrapping)
      : side_(side), connection_(connection), wrapping_(wrapping) {}

  void syn(std::uint64_t time) {
    add(time, from_client(0)
                  .flags(kSyn)
                  .window(16384)
                  .ack(0)
                  .option_mss(1460)
                  .option_nop()
                  .option_nop()
                  .option_sack_permitted());
  }

  void syn_ack(std::uint64_t time) {
    add(time, from_server(0)
                  .ip_id(0)
                  .flags(kSyn | kAck)
                  .option_mss(1460)
                  .option_nop()
                  .option_nop()
                  .option_sack_permitted());
  }

  void client_ack(std::uint64_t time, std::uint32_t server_bytes, std::uint16_t window) {
    add(time,
        from_client(1).ack(connection_.server_isn + 1 + server_bytes).flags(kAck).window(window));
  }

  void greeting(std::uint64_t time) {
    add(time, from_server(1).flags(kPush | kAck).payload(kGreeting));
  }

  void ident_query(std::uint64_t time, std::uint16_t port, std::uint32_t isn,
                   std::uint32_t timestamp) {
    add(time, wrapped_packet(wrapping_, side_.server_mac, side_.client_mac)
                  .ipv4(kServer, side_.client)
                  .ttl(side_.server_ttl)
                  .ip_id(next_server_id())
                  .dont_fragment()
                  .tcp(port, kIdent)
                  .seq(isn)
                  .flags(kSyn)
                  .window(5840)
                  .option_mss(1460)
                  .option_sack_permitted()
                  .option_timestamps(timestamp, 0)
                  .option_nop()
                  .option_window_scale(0));
  }

  /// Sent by the firewall itself, hence a TTL of its own.
  void ident_reset(std::uint64_t time, std::uint16_t port, std::uint32_t isn) {
    add(time, wrapped_packet(wrapping_, side_.client_mac, side_.server_mac)
                  .ipv4(side_.client, kServer)
                  .ttl(64)
                  .ip_id(4711)
                  .tcp(kIdent, port)
                  .seq(0)
                  .ack(isn + 1)
                  .flags(kReset | kAck)
                  .window(8192));
  }

  std::vector<TimedPacket> packets() { return std::move(packets_); }

 private:
  /// `offset`: from the initial sequence number.
  Packet from_client(std::uint32_t offset) {
    return wrapped_packet(wrapping_, side_.client_mac, side_.server_mac)
        .ipv4(side_.client, kServer)
        .ttl(side_.client_ttl)
        .ip_id(client_id_++)
        .tcp(connection_.client_port, kPop3)
        .seq(connection_.client_isn + offset);
  }

  Packet from_server(std::uint32_t offset) {
    return wrapped_packet(wrapping_, side_.server_mac, side_.client_mac)
        .ipv4(kServer, side_.client)
        .ttl(side_.server_ttl)
        .ip_id(next_server_id())
        .dont_fragment()
        .tcp(kPop3, connection_.client_port)
        .seq(connection_.server_isn + offset)
        .ack(connection_.client_isn + 1)
        .window(5840);
  }

  std::uint16_t next_server_id() { return server_id_++; }

  /// `time`: microseconds since midnight.
  void add(std::uint64_t time, const Packet& packet) {
    packets_.push_back({kDay + time * 1000, packet.build()});
  }

  Side side_;
  Connection connection_;
  Wrapping wrapping_;
  std::uint16_t client_id_ = 2301;
  std::uint16_t server_id_ = 15872;
  std::vector<TimedPacket> packets_;
};

constexpr std::uint64_t time_of_day(std::uint64_t hour, std::uint64_t minute,
                                    std::uint64_t microseconds) {
  return (hour * 60 + minute) * 60'000'000 + microseconds;
}

constexpr std::uint64_t at_1305(std::uint64_t microseconds) {
  return time_of_day(13, 5, microseconds);
}

constexpr std::uint64_t at_1320(std::uint64_t microseconds) {
  return time_of_day(13, 20, microseconds);
}

std::vector<TimedPacket> dropped_outer(Wrapping wrapping) {
  IdentStallTrace trace(kOuter, {42390, 950786859, 211290961}, wrapping);
  trace.syn(at_1305(8'533'163));
  trace.syn_ack(at_1305(8'721'807));
  trace.client_ack(at_1305(8'722'475), 0, 17520);
  trace.syn_ack(at_1305(12'916'200));
  trace.client_ack(at_1305(12'916'763), 0, 17520);
  trace.ident_query(at_1305(13'107'977), 38107, 211996004, 309913215);
  trace.ident_query(at_1305(16'096'580), 38107, 211996004, 309913515);
  trace.ident_query(at_1305(22'087'058), 38107, 211996004, 309914115);
  trace.ident_query(at_1305(34'068'364), 38107, 211996004, 309915315);
  trace.greeting(at_1305(43'068'169));
  trace.client_ack(at_1305(43'256'913), 48, 17472);
  return trace.packets();
}

std::vector<TimedPacket> dropped_inner(Wrapping wrapping) {
  IdentStallTrace trace(kInner, {1523, 950786859, 211290961}, wrapping);
  trace.syn(at_1305(8'533'096));
  trace.syn_ack(at_1305(8'721'846));
  trace.client_ack(at_1305(8'722'447), 0, 17520);
  trace.syn_ack(at_1305(12'916'219));
  trace.client_ack(at_1305(12'916'742), 0, 17520);
  trace.greeting(at_1305(43'068'194));
  trace.client_ack(at_1305(43'256'898), 48, 17472);
  return trace.packets();
}

std::vector<TimedPacket> reset_outer(Wrapping wrapping) {
  IdentStallTrace trace(kOuter, {33246, 919068974, 1183749795}, wrapping);
  trace.syn(at_1320(31'130'290));
  trace.syn_ack(at_1320(31'316'394));
  trace.client_ack(at_1320(31'317'105), 0, 17520);
  trace.ident_query(at_1320(31'506'633), 38225, 1188523777, 310005056);
  trace.ident_reset(at_1320(31'509'404), 38225, 1188523777);
  trace.greeting(at_1320(31'718'650));
  trace.client_ack(at_1320(31'843'281), 48, 17472);
  return trace.packets();
}

std::vector<TimedPacket> reset_inner(Wrapping wrapping) {
  IdentStallTrace trace(kInner, {1643, 919068974, 1183749795}, wrapping);
  trace.syn(at_1320(31'130'219));
  trace.syn_ack(at_1320(31'316'430));
  trace.client_ack(at_1320(31'317'085), 0, 17520);
  trace.greeting(at_1320(31'718'667));
  trace.client_ack(at_1320(31'843'265), 48, 17472);
  return trace.packets();
}

}  // namespace

std::vector<TimedPacket> ident_stall_outer_trace(IdentCase ident, Wrapping wrapping) {
  return ident == IdentCase::kDropped ? dropped_outer(wrapping) : reset_outer(wrapping);
}

std::vector<TimedPacket> ident_stall_inner_trace(IdentCase ident, Wrapping wrapping) {
  return ident == IdentCase::kDropped ? dropped_inner(wrapping) : reset_inner(wrapping);
}

}  // namespace mxray::test
