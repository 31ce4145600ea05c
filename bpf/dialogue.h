/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which command, which reply?
 *
 * Reads SMTP (RFC 5321), POP3 (RFC 1939) and IMAP (RFC 9051) just far enough:
 * the verb or the code at the start of a segment. Of arguments only a host
 * name, a domain or a mechanism is ever copied.
 */
#ifndef MXRAY_BPF_DIALOGUE_H
#define MXRAY_BPF_DIALOGUE_H

#include "bytes.h"
#include "scratch.h"

CORE_BEGIN

enum {
  LINE_LENGTH = 128, /* of a command, as much as is read */
  MAX_TAG = 16,      /* of an IMAP command; longer ones are not understood */
  MAX_ARGUMENT = 96, /* of a command's argument, as much as is recorded */
};

/* TLS records begin with a type of 20 to 23 and version 3.x (RFC 8446, 5.1);
 * no line of the three protocols begins so. */
CORE_INLINE int is_tls(const u8 *head, u32 length) {
  return length >= 3 && head[0] >= 20 && head[0] <= 23 && head[1] == 3 && head[2] <= 4;
}

CORE_INLINE u8 upper(u8 c) { return c >= 'a' && c <= 'z' ? (u8)(c - 32) : c; }

/* By the first four letters, which tell all verbs apart but AUTH and
 * AUTHENTICATE, told apart by the protocol. */
CORE_INLINE u8 verb_of(u32 letters, u8 protocol) {
  switch (letters & UPPER4) {
    case FOUR('H', 'E', 'L', 'O'): return VERB_HELO;
    case FOUR('E', 'H', 'L', 'O'): return VERB_EHLO;
    case FOUR('M', 'A', 'I', 'L'): return VERB_MAIL;
    case FOUR('R', 'C', 'P', 'T'): return VERB_RCPT;
    case FOUR('D', 'A', 'T', 'A'): return VERB_DATA;
    case FOUR('B', 'D', 'A', 'T'): return VERB_BDAT;
    case FOUR('R', 'S', 'E', 'T'): return VERB_RSET;
    case FOUR('N', 'O', 'O', 'P'): return VERB_NOOP;
    case FOUR('Q', 'U', 'I', 'T'): return VERB_QUIT;
    case FOUR('V', 'R', 'F', 'Y'): return VERB_VRFY;
    case FOUR('A', 'U', 'T', 'H'): return protocol == PROTOCOL_IMAP ? VERB_AUTHENTICATE : VERB_AUTH;
    case FOUR('S', 'T', 'L', 'S'): return VERB_STARTTLS;
    case FOUR('S', 'T', 'A', 'R'): return VERB_STARTTLS;
    case FOUR('U', 'S', 'E', 'R'): return VERB_USER;
    case FOUR('P', 'A', 'S', 'S'): return VERB_PASS;
    case FOUR('A', 'P', 'O', 'P'): return VERB_APOP;
    case FOUR('C', 'A', 'P', 'A'): return VERB_CAPA;
    case FOUR('S', 'T', 'A', 'T'): return VERB_STAT;
    case FOUR('L', 'I', 'S', 'T'): return VERB_LIST;
    case FOUR('R', 'E', 'T', 'R'): return VERB_RETR;
    case FOUR('T', 'O', 'P', 0): return VERB_TOP;
    case FOUR('D', 'E', 'L', 'E'): return VERB_DELE;
    case FOUR('U', 'I', 'D', 'L'): return VERB_UIDL;
    case FOUR('L', 'O', 'G', 'I'): return VERB_LOGIN;
    case FOUR('L', 'O', 'G', 'O'): return VERB_LOGOUT;
    case FOUR('S', 'E', 'L', 'E'): return VERB_SELECT;
    case FOUR('F', 'E', 'T', 'C'): return VERB_FETCH;
    case FOUR('I', 'D', 'L', 'E'): return VERB_IDLE;
    default: return VERB_NONE;
  }
}

