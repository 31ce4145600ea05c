/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What does the traffic of the benchmark look like?
 *
 * Shared by the generator in the kernel and the program that sets it.
 */
#ifndef MXRAY_BENCH_TRAFFIC_H
#define MXRAY_BENCH_TRAFFIC_H

#include <linux/types.h>

enum {
  PROGRAMS_UNDER_TEST = 3,
  /* Flows begin elsewhere: of two with the same numbers, NAT might have made one. */
  FLOW_NUMBER_STEP = 65537,
};

/* Written by userspace before each run. One frame is changed in place, once a
 * packet: flow, port and stream position follow from the packet's number. */
struct traffic {
  __u32 flows;       /* a power of two, at most 2^20; each CPU has others */
  __u32 from_server; /* the client's address and port are the destination's */
  __u32 is_tcp;      /* with a sequence number */
  __u32 base_seq;    /* of the first flow's first packet */
  __u32 base_ack;    /* of the first flow */
  __u32 step;        /* from packet to packet of a flow; bytes */
  __u32 program;     /* whose packets are counted: below PROGRAMS_UNDER_TEST */
};

#endif
