/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How does what was noticed become a record?
 *
 * First the core notes what a packet gives cause to report (note_...), then,
 * the packet done, emit_outcome() makes the records. They are built in the ring
 * buffer's own memory and every byte is written: nothing older leaks.
 */
#ifndef MXRAY_BPF_EMIT_H
#define MXRAY_BPF_EMIT_H

#include "budget.h"
#include "dialogue.h"
#include "environment.h"

CORE_BEGIN

/* One connection and the packet at hand, looked up once. Any pointer but the
 * first three may be NULL. */
struct flow_context {
  const struct packet *packet;
  const struct flow_key *key;
  struct scratch *scratch;
  struct side *sender;
  struct side *receiver;
  u64 now_ns;
  u8 from_server;
  u8 protocol;
};

CORE_INLINE struct side *client_of(const struct flow_context *flow) {
  return flow->from_server ? flow->receiver : flow->sender;
}

CORE_INLINE struct side *server_of(const struct flow_context *flow) {
  return flow->from_server ? flow->sender : flow->receiver;
}

CORE_INLINE void fill_header(struct record_header *header, u8 type, u32 size, u8 protocol,
                             const struct flow_key *key, u64 time_ns) {
  header->version = RECORD_VERSION;
  header->type = type;
  header->protocol = protocol;
  header->size = size;
  header->time_ns = time_ns;
  header->flow = *key;
}

/* Notes a signal of the segment in scratch->segment. `other` may be NULL. */
CORE_INLINE void note_signal(struct environment *env, const struct flow_context *flow, u32 signals,
                             u8 reason, u64 delay_ns, const struct segment *other) {
  struct outcome *outcome = &flow->scratch->outcome;
  struct signal_request *request;
  const int repeated = reason == REASON_SUSPECT && !(signals & ~flow->sender->signals);
  const u32 most = repeated ? MAX_REPEATED_SIGNALS_OF_SIDE : MAX_SIGNALS_OF_SIDE;
  u32 slot = outcome->signal_count;
  if (flow->sender->signals_sent >= most || slot >= MAX_SIGNALS_OF_PACKET) {
    env_count(env, COUNT_SIGNALS_SUPPRESSED, 1);
    return;
  }
  flow->sender->signals_sent++;
  KEEP_BOUND(slot);
  if (slot >= MAX_SIGNALS_OF_PACKET) return;
  request = &outcome->signals[slot];
  outcome->signal_count++;
  request->signals = signals;
  request->reason = reason;
  request->delay_ns = delay_ns;
  fill_baseline(&request->baseline, flow->sender);
  if (other) {
    request->other = *other;
  } else {
    __builtin_memset(&request->other, 0, sizeof request->other);
  }
}

CORE_INLINE void note_flow(const struct flow_context *flow, u8 type) {
  flow->scratch->outcome.flow_records |= 1u << type;
}

CORE_INLINE void note_attempt(struct environment *env, const struct flow_context *flow, u8 type) {
  if (may_report_attempt(env, flow->now_ns)) note_flow(flow, type);
}

CORE_INLINE void note_closed(struct environment *env, const struct flow_context *flow,
                             u8 close_reason) {
  if (flow->sender->flags & SIDE_CLOSED) return;
  flow->sender->flags |= SIDE_CLOSED;
  if (flow->receiver) flow->receiver->flags |= SIDE_CLOSED;
  flow->scratch->outcome.close_reason = close_reason;
  note_flow(flow, RECORD_FLOW_CLOSED);
  env_count(env, COUNT_FLOW_CLOSED, 1);
}

CORE_INLINE void note_dialogue(const struct flow_context *flow, u8 type, u64 delay_ns) {
  flow->scratch->outcome.dialogue_record = type;
  flow->scratch->outcome.dialogue_delay_ns = delay_ns;
}

