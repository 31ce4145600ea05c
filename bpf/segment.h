/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What does a data segment tell: of its sender's identity, of the dialogue? */
#ifndef MXRAY_BPF_SEGMENT_H
#define MXRAY_BPF_SEGMENT_H

#include "handshake.h"

CORE_BEGIN

CORE_INLINE int takes_argument(u8 verb) {
  return verb == VERB_HELO || verb == VERB_EHLO || verb == VERB_MAIL || verb == VERB_RCPT ||
         verb == VERB_AUTH;
}

/* The client's line in scratch->line. A segment of a message may begin with
 * anything, even with what looks like a command, and nothing of it may be
 * copied. Two rules keep messages out, both without knowing where one ends:
 *   - a client that has not acknowledged anything since it last spoke goes on
 *     with what it was saying, and
 *   - what it says next after RCPT, DATA or BDAT may be a message: behind
 *     several commands in one segment nobody sees which reply was the 354.
 * The price: of commands sent one by one without waiting, only the first is
 * understood, and of several recipients only the first has its domain shown. */
CORE_INLINE void read_command(struct environment *env, const struct flow_context *flow) {
  const struct packet *packet = flow->packet;
  struct scratch *scratch = flow->scratch;
  struct segment *segment = &scratch->segment;
  struct side *sender = flow->sender;
  u8 *line = scratch->line;
  int may_be_message = 0;
  if (flow->protocol == PROTOCOL_SMTP) {
    if (packet->ack == sender->line_ack) return;
    sender->line_ack = packet->ack;
    may_be_message = sender->flags & SIDE_MAY_SEND_MESSAGE;
    sender->flags &= (u16)~SIDE_MAY_SEND_MESSAGE;
  }
  segment->verb = parse_verb(line, flow->protocol);
  /* A word that only begins like a command may be an answer to AUTH. */
  if (takes_argument(segment->verb) && line[4] > ' ') segment->verb = VERB_NONE;
  if (segment->verb == VERB_RCPT || segment->verb == VERB_DATA || segment->verb == VERB_BDAT ||
      (segment->verb == VERB_MAIL && may_be_message)) {
    sender->flags |= SIDE_MAY_SEND_MESSAGE;
  }
  if (!takes_argument(segment->verb) || may_be_message) return;
  if (flow->protocol != PROTOCOL_SMTP && segment->verb != VERB_AUTH) return;
  scratch->line_length = env_read_128(env, packet->payload_offset, packet->payload_length, line);
  if ((u32)env_copy_argument(env, scratch) < packet->payload_length) {
    sender->flags |= SIDE_MAY_SEND_MESSAGE;
  }
}

/* Reads the first bytes into scratch->segment: TLS, a reply, or a command. */
CORE_INLINE void read_content(struct environment *env, const struct flow_context *flow) {
  const struct packet *packet = flow->packet;
  struct segment *segment = &flow->scratch->segment;
  struct side *sender = flow->sender;
  u8 *line = flow->scratch->line;
  u32 length = env_read_64(env, packet->payload_offset, packet->payload_length, line);
  u32 shown = length < SEGMENT_HEAD ? length : SEGMENT_HEAD;
  const u64 secret = env_config(env)->digest_secret;
  segment->digest = digest_of(line, secret);
  __builtin_memcpy(&flow->scratch->imprint, line, IMPRINT_LENGTH);
  mask_imprint(&flow->scratch->imprint, secret, packet->seq);
  flow->scratch->imprint_length = length;
  if (sender->flags & SIDE_ENCRYPTED) return;
  if (is_tls(line, length)) {
    sender->flags |= SIDE_ENCRYPTED;
    return;
  }
  if (flow->from_server) {
    /* After RETR or FETCH a segment may begin with anything, even with what
     * looks like a reply: only the first answer to new bytes is one. */
    const int answers = !(sender->flags & SIDE_HAS_REPLIED) || packet->ack != sender->line_ack;
    const int replies =
        answers || seq_before(packet->seq, sender->next_seq) || (sender->flags & SIDE_SUSPECT);
    if (flow->protocol == PROTOCOL_OTHER) {
      if (replies) segment->traits |= TRAIT_TEXT;
    } else if (replies || flow->protocol == PROTOCOL_SMTP) {
      segment->reply_code = parse_reply(line, flow->protocol);
      if (segment->reply_code) segment->traits |= TRAIT_TEXT;
    }
    if (segment->traits & TRAIT_TEXT) {
      __builtin_memcpy(segment->head, line, SEGMENT_HEAD);
      segment->head_length = (u8)shown;
    }
    return;
  }
  read_command(env, flow);
}

