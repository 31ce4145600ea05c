/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which parts of the core are functions of their own in the kernel?
 *
 * Inlined, they would be verified once more on each path to them (docs/decisions/0002).
 */
#ifndef MXRAY_BPF_CALLS_H
#define MXRAY_BPF_CALLS_H

#include "kernel.h"
#include "pipeline.h"

/* Global, so that they are verified by themselves. They find the scratch by
 * themselves, too: kernels before 5.13 pass no pointers but the context to such
 * functions. */
#define DEFINE_CALL(name)                                                                   \
  __attribute__((noinline)) int mxray_##name(void) {                                        \
    __u32 zero = 0;                                                                         \
    struct scratch *scratch = bpf_map_lookup_elem(&scratches, &zero);                       \
    return scratch ? name(scratch) : 0;                                                     \
  }                                                                                         \
  static __always_inline int env_##name(struct environment *env, struct scratch *scratch) { \
    (void)env;                                                                              \
    (void)scratch;                                                                          \
    return mxray_##name();                                                                  \
  }
DEFINE_CALL(parse_options)
DEFINE_CALL(copy_argument)

/* The same for parts that need the packet. */
#define DEFINE_CALL_WITH_PACKET(name)                                                       \
  __attribute__((noinline)) int mxray_xdp_##name(struct xdp_md *context) {                  \
    __u32 zero = 0;                                                                         \
    struct environment env = environment_of_xdp(context);                                   \
    env.interface = context->ingress_ifindex;                                               \
    struct scratch *scratch = bpf_map_lookup_elem(&scratches, &zero);                       \
    return scratch ? name(&env, scratch) : 0;                                               \
  }                                                                                         \
  __attribute__((noinline)) int mxray_skb_##name(struct __sk_buff *skb) {                   \
    __u32 zero = 0;                                                                         \
    struct environment env = environment_of_skb(skb);                                       \
    env.interface = skb->ifindex;                                                           \
    struct scratch *scratch = bpf_map_lookup_elem(&scratches, &zero);                       \
    return scratch ? name(&env, scratch) : 0;                                               \
  }                                                                                         \
  static __always_inline int env_##name(struct environment *env, struct scratch *scratch) { \
    (void)scratch;                                                                          \
    return env->at_xdp ? mxray_xdp_##name(env->xdp) : mxray_skb_##name(env->skb);           \
  }
DEFINE_CALL_WITH_PACKET(handle_mail)
DEFINE_CALL_WITH_PACKET(open_flow)
DEFINE_CALL_WITH_PACKET(emit_outcome)
DEFINE_CALL_WITH_PACKET(compare_with_earlier)
DEFINE_CALL_WITH_PACKET(handle_ident)
DEFINE_CALL_WITH_PACKET(handle_ident_unreachable)
DEFINE_CALL_WITH_PACKET(handle_lookup)

#endif