CORE_INLINE void emit_flow(struct environment *env, const struct flow_context *flow, u8 type) {
  const struct side *client = client_of(flow), *server = server_of(flow);
  struct record_flow *record = env_reserve_flow(env);
  if (!record) return;
  fill_header(&record->header, type, sizeof *record, flow->protocol, flow->key, flow->now_ns);
  fill_handshake(&record->handshake, client, server);
  record->rtt_ns = server ? server->rtt_ns : 0;
  record->client_bytes = client ? client->bytes : 0;
  record->server_bytes = server ? server->bytes : 0;
  record->client_packets = client ? client->packets : 0;
  record->server_packets = server ? server->packets : 0;
  record->server_signals = server ? server->signals : 0;
  fill_baseline(&record->server, server);
  record->close_reason = type == RECORD_FLOW_CLOSED ? flow->scratch->outcome.close_reason : 0;
  record->greeted = server && (server->flags & SIDE_HAS_DATA);
  record->encrypted =
      (client && (client->flags & SIDE_ENCRYPTED)) || (server && (server->flags & SIDE_ENCRYPTED));
  record->padding = 0;
  env_submit(env, record);
}

/* Of a SYN that has no answer, one that nobody acknowledges or a refusal, and so no
 * side yet. */
CORE_INLINE void emit_attempt(struct environment *env, const struct flow_context *flow, u8 type) {
  const struct half_open *syn = env_find_half_open(env, flow->key);
  struct record_flow *record;
  if (!syn) return;
  record = env_reserve_flow(env);
  if (!record) return;
  __builtin_memset(record, 0, sizeof *record);
  fill_header(&record->header, type, sizeof *record, flow->protocol, flow->key, flow->now_ns);
  record->handshake.syn_time_ns = syn->syn_time_ns;
  record->handshake.client_isn = syn->isn;
  record->handshake.client_ttl = syn->ttl;
  record->handshake.client_options = syn->options;
  record->handshake.syn_count = syn->syn_count;
  if (syn->answer_count) {
    record->handshake.syn_ack_time_ns = syn->answer_time_ns;
    record->handshake.last_syn_ack_time_ns = syn->latest_answer_time_ns;
    record->handshake.server_isn = syn->answer_isn;
    record->handshake.server_ttl = syn->answer_ttl;
    record->handshake.server_options = syn->answer_options;
    record->handshake.syn_ack_count = syn->answer_count;
  }
  record->client_packets = syn->syn_count;
  record->server_packets = syn->answer_count ? syn->answer_count : syn->reset_count;
  record->server.reset_ttl = syn->reset_ttl;
  record->server.reset_count = syn->reset_count;
  if (type == RECORD_REFUSED) record->close_reason = CLOSE_RESET_BY_SERVER;
  env_submit(env, record);
}

/* Of the records that a packet causes the one about an attempt, or 0: a SYN, its
 * SYN-ACK and its refusal are never one packet. */
CORE_INLINE u8 attempt_of(u32 flow_records, int sender_known) {
  if (flow_records & (1u << RECORD_SYN_REPEATED)) return RECORD_SYN_REPEATED;
  if (flow_records & (1u << RECORD_REFUSED)) return RECORD_REFUSED;
  if (!sender_known && (flow_records & (1u << RECORD_SYN_ACK_REPEATED))) {
    return RECORD_SYN_ACK_REPEATED;
  }
  return 0;
}

/* The argument of a command, from the line it was read from. */
CORE_INLINE void copy_recorded_argument(const struct scratch *scratch, u8 *text) {
  u32 i;
  for (i = 0; i < MAX_ARGUMENT; i++) {
    u32 at = scratch->argument_at + i;
    KEEP_BOUND(at);
    if (i >= scratch->argument_length || at >= LINE_LENGTH) break;
    text[i] = scratch->line[at];
  }
}

/* What the segment says, if it may be shown: a reply's lines or a command's
 * argument. Of POP3, IMAP and unknown protocols the reader keeps only the
 * first line, since message content may follow it. */
