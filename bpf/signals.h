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

CORE_BEGIN

enum {
  /* Signals that make a record worth its while. A TTL alone never does:
   * genuine routes change (1 % of flows), so it only adds to another. */
  SIGNALS_STRONG = SIGNAL_NO_TIMESTAMPS | SIGNAL_WINDOW_ZERO | SIGNAL_DONT_FRAGMENT |
                   SIGNAL_TOO_EARLY | SIGNAL_CONFLICT | SIGNAL_REFLECTED,
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
  }
  if (sender->data_segments && distance8(sender->data_ttl, packet->ttl) > 1) {
    signals |= SIGNAL_TTL_DATA;
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

/* The forger copied the header of the packet that triggered it. */
CORE_INLINE int is_reflected(const struct side *sender, const struct side *receiver,
                             const struct packet *packet) {
  if (!receiver || (packet->traits & TRAIT_IPV6) || !receiver->ip_id) return 0;
  return (packet->ip_id == receiver->ip_id || packet->ip_id == (u16)(receiver->ip_id + 1)) &&
         packet->window == receiver->window && packet->window != sender->window &&
         packet->window != sender->syn_window;
}

CORE_INLINE u32 header_signals(const struct side *sender, const struct side *receiver,
                               const struct packet *packet) {
  u32 signals = ttl_signals(sender, packet);
  if (lacks_timestamps(sender, packet)) signals |= SIGNAL_NO_TIMESTAMPS;
  if (packet->window == 0) signals |= SIGNAL_WINDOW_ZERO;
  if (is_reflected(sender, receiver, packet)) signals |= SIGNAL_REFLECTED;
  if (!(packet->traits & TRAIT_IPV6)) {
    const u8 expected = sender->data_segments ? sender->data_traits : sender->handshake_traits;
    const int known = sender->data_segments || sender->handshake_ttl;
    if (known && ((expected ^ packet->traits) & TRAIT_DONT_FRAGMENT)) {
      signals |= SIGNAL_DONT_FRAGMENT;
    }
    if (sender->data_segments && (u16)(packet->ip_id - sender->ip_id) > IP_ID_JUMP) {
      signals |= SIGNAL_IP_ID;
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
  if (signals & (SIGNAL_NO_TIMESTAMPS | SIGNAL_WINDOW_ZERO)) return 1;
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

/* Do two segments that overlap claim different content for the same stream
 * bytes? Compared byte by byte where both kept their text, so that a genuine
 * reply cut into other segments still shows; else by digest, where the cut is
 * the same. One differing byte is a keep-alive probe's, not a forger's.
 *
 * Of scratch->segment and scratch->other.
 *
 * The loop has no branch but its own: the verifier would follow each. */
CORE_INLINE int contents_conflict(struct scratch *scratch) {
  const struct segment *a = &scratch->segment, *b = &scratch->other;
  /* As bytes of the segment, for a masked index may reach behind head[]. */
  const u8 *a_head = (const u8 *)a + __builtin_offsetof(struct segment, head);
  const u8 *b_head = (const u8 *)b + __builtin_offsetof(struct segment, head);
  const int b_starts_later = seq_before(a->seq, b->seq);
  u32 a_from = b_starts_later ? b->seq - a->seq : 0;
  u32 b_from = b_starts_later ? 0 : a->seq - b->seq;
  const u32 a_end = a->head_length, b_end = b->head_length;
  u32 i, different = 0;
  if (a->length < 2 || b->length < 2) return 0;
  if (!(a->traits & TRAIT_TEXT) || !(b->traits & TRAIT_TEXT)) {
    const int same_cut =
        a->seq == b->seq &&
        (a->length == b->length || (a->length >= SEGMENT_HEAD && b->length >= SEGMENT_HEAD));
    return same_cut && a->digest != b->digest;
  }
  if (a_from >= SEGMENT_HEAD || b_from >= SEGMENT_HEAD) return 0;
  for (i = 0; i < SEGMENT_HEAD; i++) {
    u32 at_a = a_from + i, at_b = b_from + i;
    const u32 both = is_below(at_a, a_end) & is_below(at_b, b_end);
    /* Masked for the verifier: behind head[28] lie four more bytes. */
    at_a &= 31;
    at_b &= 31;
    KEEP_BOUND(at_a);
    KEEP_BOUND(at_b);
    different += both & (((u32)(a_head[at_a] ^ b_head[at_b]) + 255) >> 8);
  }
  return different >= 2;
}

CORE_END

#endif
