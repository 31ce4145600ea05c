/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which maps are there, who writes and who reads them?
 *
 * Sizes here are small defaults; the probe sets the real ones before loading.
 * All LRU maps are common ones (one list for all CPUs): with a list a CPU, a
 * gateway whose traffic arrives on one core would keep 1/CPUs of its flows.
 */
#ifndef MXRAY_BPF_MAPS_H
#define MXRAY_BPF_MAPS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "environment.h"

#define LRU_MAP(name, key_type, value_type, entries) \
  struct {                                           \
    __uint(type, BPF_MAP_TYPE_LRU_HASH);             \
    __uint(max_entries, entries);                    \
    __type(key, key_type);                           \
    __type(value, value_type);                       \
  } name SEC(".maps")

/* Handshakes on their way, and data of connections that nobody knows, until somebody
 * proves them (stranger.h). A flood evicts only what is here: of a genuine connection
 * the handshake then, never the connection. */
LRU_MAP(half_open, struct flow_key, struct half_open, 16384);

/* The two sides of a connection. Each entry is written by the hook that sees
 * that side's packets, and by the other only when a connection opens, closes or
 * a suspect packet came. The longest silent is evicted first and found again
 * mid-stream. */
LRU_MAP(client_sides, struct flow_key, struct side, 65536);
LRU_MAP(server_sides, struct flow_key, struct side, 65536);

/* The latest packets of each side, for comparison and for show. Fewer than
 * sides: only those that lately carried data need them. */
LRU_MAP(client_evidence, struct flow_key, struct evidence, 16384);
LRU_MAP(server_evidence, struct flow_key, struct evidence, 16384);

/* Hosts that have a mail connection, for telling ident queries from scans. */
LRU_MAP(ident_pairs, struct host_pair, __u64, 4096);
LRU_MAP(ident_queries, struct flow_key, struct ident_query, 4096);

/* Hosts that accept mail connections, and what they ask the DNS. */
LRU_MAP(mail_hosts, struct address, __u64, 4096);
LRU_MAP(lookups, struct lookup_key, struct lookup, 4096);

/* RECORD_SIGNAL and RECORD_IDENT: read first, never starved by chatter. */
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 22);
} incidents SEC(".maps");

/* All other records; may drop under load. */
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 21);
} dialogue SEC(".maps");

/* enum counter; summed over CPUs by the reader. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, COUNTER_COUNT);
  __type(key, __u32);
  __type(value, __u64);
} counters SEC(".maps");

/* histogram_cell(); summed over CPUs by the reader. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, HISTOGRAM_CELLS_TOTAL);
  __type(key, __u32);
  __type(value, __u64);
} histograms SEC(".maps");

/* Of each CPU's latest second. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct attempt_budget);
} attempt_budgets SEC(".maps");

/* Working memory of the packet at hand. Hooks of one CPU do not interrupt one
 * another: both run with bottom halves off. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct scratch);
} scratches SEC(".maps");

#endif
