// SPDX-License-Identifier: Apache-2.0
// The core's environment (bpf/environment.h) in ordinary memory; its twin in
// the kernel is bpf/kernel.h.
#include "replay/engine.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "environment.h"
#include "replay/lru_table.h"

namespace mxray::core {

// Memory is handed to the core full of rubbish: it may neither rely on what an
// earlier packet left there nor leave a byte of a record unwritten.
inline constexpr int kRubbish = 0xAA;

inline constexpr std::size_t kIdentEntries = 4096;   // as in probe/programs.cpp
inline constexpr std::size_t kLookupEntries = 4096;  // as in bpf/maps.h
inline constexpr std::size_t kLeastEntries = 64;

struct environment {
  environment(const core_config& settings,
              std::function<void(std::span<const std::byte>)> deliver_record, std::size_t max_flows)
      : config(settings),
        deliver(std::move(deliver_record)),
        half_open_table(std::max(max_flows / 4, kLeastEntries)),
        sides{LruTable<flow_key, side>(std::max(max_flows, kLeastEntries)),
              LruTable<flow_key, side>(std::max(max_flows, kLeastEntries))},
        evidences{LruTable<flow_key, evidence>(std::max(max_flows / 4, kLeastEntries)),
                  LruTable<flow_key, evidence>(std::max(max_flows / 4, kLeastEntries))},
        ident_pairs(kIdentEntries),
        ident_queries(kIdentEntries),
        mail_hosts(kLookupEntries),
        lookups(kLookupEntries) {}

  core_config config;
  std::function<void(std::span<const std::byte>)> deliver;

  // The packet at hand.
  const u8* data = nullptr;
  const u8* end = nullptr;
  u64 now_ns = 0;
  u32 interface = 0;
  struct scratch scratch {};
  attempt_budget budget{};
  alignas(u64) std::array<std::byte, sizeof(record_signal)> reserved{};

  LruTable<flow_key, half_open> half_open_table;
  std::array<LruTable<flow_key, side>, 2> sides;          // client's, server's
  std::array<LruTable<flow_key, evidence>, 2> evidences;  // likewise
  LruTable<host_pair, u64> ident_pairs;
  LruTable<flow_key, ident_query> ident_queries;
  LruTable<address, u64> mail_hosts;
  LruTable<lookup_key, lookup> lookups;
  std::array<std::uint64_t, COUNTER_COUNT> counters{};
  std::array<std::uint64_t, HISTOGRAM_CELLS_TOTAL> histogram_cells{};
};

static config_view* env_config(environment* env) { return &env->config; }
static u64 env_now(environment* env) { return env->now_ns; }
static u32 env_interface(environment* env) { return env->interface; }

static scratch* env_scratch(environment* env) {
  std::memset(&env->scratch, kRubbish, sizeof env->scratch);
  return &env->scratch;
}

static attempt_budget* env_attempt_budget(environment* env) { return &env->budget; }

static u32 read_bytes(const environment* env, u32 offset, u32 available, std::span<u8> to) {
  std::memset(to.data(), 0, to.size());
  const auto there = static_cast<std::size_t>(env->end - env->data);
  if (offset > MAX_READ_OFFSET || offset >= there) return 0;
  const std::size_t length = std::min({std::size_t{available}, to.size(), there - offset});
  std::memcpy(to.data(), env->data + offset, length);
  return static_cast<u32>(length);
}
static u32 env_read_64(environment* env, u32 offset, u32 available, u8* to) {
  return read_bytes(env, offset, available, {to, 64});
}
static u32 env_read_128(environment* env, u32 offset, u32 available, u8* to) {
  return read_bytes(env, offset, available, {to, 128});
}
static u32 env_read_256(environment* env, u32 offset, u32 available, u8* to) {
  return read_bytes(env, offset, available, {to, 256});
}
static u32 env_read_512(environment* env, u32 offset, u32 available, u8* to) {
  return read_bytes(env, offset, available, {to, 512});
}

static half_open* env_find_half_open(environment* env, const flow_key* key) {
  return env->half_open_table.find(*key);
}
static void env_put_half_open(environment* env, const flow_key* key, const half_open* value) {
  env->half_open_table.put(*key, *value);
}
static int env_drop_half_open(environment* env, const flow_key* key) {
  return env->half_open_table.drop(*key) ? 1 : 0;
}
static side* env_find_side(environment* env, const flow_key* key, int of_server) {
  return env->sides[of_server != 0].find(*key);
}
static side* env_put_side(environment* env, const flow_key* key, int of_server, const side* value) {
  return env->sides[of_server != 0].put(*key, *value);
}
static evidence* env_find_evidence(environment* env, const flow_key* key, int of_server) {
  return env->evidences[of_server != 0].find(*key);
}
static evidence* env_put_evidence(environment* env, const flow_key* key, int of_server,
                                  const evidence* value) {
  return env->evidences[of_server != 0].put(*key, *value);
}
static u64* env_find_pair(environment* env, const host_pair* pair) {
  return env->ident_pairs.find(*pair);
}
static void env_put_pair(environment* env, const host_pair* pair) {
  env->ident_pairs.put(*pair, 0);
}
static ident_query* env_find_ident(environment* env, const flow_key* key) {
  return env->ident_queries.find(*key);
}
static ident_query* env_put_ident(environment* env, const flow_key* key, const ident_query* value) {
  return env->ident_queries.put(*key, *value);
}

static u64* env_find_mail_host(environment* env, const address* host) {
  return env->mail_hosts.find(*host);
}
static void env_put_mail_host(environment* env, const address* host, u64 now_ns) {
  env->mail_hosts.put(*host, now_ns);
}
static lookup* env_find_lookup(environment* env, const lookup_key* key) {
  return env->lookups.find(*key);
}
static void env_put_lookup(environment* env, const lookup_key* key, const lookup* value) {
  env->lookups.put(*key, *value);
}
static void env_drop_lookup(environment* env, const lookup_key* key) { env->lookups.drop(*key); }

static void env_count(environment* env, u32 counter, u64 amount) {
  env->counters.at(counter) += amount;
}
static void env_observe(environment* env, u32 histogram, u32 protocol, u64 duration_ns) {
  env->histogram_cells.at(histogram_cell(histogram, protocol, histogram_bucket(duration_ns))) += 1;
  env->histogram_cells.at(histogram_cell(histogram, protocol, HISTOGRAM_SUM_CELL)) += duration_ns;
}

// One record at a time: the core submits each before it reserves the next.
template <typename Record>
static Record* reserve(environment* env, counter made) {
  static_assert(sizeof(Record) <= sizeof env->reserved);
  auto* record = new (env->reserved.data()) Record;
  std::memset(record, kRubbish, sizeof *record);
  env_count(env, made, 1);
  return record;
}
static record_signal* env_reserve_signal(environment* env) {
  return reserve<record_signal>(env, COUNT_INCIDENT_RECORDS);
}
static record_ident* env_reserve_ident(environment* env) {
  return reserve<record_ident>(env, COUNT_INCIDENT_RECORDS);
}
static record_flow* env_reserve_flow(environment* env) {
  return reserve<record_flow>(env, COUNT_DIALOGUE_RECORDS);
}
static record_dialogue* env_reserve_dialogue(environment* env) {
  return reserve<record_dialogue>(env, COUNT_DIALOGUE_RECORDS);
}
static record_lookup* env_reserve_lookup(environment* env) {
  return reserve<record_lookup>(env, COUNT_DIALOGUE_RECORDS);
}
static void env_submit(environment* env, void* record) {
  record_header header;
  std::memcpy(&header, record, sizeof header);
  env->deliver(std::span(env->reserved).first(header.size));
}

}  // namespace mxray::core

