/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How does a connection enter the tables?
 *
 * A SYN waits in half_open. The SYN-ACK that fits it creates both sides at
 * once; data without either creates the sender's side mid-stream.
 */
#ifndef MXRAY_BPF_HANDSHAKE_H
#define MXRAY_BPF_HANDSHAKE_H

#include "emit.h"
#include "signals.h"

CORE_BEGIN

/* SYNs of one attempt that are reported one by one, after the first. */
enum { MAX_SYN_REPEATED_RECORDS = 5 };

CORE_INLINE void handle_syn(struct environment *env, const struct flow_context *flow) {
  const struct packet *packet = flow->packet;
  struct half_open *known = env_find_half_open(env, flow->key);
  struct half_open *fresh = &flow->scratch->half_open;
  if (known && known->isn == packet->seq) {
    known->syn_count = saturating_add(known->syn_count);
    env_count(env, COUNT_SYN_REPEATED, 1);
    if (known->syn_count <= 1 + MAX_SYN_REPEATED_RECORDS) {
      note_attempt(env, flow, RECORD_SYN_REPEATED);
    }
    return;
  }
  __builtin_memset(fresh, 0, sizeof *fresh);
  fresh->syn_time_ns = flow->now_ns;
  fresh->isn = packet->seq;
  fresh->ip_id = packet->ip_id;
  fresh->window = packet->window;
  fresh->ttl = packet->ttl;
  fresh->options = packet->options;
  fresh->traits = packet->traits;
  fresh->syn_count = 1;
  env_count(env, COUNT_SYN, 1);
  env_put_half_open(env, flow->key, fresh);
}

/* A fresh client's side from its SYN, its SYN being the first evidence. */
CORE_INLINE struct side *open_client(struct environment *env, const struct flow_context *flow,
                                     const struct half_open *syn, u16 flags) {
  struct side *side = &flow->scratch->side;
  struct evidence *evidence = &flow->scratch->evidence;
  __builtin_memset(side, 0, sizeof *side);
  side->first_time_ns = syn->syn_time_ns;
  side->isn = syn->isn;
  side->next_seq = syn->isn + 1;
  side->flags = flags;
  side->ip_id = syn->ip_id;
  side->last_ip_id = syn->ip_id;
  side->window = syn->window;
  side->syn_window = syn->window;
  side->handshake_ttl = syn->ttl;
  side->handshake_traits = syn->traits;
  side->handshake_options = syn->options;
  side->syn_count = syn->syn_count;
  side->packets = syn->syn_count;
  side->protocol = flow->protocol;
  __builtin_memset(evidence, 0, sizeof *evidence);
  evidence->first[0].time_ns = syn->syn_time_ns;
  evidence->first[0].seq = syn->isn;
  evidence->first[0].window = syn->window;
  evidence->first[0].ip_id = syn->ip_id;
  evidence->first[0].ttl = syn->ttl;
  evidence->first[0].tcp_flags = TCP_FLAG_SYN;
  evidence->first[0].options = syn->options;
  evidence->first[0].traits = syn->traits;
  env_put_evidence(env, flow->key, 0, evidence);
  return env_put_side(env, flow->key, 0, side);
}

/* A fresh side from a packet of its own: a server's SYN-ACK, or mid-stream. */
CORE_INLINE struct side *open_sender(struct environment *env, const struct flow_context *flow,
                                     u16 flags, u64 now_ns) {
  const struct packet *packet = flow->packet;
  struct side *side = &flow->scratch->side;
  struct evidence *evidence = &flow->scratch->evidence;
  const int is_syn = (packet->tcp_flags & TCP_FLAG_SYN) != 0;
  __builtin_memset(side, 0, sizeof *side);
  side->first_time_ns = now_ns;
  side->next_seq = packet->seq + (u32)is_syn;
  side->flags = flags;
  side->syn_window = packet->window;
  side->protocol = flow->protocol;
  __builtin_memset(evidence, 0, sizeof *evidence);
  if (is_syn) {
    side->second_time_ns = now_ns;
    side->isn = packet->seq;
    side->ip_id = packet->ip_id;
    side->last_ip_id = packet->ip_id;
    side->window = packet->window;
    side->handshake_ttl = packet->ttl;
    side->handshake_traits = packet->traits;
    side->handshake_options = packet->options;
    side->syn_count = 1;
    side->packets = 1;
    fill_segment(&evidence->first[0], packet, now_ns);
  }
  env_put_evidence(env, flow->key, flow->from_server, evidence);
  return env_put_side(env, flow->key, flow->from_server, side);
}

/* In what did the RST before this SYN-ACK differ from what it refused and from
 * the server, now that it is known? */