/* Of `signals` those that still mean something, and SIGNAL_CONFLICT if an earlier
 * segment claims the same stream bytes with other content. */
CORE_INLINE u32 content_signals(struct environment *env, const struct flow_context *flow,
                                u32 signals) {
  int compared;
  /* New bytes beyond everything seen cannot conflict. */
  if (!(flow->sender->flags & SIDE_SUSPECT) &&
      !seq_before(flow->scratch->segment.seq, flow->sender->next_seq)) {
    return signals;
  }
  compared = env_compare_with_earlier(env, flow->scratch);
  if (compared == COMPARED_CONFLICT) return signals | SIGNAL_CONFLICT;
  if (compared == COMPARED_COPY) return signals & ~(u32)SIGNAL_IP_ID_REPEATED;
  return signals;
}

CORE_INLINE void observe_reply(struct environment *env, const struct flow_context *flow,
                               u64 delay_ns) {
  const struct segment *segment = &flow->scratch->segment;
  struct side *server = flow->sender;
  const struct side *client = flow->receiver;
  const u8 verb = client ? client->verb : (u8)VERB_NONE;
  if (!segment->reply_code) return;
  if (delay_ns && !(server->flags & SIDE_RETRANSMITTED)) {
    env_observe(env, HISTOGRAM_REPLY_DELAY, flow->protocol, delay_ns);
  }
  server->reply_code = segment->reply_code;
  if (is_notable(segment->reply_code, verb) ||
      (flow->protocol == PROTOCOL_SMTP && has_more_lines(flow->scratch->line, segment->length))) {
    note_dialogue(flow, RECORD_REPLY, delay_ns);
  }
}

CORE_INLINE void observe_greeting(struct environment *env, const struct flow_context *flow) {
  const struct segment *segment = &flow->scratch->segment;
  const struct side *client = flow->receiver;
  u64 delay_ns;
  if (!client || (flow->sender->flags & SIDE_MIDSTREAM) ||
      segment->time_ns < client->first_time_ns) {
    return;
  }
  delay_ns = segment->time_ns - client->first_time_ns;
  env_observe(env, HISTOGRAM_GREETING_DELAY, flow->protocol, delay_ns);
  flow->sender->reply_code = segment->reply_code;
  note_dialogue(flow, RECORD_GREETING, delay_ns);
  /* Only the server's own slowness counts: a client that speaks first was not
   * waiting for a greeting. */
  if (delay_ns >= env_config(env)->slow_greeting_ns && !(client->flags & SIDE_HAS_DATA)) {
    note_signal(env, flow, 0, REASON_SLOW_GREETING, delay_ns, 0);
  }
}

/* Does the receiver take these bytes? Several forged segments in a row are
 * watched as one. */
CORE_INLINE void watch(struct side *receiver, u32 seq, u32 end) {
  if (!receiver) return;
  if (!(receiver->flags & SIDE_WATCH) || seq_before(receiver->watch_end, seq) ||
      seq_before(end, receiver->watch_seq)) {
    receiver->watch_seq = seq;
    receiver->watch_end = end;
  } else {
    if (seq_before(seq, receiver->watch_seq)) receiver->watch_seq = seq;
    if (seq_before(receiver->watch_end, end)) receiver->watch_end = end;
  }
  receiver->flags |= SIDE_WATCH;
}

/* A packet that somebody else may have sent: it must not shape what the sender
 * is known for, and the receiver is watched for taking it. */
CORE_INLINE void hold_suspect(const struct flow_context *flow) {
  const struct packet *packet = flow->packet;
  flow->sender->flags |= SIDE_SUSPECT;
  watch(flow->receiver, packet->seq, packet->seq + packet->payload_length);
}

/* A packet that nothing had been held against is contradicted (scratch->other).
 * If it was the forged one, the genuine sender has come less far than it said,
 * and what the receiver acknowledges beyond is the forger's. */
CORE_INLINE void doubt_other(const struct flow_context *flow) {
  const struct segment *other = &flow->scratch->other;
  struct side *sender = flow->sender;
  const u32 end = flow->packet->seq + flow->packet->payload_length;
  const u32 other_end = other->seq + other->length;
  if ((other->traits & TRAIT_SUSPECT) || sender->next_seq != other_end) return;
  if (!seq_before(end, other_end)) return;
  sender->next_seq = end;
  watch(flow->receiver, other->seq, other_end);
}

