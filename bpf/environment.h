/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What does the core need from the world around it?
 *
 * These few functions are all. The kernel program defines them with maps,
 * helpers and ring buffers (kernel.h), the replay with ordinary tables
 * (userspace/replay/engine.cpp). Each keeps the pointers it hands out valid
 * until the packet is done.
 */
#ifndef MXRAY_BPF_ENVIRONMENT_H
#define MXRAY_BPF_ENVIRONMENT_H

#include "config.h"
#include "counters.h"
#include "scratch.h"

CORE_BEGIN

struct environment;

/* One ident connection of a mail server; keyed by a flow_key whose client is
 * the asking host. */
struct ident_query {
  u64 first_time_ns;
  u64 last_time_ns;
  u32 isn;
  u32 queries;
  u8 event; /* enum ident_event, the latest */
  u8 padding[7];
};

/* One DNS question of a mail server, as long as it has no answer. */
struct lookup_key {
  struct address host; /* who asks */
  u64 question;        /* digest_of_question() */
  u32 interface;
  u32 padding;
};

struct lookup {
  u64 first_time_ns;
  u64 last_time_ns;
  u32 queries;
  u16 question_type;
  u16 padding;
};

/* What one CPU has spent in this second on packets that anybody can send. */
struct attempt_budget {
  u64 since_ns;
  u32 reported; /* attempts without a connection */
  u32 opened;   /* connections that were not proven */
};

static config_view *env_config(struct environment *env);
static u64 env_now(struct environment *env); /* nanoseconds */
static u32 env_interface(struct environment *env);
static struct scratch *env_scratch(struct environment *env);               /* NULL: give up */
static struct attempt_budget *env_attempt_budget(struct environment *env); /* NULL: none left */

/* The verifier wants a bound; no packet is longer. */
enum { MAX_READ_OFFSET = 0xffff };

/* Copies stream bytes from `offset` of the frame; at most 64 / 128 / 256 / 512.
 * `available`: how many the packet claims. Returns how many were there; what
 * follows them in `to` is zero. None from an `offset` beyond MAX_READ_OFFSET. */
static u32 env_read_64(struct environment *env, u32 offset, u32 available, u8 *to);
static u32 env_read_128(struct environment *env, u32 offset, u32 available, u8 *to);
static u32 env_read_256(struct environment *env, u32 offset, u32 available, u8 *to);
static u32 env_read_512(struct environment *env, u32 offset, u32 available, u8 *to);

/* Tables: find answers NULL if there is none; put overwrites and answers the
 * stored value, or NULL if it could not be stored (counted). */
static struct half_open *env_find_half_open(struct environment *env, const struct flow_key *key);
static void env_put_half_open(struct environment *env, const struct flow_key *key,
                              const struct half_open *value);
/* Whether it was there: of two CPUs that take the same one, only one gets it. */
static int env_drop_half_open(struct environment *env, const struct flow_key *key);
static struct side *env_find_side(struct environment *env, const struct flow_key *key,
                                  int of_server);
static struct side *env_put_side(struct environment *env, const struct flow_key *key, int of_server,
                                 const struct side *value);
static struct evidence *env_find_evidence(struct environment *env, const struct flow_key *key,
                                          int of_server);
static struct evidence *env_put_evidence(struct environment *env, const struct flow_key *key,
                                         int of_server, const struct evidence *value);
/* A pair's value: its ident queries since its latest connection; put begins at 0. */
static u64 *env_find_pair(struct environment *env, const struct host_pair *pair);
static void env_put_pair(struct environment *env, const struct host_pair *pair);
/* When a host last accepted a mail connection. */
static u64 *env_find_mail_host(struct environment *env, const struct address *host);
static void env_put_mail_host(struct environment *env, const struct address *host, u64 now_ns);
static struct lookup *env_find_lookup(struct environment *env, const struct lookup_key *key);
static void env_put_lookup(struct environment *env, const struct lookup_key *key,
                           const struct lookup *value);
static void env_drop_lookup(struct environment *env, const struct lookup_key *key);
static struct ident_query *env_find_ident(struct environment *env, const struct flow_key *key);
static struct ident_query *env_put_ident(struct environment *env, const struct flow_key *key,
                                         const struct ident_query *value);

/* Parts of the core that are called, not inlined: the verifier proves a called
 * function once, and inlined code as often as it is reached. Each works on the
 * scratch and the packet alone and is defined in the header named. */
static int env_handle_mail(struct environment *env, struct scratch *scratch);  /* pipeline.h */
static int env_handle_ident(struct environment *env, struct scratch *scratch); /* ident.h */
static int env_handle_ident_unreachable(struct environment *env, struct scratch *scratch);
static int env_handle_lookup(struct environment *env, struct scratch *scratch); /* lookup.h */
static int env_emit_outcome(struct environment *env, struct scratch *scratch);  /* emit.h */
static int env_open_flow(struct environment *env, struct scratch *scratch);     /* handshake.h */
static int env_parse_options(struct environment *env, struct scratch *scratch); /* options.h */
static int env_copy_argument(struct environment *env, struct scratch *scratch); /* dialogue.h */
static int env_compare_with_earlier(struct environment *env,
                                    struct scratch *scratch); /* signals.h */

static void env_count(struct environment *env, u32 counter, u64 amount);
static void env_observe(struct environment *env, u32 histogram, u32 protocol, u64 duration_ns);

/* Room for one record in its ring buffer; NULL if there is none (counted). */
static struct record_signal *env_reserve_signal(struct environment *env);
static struct record_ident *env_reserve_ident(struct environment *env);
static struct record_lookup *env_reserve_lookup(struct environment *env);
static struct record_flow *env_reserve_flow(struct environment *env);
static struct record_dialogue *env_reserve_dialogue(struct environment *env);
static void env_submit(struct environment *env, void *record);

CORE_END

#endif
