/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Are two DNS questions the same?
 *
 * By a digest, so that a table of them needs no room for names. It has no secret:
 * userspace makes the same one of a name that it expects.
 */
#ifndef MXRAY_BPF_QUESTION_H
#define MXRAY_BPF_QUESTION_H

#include "bytes.h"

CORE_BEGIN

enum {
  MAX_QUESTION = 112, /* bytes that count; the longest name in ip6.arpa has 74 */
};

/* Of the question's name and type, letters without their case: some resolvers
 * mix it. `from` is indexable to MAX_QUESTION; of what follows the type nothing
 * counts. FNV-1a; public, so that userspace can tell a name that it expects. */
CORE_INLINE u64 digest_of_question(const u8 *from, u16 *type) {
  u64 digest = 0xcbf29ce484222325ull;
  u32 behind = 0, number = 0, i; /* behind: bytes since the name's end, that included */
  for (i = 0; i < MAX_QUESTION; i++) {
    const u32 byte = from[i];
    const u32 counts = is_below(behind, 3);
    const u32 is_letter = is_below('A' - 1, byte) & is_below(byte, 'Z' + 1);
    const u32 folded = byte | (is_letter << 5);
    const u64 next = (digest ^ folded) * 0x100000001b3ull;
    const u64 mask = 0 - (u64)counts;
    digest = (digest & ~mask) | (next & mask);
    number = (number & ~(u32)mask) | (((number << 8) | byte) & (u32)mask);
    behind += is_below(0, behind) | is_equal(byte, 0);
  }
  *type = (u16)number;
  return digest;
}

CORE_END

#endif
