/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is remembered of a connection?
 *
 * Four tables, all keyed by flow_key:
 *   half_open   a connection that is not proven yet: a SYN, then its SYN-ACK, that
 *               wait for the client's answer. Anybody can send a SYN in anybody's
 *               name, and the server answers it; only who got that answer knows the
 *               server's number. So a flood evicts others of its kind and never a
 *               live connection
 *   side        one for each direction, written by the hook that sees its
 *               packets: what the sender looks like, and how far it has come.
 *               Key, value and the kernel's 48 bytes fill 256 bytes, so that
 *               two neighbours never share a cache line
 *   evidence    one for each direction, not touched by bare ACKs: the latest
 *               packets (evidence.h)
 * and two for ident (ident.h), two for DNS look-ups (lookup.h).
 */
#ifndef MXRAY_BPF_FLOW_H
#define MXRAY_BPF_FLOW_H

#include "evidence.h"
#include "packet.h"

CORE_BEGIN

/* Records one connection may cause; beyond that they are only counted. */
enum {
  MAX_SIGNALS_OF_SIDE = 24,
  /* Of data that shows nothing but what was seen of this side before: the rest is
   * kept for a forger who comes late, or who first wants to use them up. */
  MAX_REPEATED_SIGNALS_OF_SIDE = 12,
};

enum half_open_flag {
  HALF_OPEN_MEASURED = 0x01,    /* the SYN-ACK answers the only SYN there was (Karn) */
  HALF_OPEN_SECOND = 0x02,      /* another SYN-ACK came, with another number */
  HALF_OPEN_FROM_SERVER = 0x04, /* of a stranger: the server sent its data */
  HALF_OPEN_MET = 0x08,         /* of a stranger: the other side has acknowledged */
};

/* Either a handshake under way or, with a syn_count of 0, a stranger: data of a
 * connection whose handshake was not seen. */
struct half_open {
  u64 syn_time_ns; /* of the first */
  u32 isn;
  u16 ip_id;
  u16 window;
  u8 ttl;
  u8 options;
  u8 traits;
  u8 syn_count;
  u8 reset_count; /* RSTs seen from the server's address meanwhile */
  u8 reset_ttl;
  u16 reset_window;
  u64 reset_time_ns;
  u32 reset_seq;
  u32 reset_ack;
  u16 reset_ip_id;
  u8 reset_traits;
  u8 answer_ttl; /* the SYN-ACK's, as all that follow */
  u8 answer_options;
  u8 answer_traits;
  u8 answer_count;           /* 0: no SYN-ACK yet */
  u8 flags;                  /* enum half_open_flag */
  u64 answer_time_ns;        /* of the first */
  u64 latest_answer_time_ns; /* ... repeated */
  u32 answer_isn;            /* a stranger's: where the answer to it must begin */
  u16 answer_ip_id;
  u16 answer_window;
};

enum side_flag {
  SIDE_MIDSTREAM = 0x0001,   /* the handshake was not seen */
  SIDE_TIMESTAMPS = 0x0002,  /* both ends offered them: they must stay */
  SIDE_ESTABLISHED = 0x0004, /* client: has answered the SYN-ACK */
  SIDE_HAS_DATA = 0x0008,
  SIDE_FIN = 0x0010,
  SIDE_RESET = 0x0020,   /* a RST came with this side's address */
  SIDE_ALIVE = 0x0040,   /* ... and this side went on: reported */
  SIDE_WATCH = 0x0080,   /* the other side's suspect bytes: accepted? */
  SIDE_SUSPECT = 0x0100, /* a suspect packet came with this address */
  SIDE_ENCRYPTED = 0x0200,
  SIDE_CLOSED = 0x0400, /* reported */
  SIDE_TTL_VARIES = 0x0800,
  SIDE_MAY_SEND_MESSAGE = 0x1000, /* client: what it says next may be one */
  SIDE_HAS_REPLIED = 0x2000,
  SIDE_RETRANSMITTED = 0x4000, /* the newest data was sent more than once */
  SIDE_IP_ID_COUNTS = 0x8000,  /* its IP ID changes from packet to packet */
};

/* The kernel puts 48 bytes and the key of 40 before it: what every packet asks for
 * comes first, in the cache line that the key ends in. */
struct side {
  u64 bytes;
  u32 packets;
  u32 next_seq;   /* behind the newest genuine byte */
  u32 next_ack;   /* highest acknowledgement seen with data */
  u32 line_ack;   /* acknowledgement of its latest command, message or reply: segment.h */
  u16 flags;      /* enum side_flag */
  u16 ip_id;      /* of the newest data */
  u16 last_ip_id; /* of any packet but a RST */
  u16 window;
  u8 data_ttl;
  u8 data_traits;
  u8 data_options;
  u8 data_segments; /* saturates */
  u8 ack_ttl;       /* of its latest segment without data */
  u8 ack_traits;
  u8 protocol;
  u8 verb; /* client: its latest command */
  /* Of packets that tell something. */
  u64 data_time_ns;   /* of the newest data that waits for an answer, when it was first sent */
  u64 first_time_ns;  /* client: SYN; server: SYN-ACK; else the first packet */
  u64 second_time_ns; /* client: answer to the SYN-ACK; server: latest SYN-ACK */
  u64 rtt_ns;         /* server: least round trip seen; 0 unknown */
  u64 reset_time_ns;  /* of the latest RST */
  u32 isn;
  u32 watch_seq;  /* the other side's suspect bytes begin here */
  u32 watch_end;  /* ... and end here */
  u32 reset_seq;  /* of the latest RST */
  u32 signals;    /* enum signal: all that its packets raised */
  u16 reply_code; /* server: of its latest reply */
  u16 syn_window;
  u8 handshake_ttl;
  u8 handshake_traits;
  u8 handshake_options;
  u8 reset_ttl;
  u8 syn_count;   /* client: SYNs; server: SYN-ACKs */
  u8 reset_count; /* saturates */
  u8 signals_sent;
  u8 bare_segments; /* data without the timestamps that were negotiated, before any with them */
  u8 early_answers; /* server: those that came too early, 0 or 1 */
  u8 padding[55];
};

