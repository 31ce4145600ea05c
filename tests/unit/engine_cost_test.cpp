// SPDX-License-Identifier: Apache-2.0
// What does a packet ask of the kernel: how many look-ups, and the clock?
//
// The core with an environment of its own that counts. It has room for one connection
// and keeps no records. The scratch, the counters and the budget are not counted: in the
// kernel they are arrays of this CPU, which cost a few instructions.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <ostream>
#include <string>

#include "base/core_settings.h"
#include "base/port_table.h"
#include "environment.h"
#include "support/conversation.h"

namespace mxray::core {

struct environment {
  core_config config{};
  const u8* data = nullptr;
  const u8* end = nullptr;
  u64 now_ns = 0;
  struct scratch scratch {};
  attempt_budget budget{};
  std::optional<half_open> half_open_one;
  std::array<std::optional<side>, 2> sides;  // client's, server's
  std::array<std::optional<evidence>, 2> evidences;
  int look_ups = 0;
  int clocks = 0;  // how often it was read
};

static config_view* env_config(environment* env) { return &env->config; }
static u64 env_now(environment* env) {
  ++env->clocks;
  return env->now_ns;
}
static u32 env_interface(environment*) { return 1; }
static scratch* env_scratch(environment* env) { return &env->scratch; }
static attempt_budget* env_attempt_budget(environment* env) { return &env->budget; }
static void env_count(environment*, u32, u64) {}
static void env_observe(environment*, u32, u32, u64) {}

static u32 read_bytes(const environment* env, u32 offset, u32 available, u8* to, u32 limit) {
  u32 length = 0;
  for (; length < limit && length < available && env->data + offset + length < env->end; ++length)
    to[length] = env->data[offset + length];
  std::fill(to + length, to + limit, u8{0});
  return length;
}
static u32 env_read_64(environment* env, u32 offset, u32 available, u8* to) {
  return read_bytes(env, offset, available, to, 64);
}
static u32 env_read_128(environment* env, u32 offset, u32 available, u8* to) {
  return read_bytes(env, offset, available, to, 128);
}
static u32 env_read_256(environment* env, u32 offset, u32 available, u8* to) {
  return read_bytes(env, offset, available, to, 256);
}
static u32 env_read_512(environment* env, u32 offset, u32 available, u8* to) {
  return read_bytes(env, offset, available, to, 512);
}

template <typename Value>
static Value* find(environment* env, std::optional<Value>& one) {
  ++env->look_ups;
  return one ? &*one : nullptr;
}
template <typename Value>
static Value* put(environment* env, std::optional<Value>& one, const Value* value) {
  ++env->look_ups;
  return &one.emplace(*value);
}
static half_open* env_find_half_open(environment* env, const flow_key*) {
  return find(env, env->half_open_one);
}
static void env_put_half_open(environment* env, const flow_key*, const half_open* value) {
  put(env, env->half_open_one, value);
}
static int env_drop_half_open(environment* env, const flow_key*) {
  const bool was_there = find(env, env->half_open_one) != nullptr;
  env->half_open_one.reset();
  return was_there;
}
static side* env_find_side(environment* env, const flow_key*, int of_server) {
  return find(env, env->sides[of_server != 0]);
}
static side* env_put_side(environment* env, const flow_key*, int of_server, const side* value) {
  return put(env, env->sides[of_server != 0], value);
}
static evidence* env_find_evidence(environment* env, const flow_key*, int of_server) {
  return find(env, env->evidences[of_server != 0]);
}
static evidence* env_put_evidence(environment* env, const flow_key*, int of_server,
                                  const evidence* value) {
  return put(env, env->evidences[of_server != 0], value);
}

// Tables of what these tests do not send: always empty.
template <typename Value>
static Value* nothing(environment* env) {
  ++env->look_ups;
  return nullptr;
}
static u64* env_find_pair(environment* env, const host_pair*) { return nothing<u64>(env); }
static void env_put_pair(environment* env, const host_pair*) { nothing<u64>(env); }
static u64* env_find_mail_host(environment* env, const address*) { return nothing<u64>(env); }
static void env_put_mail_host(environment* env, const address*, u64) { nothing<u64>(env); }
static lookup* env_find_lookup(environment* env, const lookup_key*) { return nothing<lookup>(env); }
static void env_put_lookup(environment* env, const lookup_key*, const lookup*) {
  nothing<lookup>(env);
}
static void env_drop_lookup(environment* env, const lookup_key*) { nothing<lookup>(env); }
static ident_query* env_find_ident(environment* env, const flow_key*) {
  return nothing<ident_query>(env);
}
static ident_query* env_put_ident(environment* env, const flow_key*, const ident_query*) {
  return nothing<ident_query>(env);
}

static record_signal* env_reserve_signal(environment*) { return nullptr; }
static record_ident* env_reserve_ident(environment*) { return nullptr; }
static record_flow* env_reserve_flow(environment*) { return nullptr; }
static record_dialogue* env_reserve_dialogue(environment*) { return nullptr; }
static record_lookup* env_reserve_lookup(environment*) { return nullptr; }
static void env_submit(environment*, void*) {}

}  // namespace mxray::core

