/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How are bytes of a packet read and compared?
 *
 * The BPF target loads unaligned words directly; natively a cast would be
 * undefined, so memcpy says the same to the compiler.
 */
#ifndef MXRAY_BPF_BYTES_H
#define MXRAY_BPF_BYTES_H

#include "types.h"

CORE_BEGIN

#ifdef __bpf__
#define DEFINE_LOAD(name, type) \
  CORE_INLINE type name(const void *from) { return *(const type *)from; }
#else
#define DEFINE_LOAD(name, type)                   \
  CORE_INLINE type name(const void *from) {       \
    type value;                                   \
    __builtin_memcpy(&value, from, sizeof value); \
    return value;                                 \
  }
#endif
DEFINE_LOAD(load_u16, u16)
DEFINE_LOAD(load_u32, u32)
DEFINE_LOAD(load_u64, u64)

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FROM_NETWORK16(x) __builtin_bswap16(x)
#define FROM_NETWORK32(x) __builtin_bswap32(x)
#else
#define FROM_NETWORK16(x) (x)
#define FROM_NETWORK32(x) (x)
#endif
CORE_INLINE u16 load_be16(const void *from) { return FROM_NETWORK16(load_u16(from)); }
CORE_INLINE u32 load_be32(const void *from) { return FROM_NETWORK32(load_u32(from)); }

/* Four characters as load_be32 reads them, to compare a word at a time. */
#define FOUR(a, b, c, d) (((u32)(a) << 24) | ((u32)(b) << 16) | ((u32)(c) << 8) | (u32)(d))
/* ASCII letters to upper case; other bytes become something no letter is. */
#define UPPER4 0xDFDFDFDFu

/* Sequence numbers compare modulo 2^32 (RFC 9293, 3.4). */
CORE_INLINE int seq_before(u32 a, u32 b) { return (s32)(a - b) < 0; }

/* 1 if a < b, without a branch: both below 2^31. */
CORE_INLINE u32 is_below(u32 a, u32 b) { return (a - b) >> 31; }
CORE_INLINE u32 is_equal(u32 a, u32 b) { return is_below(a ^ b, 1); }

/* The compiler may not fold a bounded index away, or the verifier loses it. */
#ifdef __bpf__
#define KEEP_BOUND(x) asm volatile("" : "+r"(x))
#else
#define KEEP_BOUND(x) (void)(x)
#endif

/* Unrolled, a loop's intermediate values would fill the BPF stack. */
#ifdef __bpf__
#define KEEP_LOOP _Pragma("clang loop unroll(disable)")
#else
#define KEEP_LOOP
#endif

CORE_END

#endif
