/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What crosses from the kernel (or the native replay) to userspace?
 *
 * These records are the seam of mxray: everything before them flags, everything
 * after them judges. All integers are in host byte order, all padding is
 * explicit and zero, all times are nanoseconds of one clock per source
 * (CLOCK_MONOTONIC live, the capture's own clock in a replay).
 *
 * `text` of a reply may run on into lines that are nobody's business: the
 * reader keeps the first line only, except of SMTP, where all lines are the
 * server's own (userspace/analysis/record_view.h).
 *
 * Two ring buffers carry them: `incidents` (RECORD_SIGNAL and RECORD_IDENT,
 * never starved by chatter) and `dialogue` (the rest, which may drop; each
 * loss is counted).
 *
 * RECORD_VERSION rises by one whenever the size or the meaning of any field
 * changes; a reader that meets another version refuses the record and says so.
 */
#ifndef MXRAY_BPF_RECORD_H
#define MXRAY_BPF_RECORD_H

#include "types.h"

CORE_BEGIN

#define RECORD_VERSION 3

/* IPv6, or IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2); network byte order. */
struct address {
  u8 bytes[16];
};

/* One TCP connection as seen on one interface. `server` is the endpoint whose
 * port is a watched port; for ident queries it is the host that is asked. */
struct flow_key {
  struct address client;
  struct address server;
  u16 client_port;
  u16 server_port;
  u32 interface; /* ifindex live; the file's number, from 1, in a replay */
};

enum protocol {
  PROTOCOL_NONE = 0,
  PROTOCOL_SMTP = 1,
  PROTOCOL_POP3 = 2,
  PROTOCOL_IMAP = 3,
  PROTOCOL_OTHER = 4, /* a watched port whose protocol mxray does not speak */
  PROTOCOL_IDENT = 5, /* RFC 1413 */
  PROTOCOL_COUNT = 6,
};

/* TCP header flags, as on the wire (RFC 9293, 3.1). */
enum tcp_flag {
  TCP_FLAG_FIN = 0x01,
  TCP_FLAG_SYN = 0x02,
  TCP_FLAG_RST = 0x04,
  TCP_FLAG_PSH = 0x08,
  TCP_FLAG_ACK = 0x10,
};

/* TCP options present in a segment. */
enum tcp_option {
  OPTION_MSS = 0x01,
  OPTION_WINDOW_SCALE = 0x02,
  OPTION_SACK_PERMITTED = 0x04,
  OPTION_SACK = 0x08,
  OPTION_TIMESTAMPS = 0x10, /* RFC 7323 */
  OPTION_OTHER = 0x20,
  OPTION_MALFORMED = 0x40, /* a length of 0 or 1, or past the header's end */
};

enum segment_trait {
  TRAIT_DONT_FRAGMENT = 0x01, /* IPv4 DF; never set for IPv6 */
  TRAIT_IPV6 = 0x02,          /* then ip_id means nothing */
  TRAIT_SUSPECT = 0x04,       /* enough signals to keep it out of the baseline */
  TRAIT_TEXT = 0x08,          /* head[] holds text that may be shown */
  TRAIT_RETRANSMITTED = 0x10,
  TRAIT_RESERVED_BITS = 0x20, /* bits set that RFC 9293, 3.1 reserves; not AE (AccECN) */
};

/* Commands of all three protocols; never their arguments, see segment.head. */
enum verb {
  VERB_NONE = 0,
  VERB_HELO,
  VERB_EHLO,
  VERB_MAIL,
  VERB_RCPT,
  VERB_DATA,
  VERB_BDAT,
  VERB_RSET,
  VERB_NOOP,
  VERB_QUIT,
  VERB_VRFY,
  VERB_AUTH,
  VERB_STARTTLS,
  VERB_USER,
  VERB_PASS,
  VERB_APOP,
  VERB_CAPA,
  VERB_STAT,
  VERB_LIST,
  VERB_RETR,
  VERB_TOP,
  VERB_DELE,
  VERB_UIDL,
  VERB_LOGIN,
  VERB_AUTHENTICATE,
  VERB_SELECT,
  VERB_FETCH,
  VERB_IDLE,
  VERB_LOGOUT,
  VERB_OTHER,
  VERB_COUNT,
};

#define SEGMENT_HEAD 28

/* One packet, as the evidence shows it: exactly one cache line. */
struct segment {
  u64 time_ns;
  u32 seq;
  u32 ack;
  u32 length; /* stream bytes, without padding; many segments if GSO joined */
  u32 digest; /* keyed hash of the first min(length, SEGMENT_HEAD) bytes */
  u16 window; /* as in the header, not scaled */
  u16 ip_id;
  u8 ttl; /* or IPv6 hop limit */
  u8 tcp_flags;
  u8 options;
  u8 traits;
  /* From a server: the first bytes of its reply. From a client: of HELO and
   * EHLO the host name, of MAIL and RCPT the domain, of AUTH the mechanism,
   * else nothing. Credentials, mailbox names and messages never come here. */
  u8 head[SEGMENT_HEAD];
  u8 head_length;
  u8 verb;
  u16 reply_code; /* SMTP code; 1 for +OK/OK, 2 for -ERR/NO, 3 for BAD/BYE */
};

enum { REPLY_POSITIVE = 1, REPLY_NEGATIVE = 2, REPLY_BAD = 3 };

enum record_type {
  RECORD_FLOW_OPENED = 1,      /* record_flow: the handshake is proven, or mid-stream */
  RECORD_SYN_ACK_REPEATED = 2, /* record_flow */
  RECORD_ENCRYPTED = 3,        /* record_flow: TLS began */
  RECORD_FLOW_CLOSED = 4,      /* record_flow: FIN both ways, or a RST */
  RECORD_SYN_REPEATED = 5,     /* record_flow: nobody has answered the SYN */
  RECORD_REFUSED = 6,          /* record_flow: a RST, before any SYN-ACK */
  RECORD_GREETING = 7,         /* record_dialogue */
  RECORD_COMMAND = 8,          /* record_dialogue */
  RECORD_REPLY = 9,            /* record_dialogue */
  RECORD_SIGNAL = 10,          /* record_signal */
  RECORD_IDENT = 11,           /* record_ident */
  RECORD_LOOKUP = 12,          /* record_lookup */
};

struct record_header {
  u16 version; /* RECORD_VERSION */
  u8 type;     /* enum record_type */
  u8 protocol; /* enum protocol */
  u32 size;    /* of the whole record, bytes */
  u64 time_ns; /* of the packet that caused it */
  struct flow_key flow;
};

/* How the connection began. A time of 0 means: not seen. */
struct handshake {
  u64 syn_time_ns;
  u64 syn_ack_time_ns;      /* the first one */
  u64 last_syn_ack_time_ns; /* differs from the first if it was repeated */
  u64 established_time_ns;  /* the client's first segment after the SYN-ACK */
  u32 client_isn;
  u32 server_isn;
  u8 client_ttl;
  u8 server_ttl;
  u8 client_options;
  u8 server_options;
  u8 syn_count;
  u8 syn_ack_count;
  u8 midstream; /* 1: the handshake was not seen, ISNs mean nothing */
  u8 padding;
};

enum close_reason {
  CLOSE_NONE = 0,
  CLOSE_FIN = 1,
  CLOSE_RESET_BY_CLIENT = 2,
  CLOSE_RESET_BY_SERVER = 3,
};

/* What a sender had looked like until this packet; 0 if never seen. */
struct baseline {
  u8 handshake_ttl;
  u8 data_ttl;
  u8 reset_ttl; /* RECORD_REFUSED: of the refusal */
  u8 handshake_traits;
  u8 data_traits;
  u8 handshake_options;
  u8 data_options;
  u8 data_segments;   /* saturates at 255 */
  u16 ip_id;          /* of the last data segment */
  u16 window;         /* of the last data segment */
  u8 data_ttl_varies; /* 1: data came with more than one TTL before this */
  u8 reset_count;
  u8 ack_ttl; /* of its latest segment without data */
  u8 ack_traits;
};

struct record_flow {
  struct record_header header;
  struct handshake handshake;
  u64 rtt_ns; /* monitor to server and back; 0 if unknown */
  u64 client_bytes;
  u64 server_bytes;
  u32 client_packets;
  u32 server_packets;
  u32 server_signals;     /* enum signal: all that its packets raised so far */
  struct baseline server; /* zero if that side was not seen */
  u8 close_reason;
  u8 greeted;   /* 1: the server has sent data */
  u8 encrypted; /* 1: TLS was seen */
  u8 padding;
};

#define DIALOGUE_TEXT 512

/* One greeting, command or reply. Of commands `text` holds what segment.head
 * may hold, in full; of a server's segment its lines as sent, which may be
 * several replies if the client did not wait for each (RFC 2920): reply_code is
 * the first one's. */
struct record_dialogue {
  struct record_header header;
  struct handshake handshake;
  u64 delay_ns; /* greeting: since the SYN; reply: since the command; 0 unknown */
  u64 rtt_ns;
  u32 length;      /* stream bytes of the segment */
  u16 text_length; /* bytes of text[] */
  u16 reply_code;
  u8 verb; /* of the command; for a reply, of the command it answers */
  u8 from_server;
  u8 padding[6];
  u8 text[DIALOGUE_TEXT];
};

/* What the kernel noticed about one packet. Userspace gives them weights. */
enum signal {
  SIGNAL_TTL_HANDSHAKE = 1 << 0,      /* TTL differs from the sender's SYN/SYN-ACK */
  SIGNAL_TTL_DATA = 1 << 1,           /* TTL differs from the data so far by more than 1 */
  SIGNAL_NO_TIMESTAMPS = 1 << 2,      /* negotiated, yet absent (RFC 7323, 3.2) */
  SIGNAL_WINDOW_ZERO = 1 << 3,        /* window 0 on a segment that carries data */
  SIGNAL_DONT_FRAGMENT = 1 << 4,      /* DF differs from the sender's data so far */
  SIGNAL_IP_ID = 1 << 5,              /* IP ID leaves the sender's sequence */
  SIGNAL_TOO_EARLY = 1 << 6,          /* acknowledges what cannot have arrived yet */
  SIGNAL_CONFLICT = 1 << 7,           /* other content for the same stream bytes */
  SIGNAL_REFLECTED = 1 << 8,          /* IP ID and window copied from the receiver */
  SIGNAL_WINDOW = 1 << 9,             /* window unlike the sender's by a factor of 4 */
  SIGNAL_RESET = 1 << 10,             /* a RST */
  SIGNAL_RESET_TTL = 1 << 11,         /* ... with a TTL the sender never had */
  SIGNAL_RESET_SEQUENCE = 1 << 12,    /* ... not at the sender's next byte */
  SIGNAL_RESET_REPEATED = 1 << 13,    /* ... the third or later within 1 s */
  SIGNAL_ALIVE_AFTER_RESET = 1 << 14, /* the sender goes on after its own RST */
  SIGNAL_CONSTANT_WINDOW = 1 << 16,   /* another TTL, yet window - TTL is as before */
  SIGNAL_RESERVED_BITS = 1 << 17,     /* TRAIT_RESERVED_BITS */
  SIGNAL_IP_ID_COPIED = 1 << 18,      /* IP ID (or the one before) of the receiver's data */
  SIGNAL_IP_ID_REPEATED = 1 << 19,    /* IP ID of the sender's last packet, though it counts */
  SIGNAL_RESET_AHEAD = 1 << 20,       /* a further RST beyond the sender's next byte */
  /* Only for rates: no record is made for them. */
  SIGNAL_SECOND_SYN_ACK = 1 << 15,    /* SYN-ACK with another sequence number */
  SIGNAL_TTL_ANY = 1 << 21,           /* TTL differs from the data so far at all, */
  SIGNAL_TTL_FAR = 1 << 22,           /* ... by more than 3 */
  SIGNAL_TTL_HANDSHAKE_FAR = 1 << 23, /* from the SYN/SYN-ACK by more than 3 */
  SIGNAL_COUNT = 24,
};

enum signal_reason {
  REASON_SUSPECT = 1,       /* a data segment that differs from its sender */
  REASON_RESET = 2,         /* a RST, suspect or not: userspace decides */
  REASON_ALIVE = 3,         /* proof that an earlier RST was not the sender's */
  REASON_ACCEPTED = 4,      /* the receiver acknowledged suspect bytes */
  REASON_SLOW_GREETING = 5, /* the greeting came late; carries the waiting */
};

#define SIGNAL_TEXT 256
#define SIGNAL_FIRST 2  /* handshake and first answer of each side */
#define SIGNAL_RECENT 6 /* then each side's latest packets */

struct signal_side {
  struct segment first[SIGNAL_FIRST];
  struct segment recent[SIGNAL_RECENT]; /* a ring, not in order of time; time_ns 0: unused */
};

struct record_signal {
  struct record_header header;
  struct handshake handshake;
  struct baseline baseline; /* of the packet's sender */
  u64 rtt_ns;               /* path round trip; 0 if unknown */
  u64 delay_ns;             /* since the bytes it acknowledges were sent; 0 unknown */
  u32 signals;              /* enum signal, of `current` */
  u8 reason;                /* enum signal_reason */
  u8 from_server;           /* of `current` */
  u16 text_length;
  u8 trigger_verb; /* the receiver's command just before */
  u8 padding[7];
  struct segment current; /* the packet that caused this record */
  /* For a conflict: the earlier packet that claimed the same bytes. For
   * REASON_ALIVE: the RST. For REASON_ACCEPTED: the suspect packet. */
  struct segment other;
  struct signal_side client;
  struct signal_side server;
  u8 text[SIGNAL_TEXT]; /* of `current`, if it is a server's reply */
};

enum ident_event {
  IDENT_QUERY = 1,       /* SYN to port 113 of a host that a mail flow waits on */
  IDENT_REPEATED = 2,    /* the same SYN again: nobody answered */
  IDENT_RESET = 3,       /* RST came back: refused, as it should be */
  IDENT_UNREACHABLE = 4, /* ICMP destination unreachable for the query */
  IDENT_ANSWERED = 5,    /* SYN-ACK: an ident daemon is there */
};

/* header.flow: client = the mail server that asks, server = the asked address,
 * server_port = 113. */
struct record_ident {
  struct record_header header;
  u64 first_query_time_ns;
  u64 last_query_time_ns;
  u32 queries; /* SYNs so far */
  u8 event;    /* enum ident_event */
  u8 ttl;      /* of this packet */
  u8 icmp_code;
  u8 padding;
};

enum lookup_event {
  LOOKUP_REPEATED = 1, /* asked again: nobody had answered */
  LOOKUP_ANSWERED = 2, /* late */
};

/* A DNS question (RFC 1035) of a host that has just accepted mail connections,
 * unanswered for a while; answered in time it makes no record. header.flow:
 * client = the mail server that asks, server = the resolver, as of this packet. */
struct record_lookup {
  struct record_header header;
  u64 first_time_ns;
  u64 question; /* digest_of_question() of name and type */
  u32 queries;  /* packets that asked so far */
  u16 question_type;
  u8 event; /* enum lookup_event */
  u8 response_code;
};

#define RECORD_SIZE_CHECK(type, bytes) \
  _Static_assert(sizeof(struct type) == (bytes), #type " has another size: raise RECORD_VERSION")
#ifdef __cplusplus
#undef RECORD_SIZE_CHECK
#define RECORD_SIZE_CHECK(type, bytes) \
  static_assert(sizeof(type) == (bytes), #type " has another size: raise RECORD_VERSION")
#endif
RECORD_SIZE_CHECK(flow_key, 40);
RECORD_SIZE_CHECK(segment, 64);
RECORD_SIZE_CHECK(record_header, 56);
RECORD_SIZE_CHECK(handshake, 48);
RECORD_SIZE_CHECK(baseline, 16);
RECORD_SIZE_CHECK(record_flow, 160);
RECORD_SIZE_CHECK(record_dialogue, 648);
RECORD_SIZE_CHECK(record_signal, 1560);
RECORD_SIZE_CHECK(record_ident, 80);
RECORD_SIZE_CHECK(record_lookup, 80);

CORE_END

#endif