#include "pipeline.h"

namespace mxray::core {

static int env_handle_mail(environment* env, scratch* scratch) { return handle_mail(env, scratch); }
static int env_open_flow(environment* env, scratch* scratch) { return open_flow(env, scratch); }
static int env_handle_ident(environment* env, scratch* scratch) {
  return handle_ident(env, scratch);
}
static int env_handle_ident_unreachable(environment* env, scratch* scratch) {
  return handle_ident_unreachable(env, scratch);
}
static int env_handle_lookup(environment* env, scratch* scratch) {
  return handle_lookup(env, scratch);
}
static int env_emit_outcome(environment* env, scratch* scratch) {
  return emit_outcome(env, scratch);
}
static int env_parse_options(environment*, scratch* scratch) { return parse_options(scratch); }
static int env_copy_argument(environment*, scratch* scratch) { return copy_argument(scratch); }
static int env_compare_with_earlier(environment* env, scratch* scratch) {
  return compare_with_earlier(env, scratch);
}

}  // namespace mxray::core

namespace mxray::test {
namespace {

struct Cost {
  int look_ups;
  int clocks;
  bool operator==(const Cost&) const = default;
};
void PrintTo(const Cost& cost, std::ostream* to) {
  *to << cost.look_ups << " look-ups, the clock " << cost.clocks << " times";
}
constexpr Cost kNothing{0, 0};
constexpr Cost kOneLookUp{1, 0};
constexpr Cost kOneLookUpAndTheClock{1, 1};

/// Of the last packet, once all before it were seen.
Cost cost_of_last(const Conversation& session) {
  core::environment env;
  env.config = make_core_config(default_ports(), 5, 0x5ec2e7);
  for (const TimedPacket& timed : session.packets()) {
    env.data = timed.frame.data();
    env.end = env.data + timed.frame.size();
    env.now_ns = timed.time_ns;
    env.look_ups = env.clocks = 0;
    core::packet packet{};
    const auto length = static_cast<core::u32>(timed.frame.size());
    const int parsed = core::parse_ethernet(env.data, env.end, length, &env.config, &packet);
    core::handle_packet(&env, parsed, &packet);
  }
  return {env.look_ups, env.clocks};
}

void without_push(Packet& packet) { packet.flags(kAck); }

std::string bulk() { return std::string(1000, 'x'); }

Conversation amid_message() {
  Conversation session(25);
  session.handshake()
      .server("220 mx.example.org ESMTP\r\n")
      .client("EHLO relay.example.org\r\n")
      .server("250 mx.example.org\r\n")
      .client("DATA\r\n")
      .server("354 go ahead\r\n")
      .client(bulk(), without_push);
  return session;
}

Conversation amid_tls() {
  const std::string record = std::string("\x17\x03\x03\x01\x00", 5) + std::string(256, 'r');
  Conversation session(993);
  session.handshake().client(record).server(record).client(record).server(record, without_push);
  return session;
}

TEST(Cost, OfAMessageUnderWayIsOneLookUp) {
  EXPECT_EQ(cost_of_last(amid_message().client(bulk(), without_push)), kOneLookUp);
}

TEST(Cost, OfTlsUnderWayIsOneLookUp) {
  EXPECT_EQ(cost_of_last(amid_tls().server(bulk(), without_push)), kOneLookUp);
}

TEST(Cost, OfAnAckIsOneLookUp) { EXPECT_EQ(cost_of_last(amid_message().client_ack()), kOneLookUp); }

TEST(Cost, OfTheEndOfABurstIsTheClockBesides) {
  EXPECT_EQ(cost_of_last(amid_message().client(bulk())), kOneLookUpAndTheClock);
}

TEST(Cost, OfOtherPortsIsNothing) {
  Conversation web(80);
  EXPECT_EQ(cost_of_last(web.handshake().client("GET / HTTP/1.0\r\n\r\n")), kNothing);
}

// Or the counts above would say nothing.
TEST(Cost, OfAReplyIsMore) {
  const Cost cost = cost_of_last(amid_message().client("\r\n.\r\n").server("250 2.0.0 Ok\r\n"));
  EXPECT_GT(cost.look_ups, 2);
  EXPECT_GE(cost.clocks, 1);
}

}  // namespace
}  // namespace mxray::test
