/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who sent this RST, and did the one it names fall silent?
 *
 * Every RST of a tracked flow is reported with what it differs in; load
 * balancers reset from another box in 12 % of genuine cases, so userspace
 * wants more than a TTL. The best proof comes later: the sender goes on.
 */
#ifndef MXRAY_BPF_RESET_H
#define MXRAY_BPF_RESET_H

#include "handshake.h"

CORE_BEGIN

#define RESET_BURST_NS 1000000000ull
/* How far behind a packet a RST may stand and still be of its stream. */
#define RESET_WINDOW 0x100000u

CORE_INLINE u32 reset_signals(const struct side *sender, const struct side *receiver,
                              const struct packet *packet, u64 now_ns) {
  u32 signals = SIGNAL_RESET | ttl_signals(sender, packet);
  const int known_ttl =
      (sender->handshake_ttl && sender->handshake_ttl == packet->ttl) ||
      (sender->data_segments && sender->data_ttl == packet->ttl) ||
      (sender->reset_count && sender->reset_ttl == packet->ttl && !(sender->flags & SIDE_SUSPECT));
  if (!known_ttl && (sender->handshake_ttl || sender->data_segments)) signals |= SIGNAL_RESET_TTL;
  /* A RST without ACK must carry the next byte (RFC 9293, 3.5.2); one that
   * answers a segment for a dead socket carries that segment's ACK. */
  if (packet->seq != sender->next_seq && (!receiver || packet->seq != receiver->next_ack)) {
    signals |= SIGNAL_RESET_SEQUENCE;
  }
  if (packet->traits & TRAIT_RESERVED_BITS) signals |= SIGNAL_RESERVED_BITS;
  signals |= copy_signals(sender, receiver, packet);
  /* The ladder of one who guesses how far the sender has come meanwhile. */
  if (sender->reset_count && now_ns - sender->reset_time_ns < RESET_BURST_NS &&
      seq_before(sender->next_seq + 1, packet->seq) && seq_before(sender->reset_seq, packet->seq)) {
    signals |= SIGNAL_RESET_AHEAD;
  }
  if (sender->reset_count >= 2 && now_ns - sender->reset_time_ns < RESET_BURST_NS) {
    signals |= SIGNAL_RESET_REPEATED;
  }
  return signals;
}

/* A RST before the SYN-ACK: refused, unless a SYN-ACK still comes. */
CORE_INLINE void note_early_reset(struct environment *env, const struct flow_context *flow,
                                  struct half_open *syn) {
  const struct packet *packet = flow->packet;
  if (syn->reset_count == 0) {
    note_attempt(env, flow, RECORD_REFUSED);
    syn->reset_time_ns = flow->now_ns;
    syn->reset_ttl = packet->ttl;
    syn->reset_window = packet->window;
    syn->reset_seq = packet->seq;
    syn->reset_ack = packet->ack;
    syn->reset_ip_id = packet->ip_id;
    syn->reset_traits = packet->traits;
  }
  syn->reset_count = saturating_add(syn->reset_count);
}

CORE_INLINE void handle_reset(struct environment *env, struct flow_context *flow) {
  const struct packet *packet = flow->packet;
  struct side *sender = flow->sender, *receiver = flow->receiver;
  struct evidence *evidence;
  const u64 now_ns = flow->now_ns;
  u64 delay_ns;
  u32 signals;
  if (!flow->scratch->again) env_count(env, COUNT_RESET, 1);
  if (flow->from_server || !sender) {
    struct half_open *syn = env_find_half_open(env, flow->key);
    const int refuses = flow->from_server && syn && syn->syn_count && !syn->answer_count;
    /* Of a port that is used again, the old connection may still be known. */
    if (refuses && (!sender || (packet->ack == syn->isn + 1 && packet->seq != sender->next_seq))) {
      note_early_reset(env, flow, syn);
      return;
    }
    if (!sender) {
      if (!open_for_reset(env, flow, syn) || flow->scratch->again) return;
      sender = flow->sender = env_find_side(env, flow->key, flow->from_server);
      receiver = flow->receiver = env_find_side(env, flow->key, !flow->from_server);
      if (!sender) return;
    }
  }
  sender->packets++;
  signals = reset_signals(sender, receiver, packet, now_ns);
  delay_ns = flow->from_server ? answer_delay(receiver, packet, now_ns) : 0;
  if (flow->from_server && is_too_early(delay_ns, sender->rtt_ns)) signals |= SIGNAL_TOO_EARLY;
  signals = forget(flow->scratch, signals);
  fill_segment(&flow->scratch->segment, packet, now_ns);
  sender->signals |= signals;
  if (signals & (SIGNAL_RESET_TTL | SIGNAL_REFLECTED | SIGNAL_RESERVED_BITS | SIGNAL_TOO_EARLY)) {
    flow->scratch->segment.traits |= TRAIT_SUSPECT;
    sender->flags |= SIDE_SUSPECT;
  }
  note_signal(env, flow, signals, REASON_RESET, delay_ns, 0);
  evidence = env_find_evidence(env, flow->key, flow->from_server);
  if (evidence) keep_segment(evidence, flow->scratch);
  sender->reset_ttl = packet->ttl;
  sender->reset_seq = packet->seq;
  sender->reset_time_ns = now_ns;
  sender->reset_count = saturating_add(sender->reset_count);
  sender->flags |= SIDE_RESET;
  note_closed(env, flow, flow->from_server ? CLOSE_RESET_BY_SERVER : CLOSE_RESET_BY_CLIENT);
}

/* The sender of a RST goes on: with new data, an ACK of new data or a FIN.
 * Copies and stragglers from before the RST prove nothing. */
CORE_INLINE void note_alive(struct environment *env, const struct flow_context *flow) {
  struct side *sender = flow->sender;
  const struct packet *packet = flow->packet;
  const u64 now_ns = flow->now_ns;
  struct segment *other = &flow->scratch->other;
  const u32 end = packet->seq + packet->payload_length;
  if (seq_before(end, sender->next_seq)) return;
  find_reset(env_find_evidence(env, flow->key, flow->from_server), other);
  /* Sent before the RST and overtaken by it, if the RST stands behind it. Of a
   * ladder the lowest rung counts: the others only guess. */
  if (other->time_ns && other->seq - end < RESET_WINDOW) return;
  sender->flags |= SIDE_ALIVE;
  sender->signals |= SIGNAL_ALIVE_AFTER_RESET;
  fill_segment(&flow->scratch->segment, packet, now_ns);
  note_signal(env, flow, SIGNAL_ALIVE_AFTER_RESET | ttl_signals(sender, packet), REASON_ALIVE,
              now_ns - sender->reset_time_ns, other);
}

CORE_END

#endif
