/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which packets of a sender are kept, to compare content with and to show?
 *
 * Its first ones and a ring of its latest: data, RST, FIN. Of data the first
 * bytes are kept too, masked.
 */
#ifndef MXRAY_BPF_EVIDENCE_H
#define MXRAY_BPF_EVIDENCE_H

#include "bytes.h"
#include "record.h"

CORE_BEGIN

/* How much of a segment is remembered, to compare what claims the same bytes. */
enum { IMPRINT_LENGTH = 64 };

/* The first bytes of a segment, masked (mask_word): enough to compare with, and
 * nothing to read in a dump of the table. */
struct imprint {
  u64 words[IMPRINT_LENGTH / 8];
};

struct evidence {
  struct segment first[SIGNAL_FIRST];
  struct segment recent[SIGNAL_RECENT]; /* a ring */
  struct imprint imprints[SIGNAL_RECENT];
  u8 imprint_lengths[8]; /* two more than there are imprints: alignment */
  u32 recent_count;
  u32 padding;
};

RECORD_SIZE_CHECK(evidence, 912);

/* A word of the mask that lies over a segment's bytes; another for each place in
 * the stream. */
CORE_INLINE u64 mask_word(u64 secret, u32 seq, u32 word) {
  u64 mask = (secret ^ (((u64)seq << 32) | word)) * 0x9E3779B97F4A7C15ull;
  mask ^= mask >> 29;
  return mask * 0xBF58476D1CE4E5B9ull;
}

/* Masks and unmasks, in place. */
CORE_INLINE void mask_imprint(struct imprint *imprint, u64 secret, u32 seq) {
  u32 i;
  KEEP_LOOP
  for (i = 0; i < IMPRINT_LENGTH / 8; i++) {
    imprint->words[i] ^= mask_word(secret, seq, i);
  }
}

/* The RST that stands earliest in the stream, of several that do the latest: the
 * zero segment if it has been pushed out. */
CORE_INLINE void find_reset(const struct evidence *evidence, struct segment *to) {
  u32 i;
  __builtin_memset(to, 0, sizeof *to);
  if (!evidence) return;
  for (i = 0; i < SIGNAL_RECENT; i++) {
    const struct segment *segment = &evidence->recent[i];
    if (!(segment->tcp_flags & TCP_FLAG_RST)) continue;
    if (to->time_ns && seq_before(to->seq, segment->seq)) continue;
    if (seq_before(segment->seq, to->seq) || segment->time_ns >= to->time_ns) *to = *segment;
  }
}

/* Of the segments whose bytes lie between `seq` and `end`, suspect ones before
 * others, the one that reaches farthest: the zero segment if all have been pushed
 * out. */
CORE_INLINE void find_bytes(const struct evidence *evidence, u32 seq, u32 end, struct segment *to) {
  u32 i, reach = seq, best = 0;
  __builtin_memset(to, 0, sizeof *to);
  if (!evidence) return;
  for (i = 0; i < SIGNAL_RECENT; i++) {
    const struct segment *segment = &evidence->recent[i];
    const u32 suspect = segment->traits & TRAIT_SUSPECT;
    if (!segment->length || seq_before(segment->seq, seq)) continue;
    if (seq_before(end, segment->seq + segment->length)) continue;
    if (suspect < best || (suspect == best && seq_before(segment->seq + segment->length, reach))) {
      continue;
    }
    *to = *segment;
    best = suspect;
    reach = segment->seq + segment->length;
  }
}

CORE_END

#endif
