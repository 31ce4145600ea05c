/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What does this frame say?
 *
 * Parses once into struct packet; nothing behind this header reads raw headers
 * again. It is written only behind the gate of the ports, which nearly every
 * packet stops at: of PARSE_OTHER and what is malformed it holds nothing. Options other than the
 * usual timestamps are left to options.h, the stream bytes stay where they are: payload_offset says
 * where.
 */
#ifndef MXRAY_BPF_PACKET_H
#define MXRAY_BPF_PACKET_H

#include "bytes.h"
#include "config.h"
#include "record.h"

CORE_BEGIN

enum parse_result {
  PARSE_OTHER = 0,         /* not ours: no TCP, or no watched port */
  PARSE_TCP,               /* a segment of a watched port or of ident */
  PARSE_IDENT_UNREACHABLE, /* ICMP says that an ident query cannot arrive */
  PARSE_LOOKUP,            /* DNS over UDP, a question or an answer */
  PARSE_MALFORMED_LINK,
  PARSE_MALFORMED_IP,
  PARSE_MALFORMED_TCP,
  PARSE_FRAGMENT,
  PARSE_TUNNEL,
};

struct packet {
  struct address source; /* for PARSE_IDENT_UNREACHABLE: of the query inside */
  struct address destination;
  u32 seq;
  u32 ack;
  u32 payload_length; /* stream bytes by the IP header, without padding */
  u32 payload_offset; /* from the first byte of the frame */
  u16 source_port;
  u16 destination_port;
  u16 window;
  u16 ip_id;
  u8 ttl;
  u8 tcp_flags;
  u8 options; /* enum tcp_option */
  u8 traits;  /* enum segment_trait */
  u8 icmp_code;
  u8 options_length; /* bytes before the payload that read_options() has to read */
  u8 padding[2];
};

enum {
  ETHERTYPE_IPV4 = 0x0800,
  ETHERTYPE_IPV6 = 0x86DD,
  ETHERTYPE_VLAN = 0x8100, /* 802.1Q */
  ETHERTYPE_QINQ = 0x88A8, /* 802.1ad */
  ETHERTYPE_PPPOE = 0x8864,
  PPP_IPV4 = 0x0021,
  PPP_IPV6 = 0x0057,
  NEXT_HOP_BY_HOP = 0,
  NEXT_ICMP = 1,
  NEXT_IPIP = 4,
  NEXT_TCP = 6,
  NEXT_UDP = 17,
  NEXT_IPV6 = 41,
  NEXT_ROUTING = 43,
  NEXT_FRAGMENT = 44,
  NEXT_GRE = 47,
  NEXT_AUTHENTICATION = 51,
  NEXT_ICMPV6 = 58,
  NEXT_DESTINATION = 60,
  NEXT_MOBILITY = 135,
  ICMP_UNREACHABLE = 3,
  ICMPV6_UNREACHABLE = 1,
  MAX_VLAN_TAGS = 3,
  MAX_EXTENSION_HEADERS = 8,
};

/* Pointers must be subtracted as such; narrowed, the verifier refuses them. */
CORE_INLINE u32 distance(const u8 *from, const u8 *to) {
  unsigned long length = (unsigned long)(to - from);
  KEEP_BOUND(length);
  return (u32)length;
}

CORE_INLINE void map_ipv4(struct address *to, const void *from) {
  __builtin_memset(to->bytes, 0, 10);
  to->bytes[10] = 0xff;
  to->bytes[11] = 0xff;
  __builtin_memcpy(to->bytes + 12, from, 4);
}

/* `segment_length`: TCP header and stream bytes, by the IP header. */
CORE_INLINE int parse_tcp(const u8 *start, const u8 *at, const u8 *end, u32 segment_length,
                          config_view *config, struct packet *packet) {
  u32 header_length;
  u16 source_port, destination_port;
  if (at + 20 > end) return PARSE_MALFORMED_TCP;
  source_port = load_be16(at);
  destination_port = load_be16(at + 2);
  if (!is_watched(config, source_port) && !is_watched(config, destination_port) &&
      source_port != IDENT_PORT && destination_port != IDENT_PORT) {
    return PARSE_OTHER;
  }
  __builtin_memset(packet, 0, sizeof *packet);
  packet->source_port = source_port;
  packet->destination_port = destination_port;
  header_length = (u32)(at[12] >> 4) * 4;
  if (header_length < 20 || header_length > segment_length) return PARSE_MALFORMED_TCP;
  if (at + header_length > end) return PARSE_MALFORMED_TCP;
  packet->seq = load_be32(at + 4);
  packet->ack = load_be32(at + 8);
  packet->tcp_flags = at[13];
  packet->window = load_be16(at + 14);
  packet->payload_length = segment_length - header_length;
  packet->payload_offset = distance(start, at) + header_length;
  /* The lowest of the four is no longer reserved: AE, once NS (AccECN). */
  if (at[12] & 0x0e) packet->traits |= TRAIT_RESERVED_BITS;
  packet->options = 0;
  packet->options_length = (u8)(header_length - 20);
  /* What nearly every established segment carries: two paddings, then
   * timestamps. RFC 7323, appendix A recommends this very layout. */
  if (header_length == 32 && at + 24 <= end && load_be32(at + 20) == 0x0101080A) {
    packet->options = OPTION_TIMESTAMPS;
    packet->options_length = 0;
  }
  return PARSE_TCP;
}

