/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where do the core's packets, tables and clock come from in the kernel?
 *
 * A thin shell: three programs and the environment that the core asks for.
 * Every program returns "go on" for every packet, whatever happens inside.
 */
#include "maps.h"
#include "pipeline.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL"; /* GPL-only helpers need it */

/* Set by the probe before loading; frozen from then on. */
const volatile struct core_config config = {};

/* For BPF_PROG_TEST_RUN only (config.replay): the packet's time and interface. */
__u64 replay_now_ns = 0;
__u32 replay_interface = 0;

struct environment {
  struct xdp_md *xdp;    /* at XDP; else NULL */
  struct __sk_buff *skb; /* at TC; else NULL */
  u32 at_xdp; /* the same as a number: of a context's pointer not every verifier knows that it
               * is not NULL, and then it follows the other hook's helpers, too */
  const u8 *data;
  const u8 *end;
  u64 now_ns; /* 0: not asked yet; the clock is the dearest call of all */
  u32 interface;
};

static __always_inline config_view *env_config(struct environment *env) {
  (void)env;
  return &config;
}

static __always_inline u64 env_now(struct environment *env) {
  if (!env->now_ns) env->now_ns = config.replay ? replay_now_ns : bpf_ktime_get_ns();
  return env->now_ns;
}

static __always_inline u32 env_interface(struct environment *env) {
  return config.replay ? replay_interface : env->interface;
}

static __always_inline struct scratch *env_scratch(struct environment *env) {
  __u32 zero = 0;
  (void)env;
  return bpf_map_lookup_elem(&scratches, &zero);
}

static __always_inline struct attempt_budget *env_attempt_budget(struct environment *env) {
  __u32 zero = 0;
  (void)env;
  return bpf_map_lookup_elem(&attempt_budgets, &zero);
}

/* Not all bytes need be at hand: at TC they may lie in fragments, at XDP in
 * further buffers. The helpers reach them all, and spare the verifier a loop.
 * bpf_xdp_load_bytes() came with 5.18, as did XDP in several buffers.
 * The limits are powers of 2: by the mask every verifier knows the length's least and
 * greatest value; that "not 0" means "at least 1", old ones do not see. */
#define DEFINE_READ_AT(hook, context_type, limit)                                            \
  static __noinline u32 read_##hook##_##limit(context_type *context, u32 offset, u32 length, \
                                              u8 *to) {                                      \
    const u32 there = bytes_of_##hook(context);                                              \
    __builtin_memset(to, 0, (limit));                                                        \
    if (offset > MAX_READ_OFFSET || there <= offset) return 0;                               \
    if (length > there - offset) length = there - offset;                                    \
    if (length > (limit)) length = (limit);                                                  \
    KEEP_BOUND(length);                                                                      \
    if (length == 0) return 0;                                                               \
    length = ((length - 1) & ((limit)-1)) + 1;                                               \
    return bpf_##hook##_load_bytes(context, offset, to, length) ? 0 : length;                \
  }
#define DEFINE_READ(limit)                                                                        \
  DEFINE_READ_AT(xdp, struct xdp_md, limit)                                                       \
  DEFINE_READ_AT(skb, struct __sk_buff, limit)                                                    \
  static __always_inline u32 env_read_##limit(struct environment *env, u32 offset, u32 available, \
                                              u8 *to) {                                           \
    return env->at_xdp ? read_xdp_##limit(env->xdp, offset, available, to)                        \
                       : read_skb_##limit(env->skb, offset, available, to);                       \
  }
static __always_inline u32 bytes_of_xdp(struct xdp_md *context) {
  return (u32)bpf_xdp_get_buff_len(context);
}
static __always_inline u32 bytes_of_skb(struct __sk_buff *skb) { return skb->len; }
DEFINE_READ(64)
DEFINE_READ(128)
DEFINE_READ(256)
DEFINE_READ(512)

static __always_inline void env_count(struct environment *env, u32 counter, u64 amount) {
  __u64 *value = bpf_map_lookup_elem(&counters, &counter);
  (void)env;
  if (value) *value += amount;
}

static __always_inline void env_observe(struct environment *env, u32 histogram, u32 protocol,
                                        u64 duration_ns) {
  u32 bucket = histogram_cell(histogram, protocol, histogram_bucket(duration_ns));
  u32 sum = histogram_cell(histogram, protocol, HISTOGRAM_SUM_CELL);
  __u64 *value = bpf_map_lookup_elem(&histograms, &bucket);
  (void)env;
  if (value) *value += 1;
  value = bpf_map_lookup_elem(&histograms, &sum);
  if (value) *value += duration_ns;
}

