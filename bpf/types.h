/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which plain types does the core use, in the kernel and natively alike?
 *
 * Every header of the core compiles twice: as C for the BPF target and as C++
 * for the daemon, the replay and the tests. In C++ the core lives in a
 * namespace of its own, so that `struct segment` clashes with nothing.
 */
#ifndef MXRAY_BPF_TYPES_H
#define MXRAY_BPF_TYPES_H

#include <linux/types.h>

#ifdef __cplusplus
#define CORE_BEGIN namespace mxray::core {
#define CORE_END } /* namespace mxray::core */
#else
#define CORE_BEGIN
#define CORE_END
#endif

/* The BPF target has no function call cheap enough for the hot path, and the
 * verifier follows inlined code best; natively it is merely a hint. */
#define CORE_INLINE static inline __attribute__((always_inline, unused))

CORE_BEGIN

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;

CORE_END

#endif