/* Sets ports and payload alone. */
CORE_INLINE int parse_udp(const u8 *start, const u8 *at, const u8 *end, struct packet *packet) {
  u32 length;
  u16 source_port, destination_port;
  if (at + 8 > end) return PARSE_OTHER;
  source_port = load_be16(at);
  destination_port = load_be16(at + 2);
  if (source_port != DNS_PORT && destination_port != DNS_PORT) return PARSE_OTHER;
  length = load_be16(at + 4);
  if (length < 8) return PARSE_OTHER;
  __builtin_memset(packet, 0, sizeof *packet);
  packet->source_port = source_port;
  packet->destination_port = destination_port;
  packet->payload_length = length - 8;
  packet->payload_offset = distance(start, at) + 8;
  return PARSE_LOOKUP;
}

/* The packet inside an ICMP error: is it one of the ident queries? Needs only
 * the ports, which RFC 792 and RFC 4443 promise. `at` is the inner IP header. */
CORE_INLINE int parse_unreachable(const u8 *at, const u8 *end, int ipv6, struct packet *packet) {
  if (ipv6) {
    if (at + 44 > end || at[6] != NEXT_TCP) return PARSE_OTHER;
    __builtin_memcpy(packet->source.bytes, at + 8, 16);
    __builtin_memcpy(packet->destination.bytes, at + 24, 16);
    at += 40;
  } else {
    u32 header_length;
    if (at + 20 > end || at[9] != NEXT_TCP) return PARSE_OTHER;
    header_length = (u32)(at[0] & 15) * 4;
    if (header_length < 20) return PARSE_OTHER;
    map_ipv4(&packet->source, at + 12);
    map_ipv4(&packet->destination, at + 16);
    at += header_length;
    if (at + 4 > end) return PARSE_OTHER;
  }
  packet->source_port = load_be16(at);
  packet->destination_port = load_be16(at + 2);
  return packet->destination_port == IDENT_PORT ? PARSE_IDENT_UNREACHABLE : PARSE_OTHER;
}

CORE_INLINE int is_tunnel(u8 next) {
  return next == NEXT_IPIP || next == NEXT_IPV6 || next == NEXT_GRE;
}

CORE_INLINE void fill_ipv4(struct packet *packet, const u8 *network, u16 fragment) {
  if (fragment & 0x4000) packet->traits |= TRAIT_DONT_FRAGMENT;
  packet->ip_id = load_be16(network + 4);
  packet->ttl = network[8];
  map_ipv4(&packet->source, network + 12);
  map_ipv4(&packet->destination, network + 16);
}

CORE_INLINE int parse_ipv4(const u8 *start, const u8 *at, const u8 *end, u32 frame_length,
                           config_view *config, struct packet *packet) {
  const u8 *transport;
  u32 header_length, total_length;
  u16 fragment;
  u8 next;
  int parsed;
  if (at + 20 > end || (at[0] >> 4) != 4) return PARSE_MALFORMED_IP;
  header_length = (u32)(at[0] & 15) * 4;
  if (header_length < 20) return PARSE_MALFORMED_IP;
  next = at[9];
  if (is_tunnel(next)) return PARSE_TUNNEL;
  if (next != NEXT_TCP && next != NEXT_ICMP && next != NEXT_UDP) return PARSE_OTHER;
  total_length = load_be16(at + 2);
  /* A packet put together by the kernel from more than 64 KiB says 0. */
  if (total_length == 0) total_length = frame_length - distance(start, at);
  if (total_length < header_length) return PARSE_MALFORMED_IP;
  fragment = load_be16(at + 6);
  /* An offset, or more to come. */
  if (fragment & 0x3fff) return next == NEXT_UDP ? PARSE_OTHER : PARSE_FRAGMENT;
  transport = at + header_length;
  if (next == NEXT_ICMP) {
    if (transport + 8 > end || transport[0] != ICMP_UNREACHABLE) return PARSE_OTHER;
    __builtin_memset(packet, 0, sizeof *packet);
    packet->ttl = at[8];
    packet->icmp_code = transport[1];
    return parse_unreachable(transport + 8, end, 0, packet);
  }
  parsed = next == NEXT_UDP
               ? parse_udp(start, transport, end, packet)
               : parse_tcp(start, transport, end, total_length - header_length, config, packet);
  if (parsed != PARSE_TCP && parsed != PARSE_LOOKUP) return parsed;
  fill_ipv4(packet, at, fragment);
  return parsed;
}