/* The two hosts of a mail connection, as an ident query would see them. */
struct host_pair {
  struct address client;
  struct address server;
  u32 interface;
};

RECORD_SIZE_CHECK(half_open, 72);
RECORD_SIZE_CHECK(side, 168);

CORE_INLINE u8 saturating_add(u8 value) { return value == 255 ? 255 : (u8)(value + 1); }

/* Zero of a side that was not seen. */
CORE_INLINE void fill_baseline(struct baseline *to, const struct side *side) {
  if (!side) {
    __builtin_memset(to, 0, sizeof *to);
    return;
  }
  to->handshake_ttl = side->handshake_ttl;
  to->data_ttl = side->data_ttl;
  to->reset_ttl = side->reset_ttl;
  to->handshake_traits = side->handshake_traits;
  to->data_traits = side->data_traits;
  to->handshake_options = side->handshake_options;
  to->data_options = side->data_options;
  to->data_segments = side->data_segments;
  to->ip_id = side->ip_id;
  to->window = side->window;
  to->data_ttl_varies = (side->flags & SIDE_TTL_VARIES) != 0;
  to->reset_count = side->reset_count;
  to->ack_ttl = side->ack_ttl;
  to->ack_traits = side->ack_traits;
}

/* Either side may be missing (one direction only is seen). */
CORE_INLINE void fill_handshake(struct handshake *to, const struct side *client,
                                const struct side *server) {
  __builtin_memset(to, 0, sizeof *to);
  if (client) {
    to->syn_time_ns = client->flags & SIDE_MIDSTREAM ? 0 : client->first_time_ns;
    to->established_time_ns = client->second_time_ns;
    to->client_isn = client->isn;
    to->client_ttl = client->handshake_ttl;
    to->client_options = client->handshake_options;
    to->syn_count = client->syn_count;
  }
  if (server) {
    to->syn_ack_time_ns = server->flags & SIDE_MIDSTREAM ? 0 : server->first_time_ns;
    to->last_syn_ack_time_ns = server->second_time_ns;
    to->server_isn = server->isn;
    to->server_ttl = server->handshake_ttl;
    to->server_options = server->handshake_options;
    to->syn_ack_count = server->syn_count;
  }
  to->midstream = !client || !server || ((client->flags | server->flags) & SIDE_MIDSTREAM) != 0;
}

CORE_INLINE void fill_key(struct flow_key *key, const struct packet *packet, int from_server,
                          u32 interface) {
  key->client = from_server ? packet->destination : packet->source;
  key->server = from_server ? packet->source : packet->destination;
  key->client_port = from_server ? packet->destination_port : packet->source_port;
  key->server_port = from_server ? packet->source_port : packet->destination_port;
  key->interface = interface;
}

CORE_INLINE void fill_segment(struct segment *to, const struct packet *packet, u64 time_ns) {
  to->time_ns = time_ns;
  to->seq = packet->seq;
  to->ack = packet->ack;
  to->length = packet->payload_length;
  to->digest = 0;
  to->window = packet->window;
  to->ip_id = packet->ip_id;
  to->ttl = packet->ttl;
  to->tcp_flags = packet->tcp_flags;
  to->options = packet->options;
  to->traits = packet->traits;
  __builtin_memset(to->head, 0, SEGMENT_HEAD + 4);
}

/* The newest data makes the baseline; suspect packets never do. */
CORE_INLINE void update_baseline(struct side *side, const struct packet *packet) {
  if (side->data_segments && side->data_ttl != packet->ttl) side->flags |= SIDE_TTL_VARIES;
  side->data_ttl = packet->ttl;
  side->data_traits = packet->traits;
  side->data_options |= packet->options;
  side->ip_id = packet->ip_id;
  side->window = packet->window;
  side->data_segments = saturating_add(side->data_segments);
}

/* A segment without data still tells which box holds the connection. */
CORE_INLINE void note_ack(struct side *side, const struct packet *packet) {
  side->ack_ttl = packet->ttl;
  side->ack_traits = packet->traits;
}

CORE_INLINE void note_ip_id(struct side *side, u16 ip_id) {
  if (side->last_ip_id == ip_id) return;
  if (side->last_ip_id && ip_id) side->flags |= SIDE_IP_ID_COUNTS;
  side->last_ip_id = ip_id;
}

CORE_END

#endif