/* Where an IMAP tag ends: the index behind its space; 0 if there is none.
 * `line` is indexable up to MAX_TAG + 8. */
CORE_INLINE u32 behind_tag(const u8 *line) {
  u32 i;
  for (i = 1; i < MAX_TAG; i++) {
    if (line[i] == ' ') return i + 1;
    if (line[i] < ' ') return 0;
  }
  return 0;
}

CORE_INLINE u8 parse_verb(const u8 *line, u8 protocol) {
  u32 at = 0;
  if (protocol == PROTOCOL_OTHER) return VERB_NONE;
  if (protocol == PROTOCOL_IMAP) {
    at = behind_tag(line);
    if (at == 0) return VERB_NONE;
  }
  KEEP_BOUND(at);
  if (at > MAX_TAG) return VERB_NONE;
  return verb_of(load_be32(line + at), protocol);
}

CORE_INLINE int is_digit(u8 c) { return c >= '0' && c <= '9'; }

/* SMTP: the code; POP3 and IMAP: REPLY_POSITIVE, REPLY_NEGATIVE, REPLY_BAD;
 * 0: the segment does not begin with a reply. */
CORE_INLINE u16 parse_reply(const u8 *line, u8 protocol) {
  const u32 first = load_be32(line);
  u32 at = 2;
  if (protocol == PROTOCOL_SMTP) {
    const u8 behind = (u8)first;
    if (line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2])) return 0;
    if (behind != ' ' && behind != '-' && behind != '\r' && behind != '\n') return 0;
    return (u16)((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
  }
  if (protocol == PROTOCOL_POP3) {
    if ((first & 0xffffff00) == FOUR('+', 'O', 'K', 0)) return REPLY_POSITIVE;
    if (first == FOUR('-', 'E', 'R', 'R')) return REPLY_NEGATIVE;
    return 0;
  }
  if (protocol != PROTOCOL_IMAP) return 0;
  if (line[0] != '*' || line[1] != ' ') at = behind_tag(line);
  KEEP_BOUND(at);
  if (at == 0 || at > MAX_TAG) return 0;
  {
    const u32 word = load_be32(line + at) & UPPER4;
    if ((word & 0xffff0000) == FOUR('O', 'K', 0, 0) &&
        (line[at + 2] == ' ' || line[at + 2] == '\r')) {
      return REPLY_POSITIVE;
    }
    if ((word & 0xffff0000) == FOUR('N', 'O', 0, 0) &&
        (line[at + 2] == ' ' || line[at + 2] == '\r')) {
      return REPLY_NEGATIVE;
    }
    if ((word & 0xffffff00) == FOUR('B', 'A', 'D', 0)) return REPLY_BAD;
    if ((word & 0xffffff00) == FOUR('B', 'Y', 'E', 0)) return REPLY_BAD;
    if (word == FOUR('P', 'R', 'E', 'A')) return REPLY_POSITIVE;
  }
  return 0;
}

/* How many of the 8 bytes are line feeds; too many where a vertical tab stands
 * behind one. */
CORE_INLINE u32 line_feeds(u64 bytes) {
  const u64 ones = 0x0101010101010101ull, highs = 0x8080808080808080ull;
  const u64 difference = bytes ^ (ones * '\n');
  const u64 found = (difference - ones) & ~difference & highs;
  return (u32)(((found >> 7) * ones) >> 56);
}

/* Whether a segment holds more than its first line: the replies to a client that
 * did not wait for each (RFC 2920), of which any may be a refusal. `line`: its
 * first 64 bytes. */
CORE_INLINE int has_more_lines(const u8 *line, u32 length) {
  u32 feeds = 0, i;
  for (i = 0; i < 64; i += 8) feeds += line_feeds(load_u64(line + i));
  return feeds > 1 || (feeds == 1 && length > 64);
}