CORE_INLINE void fill_ipv6(struct packet *packet, const u8 *network) {
  packet->traits |= TRAIT_IPV6;
  packet->ttl = network[7];
  __builtin_memcpy(packet->source.bytes, network + 8, 16);
  __builtin_memcpy(packet->destination.bytes, network + 24, 16);
}

CORE_INLINE int parse_ipv6(const u8 *start, const u8 *at, const u8 *end, u32 frame_length,
                           config_view *config, struct packet *packet) {
  const u8 *network = at;
  u32 remaining, i;
  u8 next;
  if (at + 40 > end || (at[0] >> 4) != 6) return PARSE_MALFORMED_IP;
  remaining = load_be16(at + 4);
  if (remaining == 0) remaining = frame_length - distance(start, at) - 40; /* jumbo */
  next = at[6];
  at += 40;
  for (i = 0; i < MAX_EXTENSION_HEADERS; i++) {
    u32 length;
    if (next == NEXT_TCP || next == NEXT_UDP) {
      const int parsed = next == NEXT_UDP ? parse_udp(start, at, end, packet)
                                          : parse_tcp(start, at, end, remaining, config, packet);
      if (parsed == PARSE_TCP || parsed == PARSE_LOOKUP) fill_ipv6(packet, network);
      return parsed;
    }
    if (next == NEXT_ICMPV6) {
      if (at + 8 > end || at[0] != ICMPV6_UNREACHABLE) return PARSE_OTHER;
      __builtin_memset(packet, 0, sizeof *packet);
      packet->traits = TRAIT_IPV6;
      packet->ttl = network[7];
      packet->icmp_code = at[1];
      return parse_unreachable(at + 8, end, 1, packet);
    }
    if (is_tunnel(next)) return PARSE_TUNNEL;
    if (next == NEXT_FRAGMENT) return PARSE_FRAGMENT;
    if (next != NEXT_HOP_BY_HOP && next != NEXT_ROUTING && next != NEXT_DESTINATION &&
        next != NEXT_AUTHENTICATION && next != NEXT_MOBILITY) {
      return PARSE_OTHER;
    }
    if (at + 8 > end) return PARSE_MALFORMED_IP;
    /* In units of 8 bytes but the first; of 4 bytes but two for AH (RFC 4302). */
    length = next == NEXT_AUTHENTICATION ? ((u32)at[1] + 2) * 4 : ((u32)at[1] + 1) * 8;
    if (length > remaining) return PARSE_MALFORMED_IP;
    next = at[0];
    at += length;
    remaining -= length;
  }
  return PARSE_MALFORMED_IP; /* more extension headers than any sender needs */
}

/* From the network header on; `ether_type` says which. */
CORE_INLINE int parse_network(const u8 *start, const u8 *at, const u8 *end, u32 frame_length,
                              u16 ether_type, config_view *config, struct packet *packet) {
  if (ether_type == ETHERTYPE_IPV4) {
    return parse_ipv4(start, at, end, frame_length, config, packet);
  }
  if (ether_type == ETHERTYPE_IPV6) {
    return parse_ipv6(start, at, end, frame_length, config, packet);
  }
  return PARSE_OTHER;
}

/* A frame that starts with an Ethernet header. `end`: of the bytes at hand,
 * which may be fewer than frame_length. */
CORE_INLINE int parse_ethernet(const u8 *start, const u8 *end, u32 frame_length,
                               config_view *config, struct packet *packet) {
  const u8 *at = start;
  u16 type;
  u32 i;
  if (at + 14 > end) return PARSE_MALFORMED_LINK;
  type = load_be16(at + 12);
  at += 14;
  for (i = 0; i < MAX_VLAN_TAGS; i++) {
    if (type != ETHERTYPE_VLAN && type != ETHERTYPE_QINQ) break;
    if (at + 4 > end) return PARSE_MALFORMED_LINK;
    type = load_be16(at + 2);
    at += 4;
  }
  if (type == ETHERTYPE_PPPOE) { /* RFC 2516: version and type 1, code 0 is data */
    u16 inner;
    if (at + 8 > end) return PARSE_MALFORMED_LINK;
    if (at[0] != 0x11 || at[1] != 0) return PARSE_OTHER;
    inner = load_be16(at + 6);
    at += 8;
    type = inner == PPP_IPV4 ? ETHERTYPE_IPV4 : inner == PPP_IPV6 ? ETHERTYPE_IPV6 : 0;
  }
  return parse_network(start, at, end, frame_length, type, config, packet);
}

/* A frame without a link header: the first half-byte is the IP version. */
CORE_INLINE int parse_raw(const u8 *start, const u8 *end, u32 frame_length, config_view *config,
                          struct packet *packet) {
  if (start + 1 > end) return PARSE_MALFORMED_LINK;
  return parse_network(start, start, end, frame_length,
                       (start[0] >> 4) == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4, config, packet);
}

CORE_END

#endif
