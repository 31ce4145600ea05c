/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* In what does this packet differ from its sender?
 *
 * Bits and numbers only; what they are worth is userspace's affair
 * (userspace/analysis/weights.h). A signal is cheap to raise and may be wrong:
 * the base rate of each in genuine traffic stands beside its weight there.
 */
#ifndef MXRAY_BPF_SIGNALS_H
#define MXRAY_BPF_SIGNALS_H

#include "dialogue.h"
#include "environment.h"

CORE_BEGIN

enum {
  /* Signals that make a record worth its while. A TTL alone never does:
   * genuine routes change (1 % of flows), so it only adds to another. */
  SIGNALS_STRONG = SIGNAL_NO_TIMESTAMPS | SIGNAL_WINDOW_ZERO | SIGNAL_DONT_FRAGMENT |
                   SIGNAL_TOO_EARLY | SIGNAL_CONFLICT | SIGNAL_REFLECTED | SIGNAL_CONSTANT_WINDOW |
                   SIGNAL_RESERVED_BITS,
  /* Segments without timestamps that a connection may begin with and still be
   * expected to have them. */
  MAX_BARE_SEGMENTS = 2,
  /* A sequence of IP IDs may jump this far ahead between two segments. */
  IP_ID_JUMP = 8192,
  /* Below this round trip, scheduling noise is as large as the path. */
  TOO_EARLY_MIN_RTT_NS = 4000000,
};

CORE_INLINE u32 bits_set(u32 value) {
  value = value - ((value >> 1) & 0x55555555u);
  value = (value & 0x33333333u) + ((value >> 2) & 0x33333333u);
  return (((value + (value >> 4)) & 0x0f0f0f0fu) * 0x01010101u) >> 24;
}

CORE_INLINE u32 distance8(u8 a, u8 b) { return a > b ? (u32)(a - b) : (u32)(b - a); }

/* TTL against handshake and data apart: a SYN proxy answers the handshake
 * from another box than the data (9 % of genuine flows). */
CORE_INLINE u32 ttl_signals(const struct side *sender, const struct packet *packet) {
  u32 signals = 0;
  if (sender->handshake_ttl && sender->handshake_ttl != packet->ttl) {
    signals |= SIGNAL_TTL_HANDSHAKE;
    if (distance8(sender->handshake_ttl, packet->ttl) > 3) signals |= SIGNAL_TTL_HANDSHAKE_FAR;
  }
  if (sender->data_segments && sender->data_ttl != packet->ttl) {
    signals |= SIGNAL_TTL_ANY;
    if (distance8(sender->data_ttl, packet->ttl) > 1) signals |= SIGNAL_TTL_DATA;
    if (distance8(sender->data_ttl, packet->ttl) > 3) signals |= SIGNAL_TTL_FAR;
  }
  return signals;
}

/* RFC 7323, 3.2: once negotiated, every segment but a RST carries them. */
CORE_INLINE int lacks_timestamps(const struct side *sender, const struct packet *packet) {
  const int expected = (sender->flags & SIDE_TIMESTAMPS) ||
                       ((sender->flags & SIDE_MIDSTREAM) && sender->data_segments >= 2 &&
                        (sender->data_options & OPTION_TIMESTAMPS));
  return expected && !(packet->options & (OPTION_TIMESTAMPS | OPTION_MALFORMED));
}

/* The forger copied the header of the packet that triggered it: its IP ID, and
 * perhaps its window, too. */
CORE_INLINE u32 copy_signals(const struct side *sender, const struct side *receiver,
                             const struct packet *packet) {
  if (!receiver || (packet->traits & TRAIT_IPV6) || !receiver->ip_id) return 0;
  if (packet->ip_id != receiver->ip_id && packet->ip_id != (u16)(receiver->ip_id + 1)) return 0;
  if (packet->window == receiver->window && packet->window != sender->window &&
      packet->window != sender->syn_window) {
    return SIGNAL_IP_ID_COPIED | SIGNAL_REFLECTED;
  }
  return SIGNAL_IP_ID_COPIED;
}