/* Whether userspace learns of this reply; the rest are counted only. */
CORE_INLINE int is_notable(u16 code, u8 verb) {
  return code >= 400 || code == REPLY_NEGATIVE || code == REPLY_BAD || verb == VERB_EHLO ||
         verb == VERB_CAPA || verb == VERB_AUTH || verb == VERB_STARTTLS ||
         verb == VERB_AUTHENTICATE;
}

CORE_INLINE int is_notable_command(u8 verb) {
  return verb == VERB_HELO || verb == VERB_EHLO || verb == VERB_MAIL || verb == VERB_AUTH ||
         verb == VERB_AUTHENTICATE || verb == VERB_STARTTLS;
}

struct line_layout {
  u32 length; /* with its line feed; more than LINE_LENGTH if that was not read */
  u32 domain; /* of MAIL and RCPT: where it begins; 0: none that may be shown */
};

/* The domain stands behind the last '@' of the path: a source route (RFC 5321,
 * appendix C) has several, and before the last stands a mailbox. None is shown
 * of a path that is quoted or whose end was not read.
 *
 * No branch depends on a character: the verifier would follow each. */
CORE_INLINE void lay_out_line(struct scratch *scratch, struct line_layout *layout) {
  const u8 *line = scratch->line;
  u32 length = LINE_LENGTH + 1, domain = 0, ended = 0, unusable = 0, i;
  for (i = 5; i < LINE_LENGTH; i++) {
    const u32 c = line[i]; /* 0 where the segment has ended */
    const u32 at_end =
        is_below(c, ' ') | is_equal(c, '>') | (is_equal(c, ' ') & is_below(0, domain));
    const u32 first_feed = 0 - (is_equal(c, '\n') & is_equal(length, LINE_LENGTH + 1));
    u32 at_sign;
    unusable |= (is_equal(c, '"') | is_equal(c, 0)) & (ended ^ 1);
    ended |= at_end;
    at_sign = 0 - (is_equal(c, '@') & (ended ^ 1));
    domain = (domain & ~at_sign) | ((i + 1) & at_sign);
    length = (length & ~first_feed) | ((i + 1) & first_feed);
  }
  unusable |= ended ^ 1;
  layout->domain = domain & (unusable - 1);
  layout->length = length;
}

/* What of the command in scratch->line may be shown: the host name of HELO and
 * EHLO, the domain of MAIL and RCPT, the mechanism of AUTH. Its beginning goes to
 * the segment's head. Answers line_layout.length. */
CORE_INLINE int copy_argument(struct scratch *scratch) {
  const u8 *line = scratch->line;
  struct segment *segment = &scratch->segment;
  const u32 length = scratch->line_length;
  struct line_layout layout;
  u32 from = 5, i;
  lay_out_line(scratch, &layout);
  if (segment->verb == VERB_MAIL || segment->verb == VERB_RCPT) from = layout.domain;
  from = forget(scratch, from);
  for (i = 0; from && i < MAX_ARGUMENT; i++) {
    u32 at = from + i;
    KEEP_BOUND(at);
    if (at >= LINE_LENGTH || at >= length) break;
    /* The next word of AUTH is already a credential. */
    if (line[at] <= ' ' || line[at] == '>' || line[at] == '"') break;
    if (i < SEGMENT_HEAD) segment->head[i] = line[at];
  }
  scratch->argument_at = from;
  scratch->argument_length = i;
  segment->head_length = (u8)(i < SEGMENT_HEAD ? i : SEGMENT_HEAD);
  return (int)layout.length;
}

/* Equal content, equal digest; without the secret it tells nothing else. */
CORE_INLINE u32 digest_of(const u8 *head, u64 secret) {
  u64 hash = secret;
  u32 i;
  for (i = 0; i < 3; i++) {
    hash = (hash ^ load_u64(head + 8 * i)) * 0x9E3779B97F4A7C15ull;
    hash ^= hash >> 29;
  }
  hash = (hash ^ load_u32(head + 24)) * 0x9E3779B97F4A7C15ull;
  return (u32)(hash >> 32);
}

CORE_END

#endif
