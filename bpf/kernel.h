/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where do the core's packets, tables and clock come from in the kernel?
 *
 * What environment.h declares, by maps and helpers.
 */
#ifndef MXRAY_BPF_KERNEL_H
#define MXRAY_BPF_KERNEL_H

#include "maps.h"

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

#endif
