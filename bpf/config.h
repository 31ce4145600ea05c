/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which knobs does the core have?
 *
 * Set once before the first packet: in the kernel as frozen read-only data, so
 * that the verifier removes what is switched off, natively as a plain struct.
 */
#ifndef MXRAY_BPF_CONFIG_H
#define MXRAY_BPF_CONFIG_H

#include "record.h"

CORE_BEGIN

enum {
  PORT_TABLE_SIZE = 32,
  IDENT_PORT = 113, /* RFC 1413 */
  DNS_PORT = 53,
  /* Queries between two hosts since their latest mail connection. A server asks
   * once for each; one that scans shall not fill the ring. */
  MAX_QUERIES_OF_PAIR = 64,
};

struct watched_port {
  u16 port; /* 0: unused */
  u16 protocol;
};

struct core_config {
  /* One bit a port, for the gate that nearly every packet stops at; 8 KiB, but
   * a host's ports touch only a few lines of it. */
  u64 port_bits[1024];
  struct watched_port ports[PORT_TABLE_SIZE];
  u64 slow_greeting_ns;
  u64 digest_secret; /* random a run: digests and imprints reveal nothing */
  u32 replay;        /* 1: clock and interface come from the test, not the kernel */
  /* Connections that each CPU takes on in a second before they are proven. */
  u32 unproven_a_second;
};

typedef const volatile struct core_config config_view;

CORE_INLINE int is_watched(config_view *config, u16 port) {
  return (config->port_bits[port >> 6] >> (port & 63)) & 1;
}

CORE_INLINE u8 protocol_of_port(config_view *config, u16 port) {
  u32 i;
  for (i = 0; i < PORT_TABLE_SIZE; i++) {
    if (config->ports[i].port == port) return (u8)config->ports[i].protocol;
  }
  return PROTOCOL_OTHER;
}

CORE_END

#endif