static __always_inline struct half_open *env_find_half_open(struct environment *env,
                                                            const struct flow_key *key) {
  (void)env;
  return bpf_map_lookup_elem(&half_open, key);
}

static __always_inline void env_put_half_open(struct environment *env, const struct flow_key *key,
                                              const struct half_open *value) {
  struct half_open *known = bpf_map_lookup_elem(&half_open, key);
  if (known) { /* updating by key would evict another entry of a full map */
    *known = *value;
  } else if (bpf_map_update_elem(&half_open, key, value, BPF_ANY)) {
    env_count(env, COUNT_LOST_HALF_OPEN, 1);
  }
}

static __always_inline int env_drop_half_open(struct environment *env, const struct flow_key *key) {
  (void)env;
  return bpf_map_delete_elem(&half_open, key) == 0;
}

static __always_inline struct side *env_find_side(struct environment *env,
                                                  const struct flow_key *key, int of_server) {
  (void)env;
  return of_server ? bpf_map_lookup_elem(&server_sides, key)
                   : bpf_map_lookup_elem(&client_sides, key);
}

static __always_inline struct side *env_put_side(struct environment *env,
                                                 const struct flow_key *key, int of_server,
                                                 const struct side *value) {
  struct side *known = env_find_side(env, key, of_server);
  long failed;
  if (known) {
    *known = *value;
    return known;
  }
  failed = of_server ? bpf_map_update_elem(&server_sides, key, value, BPF_ANY)
                     : bpf_map_update_elem(&client_sides, key, value, BPF_ANY);
  if (failed) {
    env_count(env, COUNT_LOST_FLOW, 1);
    return NULL;
  }
  return env_find_side(env, key, of_server);
}

static __always_inline struct evidence *env_find_evidence(struct environment *env,
                                                          const struct flow_key *key,
                                                          int of_server) {
  (void)env;
  return of_server ? bpf_map_lookup_elem(&server_evidence, key)
                   : bpf_map_lookup_elem(&client_evidence, key);
}

static __always_inline struct evidence *env_put_evidence(struct environment *env,
                                                         const struct flow_key *key, int of_server,
                                                         const struct evidence *value) {
  struct evidence *known = env_find_evidence(env, key, of_server);
  long failed;
  if (known) {
    *known = *value;
    return known;
  }
  failed = of_server ? bpf_map_update_elem(&server_evidence, key, value, BPF_ANY)
                     : bpf_map_update_elem(&client_evidence, key, value, BPF_ANY);
  if (failed) {
    env_count(env, COUNT_LOST_EVIDENCE, 1);
    return NULL;
  }
  return env_find_evidence(env, key, of_server);
}

static __always_inline u64 *env_find_pair(struct environment *env, const struct host_pair *pair) {
  (void)env;
  return bpf_map_lookup_elem(&ident_pairs, pair);
}

static __always_inline void env_put_pair(struct environment *env, const struct host_pair *pair) {
  __u64 nothing = 0;
  u64 *known = env_find_pair(env, pair);
  if (known) {
    *known = 0;
    return;
  }
  if (bpf_map_update_elem(&ident_pairs, pair, &nothing, BPF_ANY)) {
    env_count(env, COUNT_LOST_IDENT, 1);
  }
}

static __always_inline struct ident_query *env_find_ident(struct environment *env,
                                                          const struct flow_key *key) {
  (void)env;
  return bpf_map_lookup_elem(&ident_queries, key);
}

static __always_inline struct ident_query *env_put_ident(struct environment *env,
                                                         const struct flow_key *key,
                                                         const struct ident_query *value) {
  struct ident_query *known = env_find_ident(env, key);
  if (known) {
    *known = *value;
    return known;
  }
  if (bpf_map_update_elem(&ident_queries, key, value, BPF_ANY)) {
    env_count(env, COUNT_LOST_IDENT, 1);
    return NULL;
  }
  return env_find_ident(env, key);
}

static __always_inline u64 *env_find_mail_host(struct environment *env,
                                               const struct address *host) {
  (void)env;
  return bpf_map_lookup_elem(&mail_hosts, host);
}

static __always_inline void env_put_mail_host(struct environment *env, const struct address *host,
                                              u64 now_ns) {
  u64 *known = env_find_mail_host(env, host);
  if (known) {
    *known = now_ns;
    return;
  }
  if (bpf_map_update_elem(&mail_hosts, host, &now_ns, BPF_ANY)) {
    env_count(env, COUNT_LOST_LOOKUP, 1);
  }
}