/* A national firewall draws its TTL at random and derives the window from it. A
 * route that flaps by a hop while a scaled window shrinks by one does the same,
 * so one of the TTLs must be far from home. */
CORE_INLINE int has_constant_window(const struct side *sender, const struct packet *packet,
                                    u32 ttl_signals_found) {
  return (ttl_signals_found & SIGNAL_TTL_ANY) &&
         (ttl_signals_found & (SIGNAL_TTL_FAR | SIGNAL_TTL_HANDSHAKE_FAR)) &&
         packet->window > 255 &&
         (u16)(packet->window - packet->ttl) == (u16)(sender->window - sender->data_ttl);
}

/* Firewalls strip timestamps from a whole connection, behind a handshake that
 * offered them. A forger's few segments do not look so: the genuine ones come.
 * Answers the signals that still mean something. */
CORE_INLINE u32 allow_bare_connection(struct side *sender, u32 signals) {
  if (!(signals & SIGNAL_NO_TIMESTAMPS) || sender->data_segments) return signals;
  if (sender->bare_segments < MAX_BARE_SEGMENTS) {
    sender->bare_segments++;
    return signals;
  }
  sender->flags &= (u16)~SIDE_TIMESTAMPS;
  return signals & ~(u32)SIGNAL_NO_TIMESTAMPS;
}

CORE_INLINE u32 header_signals(const struct side *sender, const struct side *receiver,
                               const struct packet *packet) {
  u32 signals = ttl_signals(sender, packet);
  if (lacks_timestamps(sender, packet)) signals |= SIGNAL_NO_TIMESTAMPS;
  if (packet->window == 0) signals |= SIGNAL_WINDOW_ZERO;
  if (has_constant_window(sender, packet, signals)) signals |= SIGNAL_CONSTANT_WINDOW;
  if (packet->traits & TRAIT_RESERVED_BITS) signals |= SIGNAL_RESERVED_BITS;
  signals |= copy_signals(sender, receiver, packet);
  if (!(packet->traits & TRAIT_IPV6)) {
    const u8 expected = sender->data_segments ? sender->data_traits : sender->handshake_traits;
    const int known = sender->data_segments || sender->handshake_ttl;
    if (known && ((expected ^ packet->traits) & TRAIT_DONT_FRAGMENT)) {
      signals |= SIGNAL_DONT_FRAGMENT;
    }
    if (sender->data_segments && (u16)(packet->ip_id - sender->ip_id) > IP_ID_JUMP) {
      signals |= SIGNAL_IP_ID;
    }
    if ((sender->flags & SIDE_IP_ID_COUNTS) && packet->ip_id == sender->last_ip_id) {
      signals |= SIGNAL_IP_ID_REPEATED;
    }
  }
  if (sender->data_segments && packet->window &&
      ((u32)packet->window * 4 < sender->window || packet->window > (u32)sender->window * 4)) {
    signals |= SIGNAL_WINDOW;
  }
  return signals;
}

/* How long ago were the bytes sent that this segment is the first to answer?
 * 0 if it answers none. Needs only the ACK number: no payload, no options. */
CORE_INLINE u64 answer_delay(const struct side *receiver, const struct packet *packet, u64 now_ns) {
  if (!receiver || !(receiver->flags & SIDE_HAS_DATA)) return 0;
  if (seq_before(packet->ack, receiver->next_seq)) return 0;
  return now_ns > receiver->data_time_ns ? now_ns - receiver->data_time_ns : 0;
}

/* Only a server's answer can be too early: the round trip from the monitor to
 * the server is known, that to the client is not. */
CORE_INLINE int is_too_early(u64 delay_ns, u64 rtt_ns) {
  return delay_ns && rtt_ns >= TOO_EARLY_MIN_RTT_NS && delay_ns * 5 < rtt_ns * 3;
}

/* Enough for the kernel to keep this packet out of the baselines and to watch
 * whether the receiver takes its bytes. */
