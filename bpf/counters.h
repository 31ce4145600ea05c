/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What does the core count, and into which buckets do its durations fall?
 *
 * Counters and histogram cells live in two per-CPU arrays in the kernel and in
 * two plain arrays natively; the indexes below are the layout of both.
 */
#ifndef MXRAY_BPF_COUNTERS_H
#define MXRAY_BPF_COUNTERS_H

#include "record.h"

CORE_BEGIN

/* Each has a name in userspace/base/kernel_stats.cpp, in the same order: a
 * static_assert there misses a name. */
enum counter {
  COUNT_MAIL_PACKETS = 0, /* packets of watched ports that were tracked */
  COUNT_MAIL_BYTES,       /* their stream bytes */
  /* Packets that could not be read; passed on untouched like all others. */
  COUNT_MALFORMED_LINK,
  COUNT_MALFORMED_IP,
  COUNT_MALFORMED_TCP,
  COUNT_MALFORMED_OPTIONS,
  COUNT_FRAGMENT, /* no ports in it, or not the whole segment: not judged */
  COUNT_TUNNEL,   /* another packet inside: not looked into */
  /* State that could not be kept. */
  COUNT_LOST_HALF_OPEN, /* insert refused */
  COUNT_LOST_FLOW,
  COUNT_LOST_EVIDENCE,
  COUNT_LOST_IDENT,
  COUNT_LOST_LOOKUP,
  COUNT_EVIDENCE_EVICTED, /* a live flow whose evidence had been pushed out */
  /* Records that could not be handed over: the reader is too slow. */
  COUNT_LOST_INCIDENT_RECORD,
  COUNT_LOST_DIALOGUE_RECORD,
  /* Records handed over. */
  COUNT_INCIDENT_RECORDS,
  COUNT_DIALOGUE_RECORDS,
  COUNT_SIGNALS_SUPPRESSED,  /* past the cap of one flow, see flow.h */
  COUNT_ATTEMPTS_SUPPRESSED, /* past the cap of a second, see budget.h */
  COUNT_UNPROVEN_SUPPRESSED, /* packets that would have opened a flow, past that cap */
  /* What was seen. */
  COUNT_SYN,
  COUNT_SYN_REPEATED,
  COUNT_FLOW_OPENED,
  COUNT_FLOW_MIDSTREAM,
  COUNT_FLOW_CLOSED,
  COUNT_RESET,
  COUNT_IDENT_QUERY,
  COUNT_IDENT_UNRELATED, /* SYN to port 113 that no mail flow waits on */
  COUNTER_COUNT,
};

enum histogram {
  HISTOGRAM_PATH_RTT = 0,   /* SYN to SYN-ACK */
  HISTOGRAM_REPLY_DELAY,    /* command to reply */
  HISTOGRAM_GREETING_DELAY, /* SYN to greeting */
  HISTOGRAM_COUNT,
};

/* Bucket b covers durations of [bound(b), bound(b + 1)) microseconds: four
 * equal steps in every power of two, so no estimate is off by more than 25 %.
 * Values under 4 us have a bucket each; the last holds all beyond 2^30 us. */
enum {
  HISTOGRAM_STEPS_LOG2 = 2,
  HISTOGRAM_BUCKETS = 117,
  HISTOGRAM_SUM_CELL = 127, /* nanoseconds, of all durations of a histogram */
  HISTOGRAM_CELLS = 128,
  HISTOGRAM_CELLS_TOTAL = (int)HISTOGRAM_COUNT * (int)PROTOCOL_COUNT * HISTOGRAM_CELLS,
};

CORE_INLINE u32 log2_floor(u64 value) {
  u32 result = 0;
  if (value >> 32) {
    value >>= 32;
    result += 32;
  }
  if (value >> 16) {
    value >>= 16;
    result += 16;
  }
  if (value >> 8) {
    value >>= 8;
    result += 8;
  }
  if (value >> 4) {
    value >>= 4;
    result += 4;
  }
  if (value >> 2) {
    value >>= 2;
    result += 2;
  }
  if (value >> 1) {
    result += 1;
  }
  return result;
}

/* The bucket of a duration, 0 to HISTOGRAM_BUCKETS - 1. */
CORE_INLINE u32 histogram_bucket(u64 duration_ns) {
  const u64 us = duration_ns / 1000;
  u32 octave, bucket;
  if (us < 4) return (u32)us;
  octave = log2_floor(us);
  bucket = ((octave - 1) << HISTOGRAM_STEPS_LOG2) + (u32)((us >> (octave - 2)) & 3);
  return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The least duration of a bucket in microseconds. */
CORE_INLINE u64 histogram_bound_us(u32 bucket) {
  if (bucket < 4) return bucket;
  return (u64)(4 + (bucket & 3)) << ((bucket >> 2) - 1);
}

/* The index of a cell: histogram, then protocol, then bucket. */
CORE_INLINE u32 histogram_cell(u32 histogram, u32 protocol, u32 cell) {
  return (histogram * PROTOCOL_COUNT + protocol) * HISTOGRAM_CELLS + cell;
}

CORE_END

#endif
