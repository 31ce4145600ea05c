/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which TCP options does this segment carry?
 *
 * Only for segments that carry others than timestamps alone: SYNs, SACKs, and
 * what forgers make up.
 */
#ifndef MXRAY_BPF_OPTIONS_H
#define MXRAY_BPF_OPTIONS_H

#include "environment.h"

CORE_BEGIN

enum { MAX_OPTIONS_LENGTH = 40 }; /* the header has 4 bits for its length */

CORE_INLINE u8 option_bit(u8 kind) {
  switch (kind) {
    case 2: return OPTION_MSS;
    case 3: return OPTION_WINDOW_SCALE;
    case 4: return OPTION_SACK_PERMITTED;
    case 5: return OPTION_SACK;
    case 8: return OPTION_TIMESTAMPS;
    default: return OPTION_OTHER;
  }
}

/* Of the scratch->line_length bytes in scratch->line (RFC 9293, 3.2): their
 * enum tcp_option bits. */
CORE_INLINE int parse_options(struct scratch *scratch) {
  const u8 *line = scratch->line;
  const u32 length = scratch->line_length;
  u32 found = 0, at = 0, i;
  for (i = 0; i < MAX_OPTIONS_LENGTH; i++) { /* each takes a byte at least */
    u32 kind, size;
    KEEP_BOUND(at);
    if (at >= length || at >= MAX_OPTIONS_LENGTH) break;
    kind = line[at];
    if (kind == 0) break;
    if (kind == 1) {
      at++;
      continue;
    }
    size = line[at + 1];
    if (at + 1 >= length || size < 2 || at + size > length) {
      found = forget(scratch, found | OPTION_MALFORMED);
      break;
    }
    found = forget(scratch, found | option_bit((u8)kind));
    at = forget(scratch, at + size);
  }
  return (int)found;
}

/* Completes packet->options. */
CORE_INLINE void read_options(struct environment *env, struct scratch *scratch) {
  struct packet *packet = &scratch->packet;
  const u32 length = packet->options_length;
  if (length == 0) return;
  scratch->line_length = env_read_128(env, packet->payload_offset - length, length, scratch->line);
  packet->options = (u8)env_parse_options(env, scratch);
}

CORE_END

#endif
