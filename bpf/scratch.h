/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is the working memory of one packet?
 *
 * What was decided of it before anything is reported, and what is being read of it.
 */
#ifndef MXRAY_BPF_SCRATCH_H
#define MXRAY_BPF_SCRATCH_H

#include "flow.h"

CORE_BEGIN

/* What one packet gives cause to report. The core decides first and emits last,
 * in one place: that keeps the records whole, and the verifier from following
 * every decision through every record. */
enum { MAX_SIGNALS_OF_PACKET = 2 };

struct signal_request {
  u64 delay_ns;
  u32 signals;
  u8 reason;
  u8 padding[3];
  struct baseline baseline; /* before this packet touched it */
  struct segment other;
};

struct outcome {
  u32 flow_records; /* one bit a record_type */
  u8 close_reason;
  u8 dialogue_record; /* a record_type, or 0 */
  u8 signal_count;
  u8 padding;
  u64 dialogue_delay_ns;
  struct signal_request signals[MAX_SIGNALS_OF_PACKET];
};

/* Working memory of one packet: too much for the BPF stack, and an array that
 * the verifier lets us index. */
struct scratch {
  struct packet packet;
  struct flow_key key;
  u64 now_ns;
  u8 from_server;
  u8 protocol;
  u8 again; /* the packet is looked at twice, see begin_mail(): counted the first time */
  u8 key_padding[5];
  struct outcome outcome;
  u32 cell; /* see forget() */
  u32 line_length;
  struct segment segment; /* the packet at hand */
  struct segment other;   /* the one it is compared with */
  struct imprint imprint; /* of the packet at hand */
  struct imprint other_imprint;
  u32 imprint_length;
  u32 padding;
  u8 line[136];    /* bytes being read, for whatever reads last; 8 more than are used */
  u8 compared[64]; /* bytes of the packet at hand, beside an earlier imprint */
  u32 argument_at; /* of a command, what may be shown: where in line[] */
  u32 argument_length;
  struct side side; /* a new one before it enters its table */
  struct evidence evidence;
  struct half_open half_open;
  struct host_pair pair;
  u32 end_padding;
};

/* The value, but not how it came about. The verifier follows each combination
 * of bits as a path of its own, unless they pass through memory. */
CORE_INLINE u32 forget(struct scratch *scratch, u32 value) {
  volatile u32 *cell = &scratch->cell;
  *cell = value;
  return *cell;
}

/* The packet at hand joins the evidence, with its imprint if it was taken. */
CORE_INLINE void keep_segment(struct evidence *evidence, const struct scratch *scratch) {
  u32 slot = evidence->recent_count % SIGNAL_RECENT;
  KEEP_BOUND(slot);
  if (slot >= SIGNAL_RECENT) return; /* never; the verifier wants to hear it */
  evidence->recent[slot] = scratch->segment;
  evidence->imprint_lengths[slot] = (u8)scratch->imprint_length;
  if (scratch->imprint_length) evidence->imprints[slot] = scratch->imprint;
  evidence->recent_count++;
}

CORE_END

#endif