CORE_INLINE int is_suspect(u32 signals) {
  if (signals & (SIGNAL_NO_TIMESTAMPS | SIGNAL_WINDOW_ZERO | SIGNAL_CONSTANT_WINDOW)) return 1;
  /* A route that became shorter changes TTL and round trip at once. */
  if ((signals & ((u32)SIGNALS_STRONG | SIGNAL_TTL_DATA)) ==
      ((u32)SIGNAL_TOO_EARLY | SIGNAL_TTL_DATA)) {
    return 0;
  }
  return bits_set(signals & ((u32)SIGNALS_STRONG | SIGNAL_TTL_DATA)) >= 2;
}

CORE_INLINE int segments_overlap(const struct segment *a, const struct segment *b) {
  return seq_before(a->seq, b->seq + b->length) && seq_before(b->seq, a->seq + a->length);
}

/* Interfaces may show a packet twice: nothing new is learnt from its copy. */
CORE_INLINE int is_copy(const struct segment *a, const struct segment *b) {
  return a->seq == b->seq && a->length == b->length && a->digest == b->digest &&
         a->ip_id == b->ip_id;
}

/* Do the packet at hand (scratch->segment) and an earlier one that it overlaps
 * claim different content for the same bytes of the stream? Compared byte by byte
 * at their place in the stream, however the segments are cut: the packet's bytes
 * wherever the earlier one's imprint (scratch->other_imprint) lies. One differing
 * byte is a keep-alive probe's, not a forger's.
 *
 * The loop has no branch but its own: the verifier would follow each. */
CORE_INLINE int contents_differ(struct environment *env, struct scratch *scratch,
                                const struct segment *other, u32 other_end) {
  const struct segment *segment = &scratch->segment;
  const int other_starts_later = seq_before(segment->seq, other->seq);
  const u32 into_segment = other_starts_later ? other->seq - segment->seq : 0;
  const u32 into_other = other_starts_later ? 0 : segment->seq - other->seq;
  const u8 *bytes = scratch->compared;
  const u8 *other_bytes = (const u8 *)&scratch->other_imprint;
  u32 there, i, different = 0;
  if (segment->length < 2 || other->length < 2 || into_other >= IMPRINT_LENGTH) return 0;
  there = env_read_64(env, scratch->packet.payload_offset + into_segment,
                      segment->length - into_segment, scratch->compared);
  mask_imprint(&scratch->other_imprint, env_config(env)->digest_secret, other->seq);
  KEEP_LOOP
  for (i = 0; i < IMPRINT_LENGTH; i++) {
    u32 at = into_other + i;
    const u32 both = is_below(i, there) & is_below(at, other_end);
    at &= IMPRINT_LENGTH - 1;
    KEEP_BOUND(at);
    different += both & (((u32)(bytes[i] ^ other_bytes[at]) + 255) >> 8);
  }
  return different >= 2;
}

enum comparison { COMPARED_NOTHING = 0, COMPARED_CONFLICT = 1, COMPARED_COPY = 2 };

/* The packet at hand against its sender's latest ones: enum comparison. The first
 * that it contradicts goes to scratch->other. */
CORE_INLINE int compare_with_earlier(struct environment *env, struct scratch *scratch) {
  const struct segment *segment = &scratch->segment;
  const struct evidence *evidence = env_find_evidence(env, &scratch->key, scratch->from_server);
  u32 i;
  if (!evidence) return COMPARED_NOTHING;
  KEEP_LOOP
  for (i = 0; i < SIGNAL_RECENT; i++) {
    if (is_copy(segment, &evidence->recent[i])) return COMPARED_COPY;
  }
  KEEP_LOOP
  for (i = 0; i < SIGNAL_RECENT; i++) {
    const struct segment *earlier = &evidence->recent[i];
    if (!earlier->time_ns || !earlier->length || !segments_overlap(segment, earlier)) continue;
    scratch->other_imprint = evidence->imprints[i];
    if (contents_differ(env, scratch, earlier, evidence->imprint_lengths[i])) {
      scratch->other = *earlier;
      return COMPARED_CONFLICT;
    }
  }
  return COMPARED_NOTHING;
}

CORE_END

#endif