CORE_INLINE void advance(const struct flow_context *flow, u64 now_ns) {
  const struct packet *packet = flow->packet;
  struct side *sender = flow->sender;
  const u32 end = packet->seq + packet->payload_length;
  const int is_new = !(sender->flags & SIDE_HAS_DATA) || seq_before(sender->next_seq, end);
  update_baseline(sender, packet);
  if (is_new) {
    sender->next_seq = end;
    sender->data_time_ns = now_ns;
    sender->flags &= (u16)~SIDE_RETRANSMITTED;
  } else {
    sender->flags |= SIDE_RETRANSMITTED;
  }
  sender->next_ack = packet->ack;
  sender->flags |= SIDE_HAS_DATA;
  if (!flow->from_server && flow->scratch->segment.verb) {
    sender->verb = flow->scratch->segment.verb;
  }
  if (flow->from_server && (flow->scratch->segment.traits & TRAIT_TEXT)) {
    sender->flags |= SIDE_HAS_REPLIED;
    sender->line_ack = packet->ack;
  }
}

/* The least round trip counts. One answer that is too early may be a forger's; a
 * second one, and the route has become shorter. */
CORE_INLINE void learn_rtt(struct side *server, const struct side *client, u32 signals,
                           u64 delay_ns) {
  if (!delay_ns || (server->rtt_ns && delay_ns >= server->rtt_ns)) return;
  if (!client || (client->flags & SIDE_RETRANSMITTED)) return;
  if (signals & SIGNALS_STRONG & ~(u32)SIGNAL_TOO_EARLY) return;
  if ((signals & SIGNAL_TOO_EARLY) && !server->early_answers) {
    server->early_answers = 1;
    return;
  }
  server->rtt_ns = delay_ns;
  server->early_answers = 0; /* against the new one, the next that is too early is the first */
}

CORE_INLINE void handle_data(struct environment *env, struct flow_context *flow) {
  const struct packet *packet = flow->packet;
  struct side *sender = flow->sender;
  struct segment *segment = &flow->scratch->segment;
  struct evidence *evidence;
  const int was_encrypted = sender->flags & SIDE_ENCRYPTED;
  const int is_first = !(sender->flags & SIDE_HAS_DATA);
  const u64 now_ns = flow->now_ns;
  u64 delay_ns;
  u32 signals;
  /* A keep-alive probe repeats the last byte, whatever it was. */
  if (packet->payload_length == 1 && packet->seq + 1 == sender->next_seq && !is_first) return;
  fill_segment(segment, packet, now_ns);
  read_content(env, flow);
  delay_ns = answer_delay(flow->receiver, packet, now_ns);
  signals = header_signals(sender, flow->receiver, packet);
  if (flow->from_server && is_too_early(delay_ns, sender->rtt_ns)) signals |= SIGNAL_TOO_EARLY;
  evidence = env_find_evidence(env, flow->key, flow->from_server);
  if (!evidence) {
    __builtin_memset(&flow->scratch->evidence, 0, sizeof flow->scratch->evidence);
    evidence = env_put_evidence(env, flow->key, flow->from_server, &flow->scratch->evidence);
    env_count(env, COUNT_EVIDENCE_EVICTED, 1);
  }
  signals = forget(flow->scratch, signals);
  signals = forget(flow->scratch, content_signals(env, flow, signals));
  signals = allow_bare_connection(sender, signals);
  signals = forget(flow->scratch, signals);
  if (!is_first && seq_before(packet->seq, sender->next_seq)) {
    segment->traits |= TRAIT_RETRANSMITTED;
  }
  if (is_suspect(signals)) segment->traits |= TRAIT_SUSPECT;
  if (signals & SIGNALS_STRONG) {
    note_signal(env, flow, signals, REASON_SUSPECT, delay_ns,
                signals & SIGNAL_CONFLICT ? &flow->scratch->other : 0);
  }
  if (evidence) keep_segment(evidence, flow->scratch);
  sender->signals |= signals;
  if (segment->traits & TRAIT_SUSPECT) {
    hold_suspect(flow);
    return;
  }
  if (signals & SIGNAL_CONFLICT) doubt_other(flow);
  if (flow->from_server) {
    if (is_first) {
      observe_greeting(env, flow);
    } else {
      observe_reply(env, flow, delay_ns);
    }
    learn_rtt(sender, flow->receiver, signals, delay_ns);
  } else if (is_notable_command(segment->verb)) {
    note_dialogue(flow, RECORD_COMMAND, 0);
  }
  advance(flow, now_ns);
  if (!was_encrypted && (sender->flags & SIDE_ENCRYPTED) && !flow->from_server) {
    note_flow(flow, RECORD_ENCRYPTED);
  }
}

CORE_END

#endif
