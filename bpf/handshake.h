/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How does a connection enter the tables?
 *
 * A SYN waits in half_open, and so does the SYN-ACK that fits it: both come of
 * packets that anybody can send in anybody's name. Who acknowledges the server's
 * number has got it, and that proves the connection; so does the server's data. Then
 * both sides are made at once. Data without a handshake: stranger.h.
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
  if (known && known->syn_count && known->isn == packet->seq) {
    known->syn_count = saturating_add(known->syn_count);
    env_count(env, COUNT_SYN_REPEATED, 1);
    if (!known->answer_count && known->syn_count <= 1 + MAX_SYN_REPEATED_RECORDS) {
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

CORE_INLINE void fill_syn_ack(struct segment *to, const struct half_open *syn) {
  __builtin_memset(to, 0, sizeof *to);
  to->time_ns = syn->answer_time_ns;
  to->seq = syn->answer_isn;
  to->ack = syn->isn + 1;
  to->window = syn->answer_window;
  to->ip_id = syn->answer_ip_id;
  to->ttl = syn->answer_ttl;
  to->tcp_flags = TCP_FLAG_SYN | TCP_FLAG_ACK;
  to->options = syn->answer_options;
  to->traits = syn->answer_traits;
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

/* A fresh server's side from its SYN-ACK. */
CORE_INLINE struct side *open_server(struct environment *env, const struct flow_context *flow,
                                     const struct half_open *syn, u16 flags) {
  struct side *side = &flow->scratch->side;
  struct evidence *evidence = &flow->scratch->evidence;
  __builtin_memset(side, 0, sizeof *side);
  side->first_time_ns = syn->answer_time_ns;
  side->second_time_ns = syn->latest_answer_time_ns;
  side->isn = syn->answer_isn;
  side->next_seq = syn->answer_isn + 1;
  side->flags = flags;
  side->ip_id = syn->answer_ip_id;
  side->last_ip_id = syn->answer_ip_id;
  side->window = syn->answer_window;
  side->syn_window = syn->answer_window;
  side->handshake_ttl = syn->answer_ttl;
  side->handshake_traits = syn->answer_traits;
  side->handshake_options = syn->answer_options;
  side->syn_count = syn->answer_count;
  side->packets = syn->answer_count;
  side->protocol = flow->protocol;
  /* Load balancers do that (0.18 % of connections), so it raises nothing. */
  if (syn->flags & HALF_OPEN_SECOND) side->signals = SIGNAL_SECOND_SYN_ACK;
  __builtin_memset(evidence, 0, sizeof *evidence);
  fill_syn_ack(&evidence->first[0], syn);
  env_put_evidence(env, flow->key, 1, evidence);
  return env_put_side(env, flow->key, 1, side);
}

/* In what did the RST before this SYN-ACK differ from what it refused and from
 * the server, now that it is known? */
CORE_INLINE u32 early_reset_signals(const struct half_open *syn) {
  u32 signals = SIGNAL_ALIVE_AFTER_RESET;
  if (syn->reset_ttl != syn->answer_ttl) signals |= SIGNAL_RESET_TTL;
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
                                    const struct half_open *syn) {
  u32 signals;
  struct segment *reset = &flow->scratch->other;
  fill_syn_ack(&flow->scratch->segment, syn);
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
  signals = early_reset_signals(syn);
  flow->sender->signals |= signals;
  note_signal(env, flow, signals, REASON_ALIVE, syn->answer_time_ns - syn->reset_time_ns, reset);
}

/* Both sides of the handshake in scratch->half_open. */
CORE_INLINE int open_flow(struct environment *env, struct scratch *scratch) {
  const struct half_open *syn = &scratch->half_open;
  const int timestamps = syn->options & syn->answer_options & OPTION_TIMESTAMPS;
  const u16 flags = timestamps ? SIDE_TIMESTAMPS : 0;
  struct host_pair *pair = &scratch->pair;
  struct flow_context flow;
  flow.packet = &scratch->packet;
  flow.key = &scratch->key;
  flow.scratch = scratch;
  flow.now_ns = scratch->now_ns;
  flow.from_server = 1; /* whatever came now: what may have to be told is the server's */
  flow.protocol = scratch->protocol;
  flow.sender = open_server(env, &flow, syn, flags);
  flow.receiver = open_client(env, &flow, syn, flags);
  if (!flow.sender || !flow.receiver) return 0;
  if ((syn->flags & HALF_OPEN_MEASURED) && syn->answer_time_ns > syn->syn_time_ns) {
    flow.sender->rtt_ns = syn->answer_time_ns - syn->syn_time_ns;
    env_observe(env, HISTOGRAM_PATH_RTT, flow.protocol, flow.sender->rtt_ns);
  }
  pair->client = flow.key->client;
  pair->server = flow.key->server;
  pair->interface = flow.key->interface;
  env_put_pair(env, pair);
  env_put_mail_host(env, &flow.key->server, flow.now_ns);
  env_count(env, COUNT_FLOW_OPENED, 1);
  note_flow(&flow, RECORD_FLOW_OPENED);
  if (syn->reset_count) {
    report_early_reset(env, &flow, syn);
    /* That is about the server and its SYN-ACK, and is told before anything else is
     * said of the packet at hand. */
    if (!(scratch->packet.tcp_flags & TCP_FLAG_SYN)) {
      scratch->from_server = 1;
      scratch->again = 1;
    }
  }
  return 0;
}

/* The handshake leaves half_open for good. */
CORE_INLINE void open_known(struct environment *env, const struct flow_context *flow,
                            const struct half_open *syn) {
  flow->scratch->half_open = *syn;
  if (env_drop_half_open(env, flow->key)) env_open_flow(env, flow->scratch);
}

/* A RST within the handshake is news even if nobody proves it: whether it was heard
 * shows in who goes on. So many a second, for a flood brings such RSTs, too. */
CORE_INLINE int open_for_reset(struct environment *env, const struct flow_context *flow,
                               const struct half_open *syn) {
  if (!syn || !syn->answer_count || !may_open_unproven(env, flow->now_ns)) return 0;
  open_known(env, flow, syn);
  return 1;
}

CORE_INLINE void note_answer_to_syn(struct half_open *syn, const struct packet *packet,
                                    u64 now_ns) {
  syn->answer_time_ns = now_ns;
  syn->latest_answer_time_ns = now_ns;
  syn->answer_isn = packet->seq;
  syn->answer_ip_id = packet->ip_id;
  syn->answer_window = packet->window;
  syn->answer_ttl = packet->ttl;
  syn->answer_options = packet->options;
  syn->answer_traits = packet->traits;
  syn->answer_count = 1;
  /* Karn: of a repeated SYN nobody knows which one was answered. */
  if (syn->syn_count == 1) syn->flags |= HALF_OPEN_MEASURED;
}

CORE_INLINE void handle_syn_ack(struct environment *env, struct flow_context *flow) {
  const struct packet *packet = flow->packet;
  const u64 now_ns = flow->now_ns;
  struct half_open *syn = env_find_half_open(env, flow->key);
  struct side *server = flow->sender, *client = flow->receiver;
  if (syn && syn->syn_count && packet->ack == syn->isn + 1) {
    if (syn->answer_count && packet->seq == syn->answer_isn) {
      syn->answer_count = saturating_add(syn->answer_count);
      syn->latest_answer_time_ns = now_ns;
      note_attempt(env, flow, RECORD_SYN_ACK_REPEATED);
    } else if (syn->answer_count) {
      syn->flags |= HALF_OPEN_SECOND;
    } else {
      /* Apart: clang would join the two pointers, which the verifier forbids. */
      const u32 client_known = forget(flow->scratch, client != 0);
      const int is_over = server && (server->flags & (SIDE_FIN | SIDE_RESET | SIDE_CLOSED));
      note_answer_to_syn(syn, packet, now_ns);
      if (server || client_known) {
        /* The port is used again: in the old connection's place, which costs nobody
         * else his. One that nobody ended may be alive, and this a forger's. Its record
         * counts as an attempt's, for nothing is proven. */
        if (!is_over && !may_open_unproven(env, now_ns)) return;
        open_known(env, flow, syn);
        if (!may_report_attempt(env, now_ns)) {
          flow->scratch->outcome.flow_records &= ~(1u << RECORD_FLOW_OPENED);
        }
      } else if (syn->reset_count) {
        open_for_reset(env, flow, syn);
      }
    }
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
  server->signals |= SIGNAL_SECOND_SYN_ACK; /* raises nothing, see open_server() */
}

CORE_END

#endif
