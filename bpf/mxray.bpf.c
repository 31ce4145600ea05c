/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where does the kernel hand over packets?
 *
 * A thin shell: three programs. Every one returns "go on" for every packet,
 * whatever happens inside.
 */
#include "calls.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL"; /* GPL-only helpers need it */

/* Frames that arrive, on interfaces with an Ethernet header. Jumbo frames come
 * in several buffers; headers and the start of a line lie in the first. */
SEC("xdp.frags")
int mxray_xdp(struct xdp_md *context) {
  struct environment env = environment_of_xdp(context);
  struct packet packet;
  int parsed = parse_ethernet(env.data, env.end, distance(env.data, env.end), &config, &packet);
  if (parsed != PARSE_OTHER) {
    env.interface = context->ingress_ifindex;
    handle_packet(&env, parsed, &packet);
  }
  return XDP_PASS;
}

static __always_inline int is_malformed(int parsed) {
  return parsed == PARSE_MALFORMED_LINK || parsed == PARSE_MALFORMED_IP ||
         parsed == PARSE_MALFORMED_TCP;
}

static __always_inline int parse_skb(struct __sk_buff *skb, int has_ethernet,
                                     const struct environment *env, struct packet *packet) {
  return has_ethernet ? parse_ethernet(env->data, env->end, skb->len, &config, packet)
                      : parse_raw(env->data, env->end, skb->len, &config, packet);
}

static __always_inline void handle_parsed_skb(struct __sk_buff *skb, struct environment *env,
                                              int parsed, const struct packet *packet) {
  if (parsed == PARSE_OTHER) return;
  env->interface = skb->ifindex;
  handle_packet(env, parsed, packet);
}

/* Else clang takes it apart, and carries what is not set yet in registers. */
#define KEEP_IN_MEMORY(variable) __asm__ volatile("" : : "r"(&(variable)) : "memory")

enum { PULLED_BYTES = 256 }; /* longer than any headers that parse */

/* Headers may lie in fragments, too: asks for them and looks again. Changes no byte of
 * the packet. Global functions, so that each is one path to its caller. */
#define DEFINE_HANDLE_PULLED(name, has_ethernet)                                      \
  __attribute__((noinline)) int mxray_pull_and_handle_##name(struct __sk_buff *skb) { \
    struct environment env;                                                           \
    struct packet packet;                                                             \
    int parsed;                                                                       \
    bpf_skb_pull_data(skb, skb->len < PULLED_BYTES ? skb->len : PULLED_BYTES);        \
    env = environment_of_skb(skb);                                                    \
    parsed = parse_skb(skb, has_ethernet, &env, &packet);                             \
    handle_parsed_skb(skb, &env, parsed, &packet);                                    \
    return 0;                                                                         \
  }
DEFINE_HANDLE_PULLED(ethernet, 1)
DEFINE_HANDLE_PULLED(raw, 0)

/* Both directions: which one it is, the ports tell. */
static __always_inline void handle_skb(struct __sk_buff *skb, int has_ethernet) {
  struct environment env = environment_of_skb(skb);
  struct packet packet;
  KEEP_IN_MEMORY(packet);
  const u32 at_hand = distance(env.data, env.end);
  const int parsed = parse_skb(skb, has_ethernet, &env, &packet);
  if (!is_malformed(parsed) || at_hand >= PULLED_BYTES || at_hand >= skb->len) {
    handle_parsed_skb(skb, &env, parsed, &packet);
  } else if (has_ethernet) {
    mxray_pull_and_handle_ethernet(skb);
  } else {
    mxray_pull_and_handle_raw(skb);
  }
}

SEC("tc")
int mxray_tc_ethernet(struct __sk_buff *skb) {
  handle_skb(skb, 1);
  return -1; /* TC_ACT_UNSPEC: as if this program were not here */
}

/* Interfaces without a link header: ppp, WireGuard, tun. */
SEC("tc")
int mxray_tc_raw(struct __sk_buff *skb) {
  handle_skb(skb, 0);
  return -1;
}
