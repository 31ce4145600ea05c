/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How do packets of many flows reach a program under BPF_PROG_TEST_RUN?
 *
 * A test run gives one frame again and again. These programs make another packet
 * of it each time, in place, and tail-call the program under test; what they cost
 * is in every figure alike, so the figures are differences to the empty program.
 */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "traffic.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct traffic traffic = {};

/* Each CPU counts for itself and has flows of its own, so that two of them can run
 * side by side; so does each program under test, or it would miss what others were sent. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, PROGRAMS_UNDER_TEST);
  __type(key, __u32);
  __type(value, __u32);
} numbers SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} xdp_under_test SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} tc_under_test SEC(".maps");

/* As long as the key of a flow, and a small value. As many entries as mxray's own tables
 * have, set before it is loaded. */
struct key {
  __u64 words[5];
};
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 1);
  __type(key, struct key);
  __type(value, __u64);
} flows SEC(".maps");

/* Ethernet, IPv4 without options, and the ports; of TCP the two numbers. */
enum { SOURCE_AT = 26, DESTINATION_AT = 30, SOURCE_PORT_AT = 34, DESTINATION_PORT_AT = 36 };
enum { SEQUENCE_AT = 38, ACKNOWLEDGEMENT_AT = 42, FRAME_HEAD = 46 };

/* The odd factor spreads neighbours over the tables, as arrivals are spread. */
static __always_inline void make_packet(__u8* data, __u8* end) {
  __u32 program = traffic.program;
  __u32* number = bpf_map_lookup_elem(&numbers, &program);
  __u32 flow, round;
  if (!number || data + FRAME_HEAD > end || traffic.flows == 0) return;
  flow = (*number * 2654435761u) & (traffic.flows - 1);
  round = *number / traffic.flows;
  ++*number;
  *(__u32*)(data + (traffic.from_server ? DESTINATION_AT : SOURCE_AT)) =
      bpf_htonl(0x0A000000u | (bpf_get_smp_processor_id() << 20) | flow);
  *(__u16*)(data + (traffic.from_server ? DESTINATION_PORT_AT : SOURCE_PORT_AT)) =
      bpf_htons(20000 + (flow & 0x3fff));
  if (traffic.is_tcp) {
    const __u32 begin = flow * FLOW_NUMBER_STEP;
    *(__u32*)(data + SEQUENCE_AT) = bpf_htonl(traffic.base_seq + begin + round * traffic.step);
    *(__u32*)(data + ACKNOWLEDGEMENT_AT) = bpf_htonl(traffic.base_ack + begin);
  }
}

SEC("xdp.frags")
int generate_xdp(struct xdp_md* context) {
  make_packet((__u8*)(long)context->data, (__u8*)(long)context->data_end);
  bpf_tail_call(context, &xdp_under_test, 0);
  return XDP_ABORTED;
}

SEC("tc")
int generate_tc(struct __sk_buff* skb) {
  make_packet((__u8*)(long)skb->data, (__u8*)(long)skb->data_end);
  bpf_tail_call(skb, &tc_under_test, 0);
  return 2; /* TC_ACT_SHOT */
}

SEC("xdp.frags")
int empty_xdp(struct xdp_md* context) {
  (void)context;
  return XDP_PASS;
}

SEC("tc")
int empty_tc(struct __sk_buff* skb) {
  (void)skb;
  return -1;
}

/* One look-up of a key that has to be made of the packet: what any monitor costs
 * that keeps something of each flow. */
static __always_inline void look_up(const __u8* data, const __u8* end) {
  struct key key = {};
  __u64 *value, one = 1;
  if (data + FRAME_HEAD > end) return;
  key.words[0] = *(const __u32*)(data + SOURCE_AT);
  key.words[1] = *(const __u32*)(data + DESTINATION_AT);
  value = bpf_map_lookup_elem(&flows, &key);
  if (value) {
    *value += 1;
  } else {
    bpf_map_update_elem(&flows, &key, &one, BPF_ANY);
  }
}

SEC("xdp.frags")
int lookup_xdp(struct xdp_md* context) {
  look_up((const __u8*)(long)context->data, (const __u8*)(long)context->data_end);
  return XDP_PASS;
}

SEC("tc")
int lookup_tc(struct __sk_buff* skb) {
  look_up((const __u8*)(long)skb->data, (const __u8*)(long)skb->data_end);
  return -1;
}