CORE_INLINE void emit_dialogue(struct environment *env, const struct flow_context *flow) {
  const struct segment *segment = &flow->scratch->segment;
  const struct outcome *outcome = &flow->scratch->outcome;
  const struct side *server = server_of(flow), *client = client_of(flow);
  struct record_dialogue *record = env_reserve_dialogue(env);
  if (!record) return;
  fill_header(&record->header, outcome->dialogue_record, sizeof *record, flow->protocol, flow->key,
              segment->time_ns);
  fill_handshake(&record->handshake, client, server);
  record->delay_ns = outcome->dialogue_delay_ns;
  record->rtt_ns = server ? server->rtt_ns : 0;
  record->length = segment->length;
  record->reply_code = segment->reply_code;
  record->verb = flow->from_server && client ? client->verb : segment->verb;
  record->from_server = flow->from_server;
  __builtin_memset(record->padding, 0, sizeof record->padding);
  if (flow->from_server && (segment->traits & TRAIT_TEXT)) {
    record->text_length =
        (u16)env_read_512(env, flow->packet->payload_offset, segment->length, record->text);
  } else {
    __builtin_memset(record->text, 0, sizeof record->text);
    record->text_length = 0;
    if (segment->head_length) { /* else the line is not this segment's */
      copy_recorded_argument(flow->scratch, record->text);
      record->text_length = (u16)flow->scratch->argument_length;
    }
  }
  env_submit(env, record);
}

CORE_INLINE void copy_side(struct signal_side *to, const struct evidence *from) {
  u32 i;
  if (!from) {
    __builtin_memset(to, 0, sizeof *to);
    return;
  }
  to->first[0] = from->first[0];
  to->first[1] = from->first[1];
  for (i = 0; i < SIGNAL_RECENT; i++) to->recent[i] = from->recent[i];
}

CORE_INLINE void emit_signal(struct environment *env, const struct flow_context *flow,
                             const struct signal_request *request) {
  const struct segment *segment = &flow->scratch->segment;
  const struct side *client = client_of(flow), *server = server_of(flow);
  struct record_signal *record = env_reserve_signal(env);
  if (!record) return;
  fill_header(&record->header, RECORD_SIGNAL, sizeof *record, flow->protocol, flow->key,
              segment->time_ns);
  fill_handshake(&record->handshake, client, server);
  record->baseline = request->baseline;
  record->rtt_ns = server ? server->rtt_ns : 0;
  record->delay_ns = request->delay_ns;
  record->signals = request->signals;
  record->reason = request->reason;
  record->from_server = flow->from_server;
  record->trigger_verb = flow->receiver ? flow->receiver->verb : (u8)VERB_NONE;
  __builtin_memset(record->padding, 0, sizeof record->padding);
  record->current = *segment;
  record->other = request->other;
  copy_side(&record->client, env_find_evidence(env, flow->key, 0));
  copy_side(&record->server, env_find_evidence(env, flow->key, 1));
  record->text_length = 0;
  if (flow->from_server && (segment->traits & TRAIT_TEXT)) {
    record->text_length =
        (u16)env_read_256(env, flow->packet->payload_offset, segment->length, record->text);
  } else {
    __builtin_memset(record->text, 0, sizeof record->text);
  }
  env_submit(env, record);
}

/* Makes all records that scratch->outcome asks for. Looks everything up anew,
 * so that it can be proved apart from what came before; records are few. */
CORE_INLINE int emit_outcome(struct environment *env, struct scratch *scratch) {
  const struct outcome *outcome = &scratch->outcome;
  struct flow_context flow;
  u32 i, flow_records;
  u8 attempt;
  flow.packet = &scratch->packet;
  flow.key = &scratch->key;
  flow.scratch = scratch;
  flow.now_ns = scratch->now_ns;
  flow.from_server = scratch->from_server;
  flow.protocol = scratch->protocol;
  flow.sender = env_find_side(env, flow.key, flow.from_server);
  flow.receiver = env_find_side(env, flow.key, !flow.from_server);
  for (i = 0; i < MAX_SIGNALS_OF_PACKET; i++) {
    if (i < outcome->signal_count) emit_signal(env, &flow, &outcome->signals[i]);
  }
  flow_records = outcome->flow_records;
  attempt = attempt_of(flow_records, flow.sender != 0);
  if (attempt) {
    emit_attempt(env, &flow, attempt);
    flow_records &= ~(1u << attempt);
  }
  for (i = RECORD_FLOW_OPENED; i <= RECORD_FLOW_CLOSED; i++) {
    if (flow_records & (1u << i)) emit_flow(env, &flow, (u8)i);
  }
  if (outcome->dialogue_record) emit_dialogue(env, &flow);
  return 0;
}

CORE_INLINE int has_outcome(const struct outcome *outcome) {
  return outcome->signal_count || outcome->flow_records || outcome->dialogue_record;
}

CORE_END

#endif