#include "pipeline.h"

namespace mxray::core {

// Calls that the verifier wants in the kernel; here they are plain ones.
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

namespace mxray {

class Engine::State : public core::environment {
 public:
  using core::environment::environment;
};

Engine::Engine(const core::core_config& config,
               std::function<void(std::span<const std::byte>)> on_record, std::size_t max_flows)
    : state_(std::make_unique<State>(config, std::move(on_record), max_flows)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

void Engine::handle(std::span<const std::uint8_t> frame, std::uint32_t frame_length, LinkLayer link,
                    std::uint64_t time_ns, std::uint32_t interface) {
  core::environment& env = *state_;
  static constexpr std::uint8_t kNothing = 0;  // no arithmetic on a null pointer
  env.data = frame.empty() ? &kNothing : frame.data();
  env.end = env.data + frame.size();
  env.now_ns = time_ns;
  env.interface = interface;
  core::packet packet{};
  const int parsed =
      link == LinkLayer::kEthernet
          ? core::parse_ethernet(env.data, env.end, frame_length, &env.config, &packet)
          : core::parse_raw(env.data, env.end, frame_length, &env.config, &packet);
  core::handle_packet(&env, parsed, &packet);
}

std::vector<core::record_flow> Engine::open_flows() const {
  std::vector<core::record_flow> open;
  state_->sides[1].for_each([&](const core::flow_key& key, const core::side& server) {
    if ((server.flags & core::SIDE_CLOSED) != 0) return;
    const core::side* client = state_->sides[0].peek(key);
    core::record_flow& record = open.emplace_back();
    record.header.protocol = server.protocol;
    record.header.flow = key;
    core::fill_handshake(&record.handshake, client, &server);
    core::fill_baseline(&record.server, &server);
    record.server_signals = server.signals;
  });
  return open;
}

KernelStats Engine::stats() const {
  const core::environment& env = *state_;
  KernelStats stats;
  stats.counters = env.counters;
  stats.histogram_cells = env.histogram_cells;
  const auto add = [&stats](const char* name, const auto& table) {
    stats.maps.push_back({name, table.size(), table.capacity()});
  };
  add("half_open", env.half_open_table);
  add("client_sides", env.sides[0]);
  add("server_sides", env.sides[1]);
  add("client_evidence", env.evidences[0]);
  add("server_evidence", env.evidences[1]);
  add("ident_pairs", env.ident_pairs);
  add("ident_queries", env.ident_queries);
  add("mail_hosts", env.mail_hosts);
  add("lookups", env.lookups);
  return stats;
}

}  // namespace mxray