CORE_INLINE u32 early_reset_signals(const struct half_open *syn, const struct packet *syn_ack) {
  u32 signals = SIGNAL_ALIVE_AFTER_RESET;
  if (syn->reset_ttl != syn_ack->ttl) signals |= SIGNAL_RESET_TTL;
  if (syn->reset_traits & TRAIT_RESERVED_BITS) signals |= SIGNAL_RESERVED_BITS;
  /* A refusal acknowledges the SYN (RFC 9293, 3.5.2). */
  if (syn->reset_ack != syn->isn + 1) signals |= SIGNAL_RESET_SEQUENCE;
  if (!(syn->reset_traits & TRAIT_IPV6) && syn->ip_id &&
      (syn->reset_ip_id == syn->ip_id || syn->reset_ip_id == (u16)(syn->ip_id + 1))) {
    signals |= SIGNAL_IP_ID_COPIED;
    if (syn->reset_window == syn->window) signals |= SIGNAL_REFLECTED;
  }
  return signals;
}

/* The RST came before the SYN-ACK with the same address: the server was alive,
 * so somebody else sent it. scratch->other becomes that RST. */
CORE_INLINE void report_early_reset(struct environment *env, struct flow_context *flow,
                                    const struct half_open *syn, u64 now_ns) {
  u32 signals;
  struct segment *reset = &flow->scratch->other;
  fill_segment(&flow->scratch->segment, flow->packet, now_ns);
  __builtin_memset(reset, 0, sizeof *reset);
  reset->time_ns = syn->reset_time_ns;
  reset->seq = syn->reset_seq;
  reset->ack = syn->reset_ack;
  reset->window = syn->reset_window;
  reset->ttl = syn->reset_ttl;
  reset->ip_id = syn->reset_ip_id;
  reset->tcp_flags = TCP_FLAG_RST | (syn->reset_ack ? TCP_FLAG_ACK : 0);
  reset->traits = TRAIT_SUSPECT | syn->reset_traits;
  flow->sender->reset_ttl = syn->reset_ttl;
  flow->sender->reset_count = syn->reset_count;
  flow->sender->flags |= SIDE_RESET | SIDE_ALIVE;
  signals = early_reset_signals(syn, flow->packet);
  flow->sender->signals |= signals;
  note_signal(env, flow, signals, REASON_ALIVE, now_ns - syn->reset_time_ns, reset);
}

CORE_INLINE void open_flow(struct environment *env, struct flow_context *flow,
                           const struct half_open *syn, u64 now_ns) {
  const int timestamps = syn->options & flow->packet->options & OPTION_TIMESTAMPS;
  const u16 flags = timestamps ? SIDE_TIMESTAMPS : 0;
  struct host_pair *pair = &flow->scratch->pair;
  flow->sender = open_sender(env, flow, flags, now_ns);
  flow->receiver = open_client(env, flow, syn, flags);
  if (!flow->sender || !flow->receiver) return;
  /* Karn: of a repeated SYN nobody knows which one was answered. */
  if (syn->syn_count == 1 && now_ns > syn->syn_time_ns) {
    flow->sender->rtt_ns = now_ns - syn->syn_time_ns;
    env_observe(env, HISTOGRAM_PATH_RTT, flow->protocol, flow->sender->rtt_ns);
  }
  pair->client = flow->key->client;
  pair->server = flow->key->server;
  pair->interface = flow->key->interface;
  env_put_pair(env, pair);
  env_put_mail_host(env, &flow->key->server, now_ns);
  env_count(env, COUNT_FLOW_OPENED, 1);
  note_flow(flow, RECORD_FLOW_OPENED);
  if (syn->reset_count) report_early_reset(env, flow, syn, now_ns);
}

CORE_INLINE void handle_syn_ack(struct environment *env, struct flow_context *flow) {
  const struct packet *packet = flow->packet;
  const u64 now_ns = flow->now_ns;
  struct half_open *syn = env_find_half_open(env, flow->key);
  struct side *server = flow->sender, *client = flow->receiver;
  if (syn && packet->ack == syn->isn + 1) {
    open_flow(env, flow, syn, now_ns);
    env_drop_half_open(env, flow->key);
    return;
  }
  if (!server || !client || (server->flags & SIDE_MIDSTREAM) || packet->ack != client->isn + 1) {
    return; /* answers a SYN that was not seen: data will open the flow */
  }
  server->packets++;
  if (packet->seq == server->isn) {
    server->syn_count = saturating_add(server->syn_count);
    server->second_time_ns = now_ns;
    note_flow(flow, RECORD_SYN_ACK_REPEATED);
    return;
  }
  /* Load balancers do that (0.18 % of connections), so it raises nothing. */
  server->signals |= SIGNAL_SECOND_SYN_ACK;
}

CORE_END

#endif
