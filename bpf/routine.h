/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which packets of a connection under way tell nothing new?
 *
 * Most of them: bare ACKs, and the bulk of messages and of TLS. They cost one
 * look-up; everything else goes the long way through handle_mail().
 */
#ifndef MXRAY_BPF_ROUTINE_H
#define MXRAY_BPF_ROUTINE_H

#include "signals.h"

CORE_BEGIN

enum {
  /* Of a side about which a question is open. */
  SIDE_QUESTIONED = SIDE_WATCH | SIDE_RESET | SIDE_SUSPECT | SIDE_FIN | SIDE_CLOSED,
};

/* By the packet alone: worth the look-up that tells? */
CORE_INLINE int may_be_routine(const struct packet *packet) {
  if (packet->payload_length == 0) {
    return !(packet->tcp_flags & (TCP_FLAG_SYN | TCP_FLAG_RST | TCP_FLAG_FIN));
  }
  /* Data without ACK is thrown away by who gets it (RFC 9293, 3.10.7.4). */
  return (packet->tcp_flags & (u8)~TCP_FLAG_PSH) == TCP_FLAG_ACK && packet->options_length == 0;
}

/* Is its handshake over, and nobody waits for what it acknowledges? */
CORE_INLINE int expects_nothing(const struct side *sender, int from_server) {
  return !(sender->flags & (SIDE_WATCH | SIDE_RESET)) &&
         (from_server || (sender->flags & (SIDE_ESTABLISHED | SIDE_MIDSTREAM)));
}

/* Neither a command nor a reply begins here; see read_content(), which keeps the
 * same rules. */
CORE_INLINE int is_amid_content(const struct side *sender, const struct packet *packet,
                                int from_server) {
  if (sender->flags & SIDE_ENCRYPTED) return 1;
  if (!from_server) return sender->protocol == PROTOCOL_SMTP && packet->ack == sender->line_ack;
  return sender->protocol != PROTOCOL_SMTP && (sender->flags & SIDE_HAS_REPLIED) &&
         packet->ack == sender->line_ack;
}

/* By the same way out of the same stack, as far as a header shows. */
CORE_INLINE int looks_the_same(const struct side *sender, const struct packet *packet) {
  if (packet->ttl != sender->data_ttl || packet->traits != sender->data_traits ||
      packet->window != sender->window || lacks_timestamps(sender, packet)) {
    return 0;
  }
  if (packet->traits & TRAIT_IPV6) return 1;
  return (u16)(packet->ip_id - sender->ip_id) <= IP_ID_JUMP &&
         !((sender->flags & SIDE_IP_ID_COUNTS) && packet->ip_id == sender->last_ip_id);
}

/* Data that goes on with what its sender was saying, in order and in answer to
 * nothing new. A forger's answers something; the first segment that does is
 * always looked at and kept. The price: two segments that claim the same bytes
 * in the midst of such a run are not compared. */
CORE_INLINE int goes_on(const struct side *sender, const struct packet *packet, int from_server) {
  return (sender->flags & SIDE_HAS_DATA) && !(sender->flags & SIDE_QUESTIONED) &&
         packet->seq == sender->next_seq && packet->ack == sender->next_ack &&
         is_amid_content(sender, packet, from_server) && looks_the_same(sender, packet);
}

CORE_INLINE void note_more_data(struct environment *env, struct side *sender,
                                const struct packet *packet) {
  sender->bytes += packet->payload_length;
  sender->next_seq = packet->seq + packet->payload_length;
  sender->ip_id = packet->ip_id;
  sender->data_segments = saturating_add(sender->data_segments);
  /* Seldom set, and another CPU may be setting others. */
  if (sender->flags & SIDE_RETRANSMITTED) sender->flags &= (u16)~SIDE_RETRANSMITTED;
  /* The clock is the dearest call of all, and only the last segment is answered:
   * it has PSH (RFC 9293, 3.9.1.2). */
  if (packet->tcp_flags & TCP_FLAG_PSH) sender->data_time_ns = env_now(env);
}

/* Was this packet, of its sender's side, one of these? Then it is noted. */
CORE_INLINE int note_routine(struct environment *env, struct side *sender,
                             const struct packet *packet, int from_server) {
  if (!sender || !expects_nothing(sender, from_server)) return 0;
  if (packet->payload_length == 0) {
    note_ack(sender, packet);
  } else if (goes_on(sender, packet, from_server)) {
    note_more_data(env, sender, packet);
  } else {
    return 0;
  }
  sender->packets++;
  note_ip_id(sender, packet->ip_id);
  return 1;
}

CORE_END

#endif