static __always_inline struct lookup *env_find_lookup(struct environment *env,
                                                      const struct lookup_key *key) {
  (void)env;
  return bpf_map_lookup_elem(&lookups, key);
}

static __always_inline void env_put_lookup(struct environment *env, const struct lookup_key *key,
                                           const struct lookup *value) {
  if (bpf_map_update_elem(&lookups, key, value, BPF_ANY)) env_count(env, COUNT_LOST_LOOKUP, 1);
}

static __always_inline void env_drop_lookup(struct environment *env, const struct lookup_key *key) {
  (void)env;
  bpf_map_delete_elem(&lookups, key);
}

/* Asked once whether there is one: before 5.12 the verifier does not know that what was
 * found to be no NULL is none when it is asked again, and misses the submission. */
#define DEFINE_RESERVE(name, ring, made, lost)                                               \
  static __always_inline struct record_##name *env_reserve_##name(struct environment *env) { \
    struct record_##name *record = bpf_ringbuf_reserve(&ring, sizeof *record, 0);            \
    if (!record) {                                                                           \
      env_count(env, lost, 1);                                                               \
      return NULL;                                                                           \
    }                                                                                        \
    env_count(env, made, 1);                                                                 \
    return record;                                                                           \
  }
DEFINE_RESERVE(signal, incidents, COUNT_INCIDENT_RECORDS, COUNT_LOST_INCIDENT_RECORD)
DEFINE_RESERVE(ident, incidents, COUNT_INCIDENT_RECORDS, COUNT_LOST_INCIDENT_RECORD)
DEFINE_RESERVE(flow, dialogue, COUNT_DIALOGUE_RECORDS, COUNT_LOST_DIALOGUE_RECORD)
DEFINE_RESERVE(dialogue, dialogue, COUNT_DIALOGUE_RECORDS, COUNT_LOST_DIALOGUE_RECORD)
DEFINE_RESERVE(lookup, dialogue, COUNT_DIALOGUE_RECORDS, COUNT_LOST_DIALOGUE_RECORD)

static __always_inline void env_submit(struct environment *env, void *record) {
  (void)env;
  bpf_ringbuf_submit(record, 0);
}

static __always_inline struct environment environment_of_xdp(struct xdp_md *context) {
  struct environment env = {
      .xdp = context,
      .at_xdp = 1,
      .data = (const u8 *)(long)context->data,
      .end = (const u8 *)(long)context->data_end,
  };
  return env;
}

static __always_inline struct environment environment_of_skb(struct __sk_buff *skb) {
  struct environment env = {
      .skb = skb,
      .data = (const u8 *)(long)skb->data,
      .end = (const u8 *)(long)skb->data_end,
  };
  return env;
}

/* Global, so that they are verified by themselves. They find the scratch by
 * themselves, too: kernels before 5.13 pass no pointers but the context to such
 * functions. */
#define DEFINE_CALL(name)                                                                   \
  __attribute__((noinline)) int mxray_##name(void) {                                        \
    __u32 zero = 0;                                                                         \
    struct scratch *scratch = bpf_map_lookup_elem(&scratches, &zero);                       \
    return scratch ? name(scratch) : 0;                                                     \
  }                                                                                         \
  static __always_inline int env_##name(struct environment *env, struct scratch *scratch) { \
    (void)env;                                                                              \
    (void)scratch;                                                                          \
    return mxray_##name();                                                                  \
  }
DEFINE_CALL(parse_options)
DEFINE_CALL(copy_argument)

/* The same for parts that need the packet. */
#define DEFINE_CALL_WITH_PACKET(name)                                                       \
  __attribute__((noinline)) int mxray_xdp_##name(struct xdp_md *context) {                  \
    __u32 zero = 0;                                                                         \
    struct environment env = environment_of_xdp(context);                                   \
    env.interface = context->ingress_ifindex;                                               \
    struct scratch *scratch = bpf_map_lookup_elem(&scratches, &zero);                       \
    return scratch ? name(&env, scratch) : 0;                                               \
  }                                                                                         \
  __attribute__((noinline)) int mxray_skb_##name(struct __sk_buff *skb) {                   \
    __u32 zero = 0;                                                                         \
    struct environment env = environment_of_skb(skb);                                       \
    env.interface = skb->ifindex;                                                           \
    struct scratch *scratch = bpf_map_lookup_elem(&scratches, &zero);                       \
    return scratch ? name(&env, scratch) : 0;                                               \
  }                                                                                         \
  static __always_inline int env_##name(struct environment *env, struct scratch *scratch) { \
    (void)scratch;                                                                          \
    return env->at_xdp ? mxray_xdp_##name(env->xdp) : mxray_skb_##name(env->skb);           \
  }
