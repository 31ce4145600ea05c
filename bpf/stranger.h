/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What becomes of a packet whose sender is not known?
 *
 * It may prove a handshake under way (handshake.h). Data without one
 * creates its sender's side mid-stream: at once if the other side is known, else so
 * many times a second (budget.h), and beyond that when the other side has answered
 * it. A flood of made-up packets gets no answer but resets.
 */
#ifndef MXRAY_BPF_STRANGER_H
#define MXRAY_BPF_STRANGER_H

#include "handshake.h"

CORE_BEGIN

/* A fresh side of data whose sender was not known. */
CORE_INLINE struct side *open_midstream(struct environment *env, const struct flow_context *flow) {
  const struct packet *packet = flow->packet;
  struct side *side = &flow->scratch->side;
  struct evidence *evidence = &flow->scratch->evidence;
  __builtin_memset(side, 0, sizeof *side);
  side->first_time_ns = flow->now_ns;
  side->next_seq = packet->seq;
  side->flags = SIDE_MIDSTREAM;
  side->syn_window = packet->window;
  side->protocol = flow->protocol;
  __builtin_memset(evidence, 0, sizeof *evidence);
  env_put_evidence(env, flow->key, flow->from_server, evidence);
  return env_put_side(env, flow->key, flow->from_server, side);
}

/* Whether the packet can only come of somebody who knows the server's number. */
CORE_INLINE int proves_handshake(const struct half_open *syn, const struct packet *packet,
                                 int from_server) {
  if (!syn->answer_count || !(packet->tcp_flags & TCP_FLAG_ACK)) return 0;
  if (!from_server) return packet->ack == syn->answer_isn + 1;
  return packet->seq == syn->answer_isn + 1 &&
         (packet->payload_length || (packet->tcp_flags & TCP_FLAG_FIN));
}

CORE_INLINE void remember_stranger(struct environment *env, const struct flow_context *flow) {
  struct half_open *stranger = &flow->scratch->half_open;
  __builtin_memset(stranger, 0, sizeof *stranger);
  stranger->answer_isn = flow->packet->ack;
  if (flow->from_server) stranger->flags = HALF_OPEN_FROM_SERVER;
  env_put_half_open(env, flow->key, stranger);
}

enum stranger {
  STRANGER_UNPROVEN,
  STRANGER_HANDSHAKE, /* both sides are in their tables now */
  STRANGER_MIDSTREAM, /* its data may open its side */
};

/* A packet, no SYN and no RST, whose sender is not known. */
CORE_INLINE int weigh_stranger(struct environment *env, const struct flow_context *flow) {
  const struct packet *packet = flow->packet;
  struct half_open *known = env_find_half_open(env, flow->key);
  /* Also where somebody's data has opened the other side before: that was not proven. */
  if (known && known->syn_count && proves_handshake(known, packet, flow->from_server)) {
    open_known(env, flow, known);
    return STRANGER_HANDSHAKE;
  }
  if (flow->receiver) return packet->payload_length ? STRANGER_MIDSTREAM : STRANGER_UNPROVEN;
  if (known && !known->syn_count) {
    const int same_side = !(known->flags & HALF_OPEN_FROM_SERVER) == !flow->from_server;
    if (!same_side && packet->seq == known->answer_isn) known->flags |= HALF_OPEN_MET;
    if ((known->flags & HALF_OPEN_MET) && packet->payload_length) {
      env_drop_half_open(env, flow->key);
      return STRANGER_MIDSTREAM;
    }
  }
  if (packet->payload_length == 0) return STRANGER_UNPROVEN;
  if (may_open_unproven(env, flow->now_ns)) return STRANGER_MIDSTREAM;
  /* Which of two SYN-ACKs the client takes, nobody knows. */
  if (!known || !known->answer_count || (known->flags & HALF_OPEN_SECOND)) {
    remember_stranger(env, flow);
  }
  return STRANGER_UNPROVEN;
}

CORE_END

#endif