DEFINE_CALL_WITH_PACKET(handle_mail)
DEFINE_CALL_WITH_PACKET(open_flow)
DEFINE_CALL_WITH_PACKET(emit_outcome)
DEFINE_CALL_WITH_PACKET(compare_with_earlier)
DEFINE_CALL_WITH_PACKET(handle_ident)
DEFINE_CALL_WITH_PACKET(handle_ident_unreachable)
DEFINE_CALL_WITH_PACKET(handle_lookup)

/* Frames that arrive, on interfaces with an Ethernet header. Jumbo frames come
 * in several buffers; headers and the start of a line lie in the first. */
SEC("xdp.frags")
int mxray_xdp(struct xdp_md *context) {
  struct environment env = environment_of_xdp(context);
  struct packet packet;
  int parsed = parse_ethernet(env.data, env.end, distance(env.data, env.end), &config, &packet);
  if (parsed != PARSE_OTHER) {
    env.interface = context->ingress_ifindex;
    handle_packet(&env, parsed, &packet);
  }
  return XDP_PASS;
}

static __always_inline int is_malformed(int parsed) {
  return parsed == PARSE_MALFORMED_LINK || parsed == PARSE_MALFORMED_IP ||
         parsed == PARSE_MALFORMED_TCP;
}

static __always_inline int parse_skb(struct __sk_buff *skb, int has_ethernet,
                                     const struct environment *env, struct packet *packet) {
  return has_ethernet ? parse_ethernet(env->data, env->end, skb->len, &config, packet)
                      : parse_raw(env->data, env->end, skb->len, &config, packet);
}

static __always_inline void handle_parsed_skb(struct __sk_buff *skb, struct environment *env,
                                              int parsed, const struct packet *packet) {
  if (parsed == PARSE_OTHER) return;
  env->interface = skb->ifindex;
  handle_packet(env, parsed, packet);
}

/* Else clang takes it apart, and carries what is not set yet in registers. */
#define KEEP_IN_MEMORY(variable) __asm__ volatile("" : : "r"(&(variable)) : "memory")

enum { PULLED_BYTES = 256 }; /* longer than any headers that parse */

/* Headers may lie in fragments, too: asks for them and looks again. Changes no byte of
 * the packet. Global functions, so that each is one path to its caller. */
#define DEFINE_HANDLE_PULLED(name, has_ethernet)                                      \
  __attribute__((noinline)) int mxray_pull_and_handle_##name(struct __sk_buff *skb) { \
    struct environment env;                                                           \
    struct packet packet;                                                             \
    int parsed;                                                                       \
    bpf_skb_pull_data(skb, skb->len < PULLED_BYTES ? skb->len : PULLED_BYTES);        \
    env = environment_of_skb(skb);                                                    \
    parsed = parse_skb(skb, has_ethernet, &env, &packet);                             \
    handle_parsed_skb(skb, &env, parsed, &packet);                                    \
    return 0;                                                                         \
  }
DEFINE_HANDLE_PULLED(ethernet, 1)
DEFINE_HANDLE_PULLED(raw, 0)

/* Both directions: which one it is, the ports tell. */
static __always_inline void handle_skb(struct __sk_buff *skb, int has_ethernet) {
  struct environment env = environment_of_skb(skb);
  struct packet packet;
  KEEP_IN_MEMORY(packet);
  const u32 at_hand = distance(env.data, env.end);
  const int parsed = parse_skb(skb, has_ethernet, &env, &packet);
  if (!is_malformed(parsed) || at_hand >= PULLED_BYTES || at_hand >= skb->len) {
    handle_parsed_skb(skb, &env, parsed, &packet);
  } else if (has_ethernet) {
    mxray_pull_and_handle_ethernet(skb);
  } else {
    mxray_pull_and_handle_raw(skb);
  }
}

SEC("tc")
int mxray_tc_ethernet(struct __sk_buff *skb) {
  handle_skb(skb, 1);
  return -1; /* TC_ACT_UNSPEC: as if this program were not here */
}

/* Interfaces without a link header: ppp, WireGuard, tun. */
SEC("tc")
int mxray_tc_raw(struct __sk_buff *skb) {
  handle_skb(skb, 0);
  return -1;
}
