/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Does a mail server wait for the DNS?
 *
 * Many a server looks its client's name up before it greets. Where its questions
 * cross this gateway, those that nobody answers explain a slow greeting. Only
 * hosts that have just accepted a mail connection count, and only questions that
 * were asked again or answered late make a record.
 */
#ifndef MXRAY_BPF_LOOKUP_H
#define MXRAY_BPF_LOOKUP_H

#include "emit.h"
#include "question.h"

CORE_BEGIN

#define LOOKUP_OF_CONNECTION_NS 120000000000ull /* after the latest SYN-ACK */
#define LOOKUP_FORGOTTEN_NS 60000000000ull
/* Some resolvers ask two servers at once; that is no repetition. */
#define LOOKUP_REPEATED_NS 400000000ull
#define LOOKUP_LATE_NS 1000000000ull

/* Asked again less often than this, each time is reported. */
#define LOOKUP_SELDOM_NS 2000000000ull

enum {
  MAX_LOOKUP_RECORDS = 8, /* of one question that is asked more often */
  DNS_HEADER = 12,        /* RFC 1035, 4.1.1 */
  DNS_RESPONSE = 0x80,
  DNS_OPCODE = 0x78, /* 0: a query */
  DNS_RESPONSE_CODE = 0x0f,
};

CORE_INLINE void emit_lookup(struct environment *env, const struct scratch *scratch,
                             const struct lookup_key *key, const struct lookup *lookup, u8 event) {
  struct record_lookup *record = env_reserve_lookup(env);
  if (!record) return;
  fill_header(&record->header, RECORD_LOOKUP, sizeof *record, PROTOCOL_NONE, &scratch->key,
              env_now(env));
  record->first_time_ns = lookup->first_time_ns;
  record->question = key->question;
  record->queries = lookup->queries;
  record->question_type = lookup->question_type;
  record->event = event;
  record->response_code = event == LOOKUP_ANSWERED ? scratch->line[3] & DNS_RESPONSE_CODE : 0;
  env_submit(env, record);
}

CORE_INLINE void note_question(struct environment *env, struct scratch *scratch,
                               const struct lookup_key *key, u16 type) {
  struct lookup *known = env_find_lookup(env, key);
  struct lookup fresh;
  const u64 now_ns = env_now(env);
  if (known && now_ns - known->last_time_ns < LOOKUP_FORGOTTEN_NS) {
    const u64 since_ns = now_ns - known->last_time_ns;
    known->queries++;
    known->last_time_ns = now_ns;
    if (now_ns - known->first_time_ns < LOOKUP_REPEATED_NS) return;
    if (known->queries > 1 + MAX_LOOKUP_RECORDS && since_ns < LOOKUP_SELDOM_NS) return;
    emit_lookup(env, scratch, key, known, LOOKUP_REPEATED);
    return;
  }
  __builtin_memset(&fresh, 0, sizeof fresh);
  fresh.first_time_ns = now_ns;
  fresh.last_time_ns = now_ns;
  fresh.queries = 1;
  fresh.question_type = type;
  env_put_lookup(env, key, &fresh);
}

CORE_INLINE void note_answer(struct environment *env, struct scratch *scratch,
                             const struct lookup_key *key) {
  struct lookup *known = env_find_lookup(env, key);
  u64 open_ns;
  if (!known) return;
  open_ns = env_now(env) - known->first_time_ns;
  /* What was reported as unanswered must be told to have its answer. */
  if (open_ns >= LOOKUP_LATE_NS || (known->queries > 1 && open_ns >= LOOKUP_REPEATED_NS)) {
    emit_lookup(env, scratch, key, known, LOOKUP_ANSWERED);
  }
  env_drop_lookup(env, key);
}

/* Whether this may be a look-up of a host that accepts mail: asked before anything
 * is copied or read, since most DNS is somebody else's. */
CORE_INLINE int concerns_mail_host(struct environment *env, const struct packet *packet) {
  return (packet->destination_port == DNS_PORT && env_find_mail_host(env, &packet->source)) ||
         (packet->source_port == DNS_PORT && env_find_mail_host(env, &packet->destination));
}

CORE_INLINE int handle_lookup(struct environment *env, struct scratch *scratch) {
  const struct packet *packet = &scratch->packet;
  const u32 length =
      env_read_128(env, packet->payload_offset, packet->payload_length, scratch->line);
  const int asks = (scratch->line[2] & DNS_RESPONSE) == 0; /* both ports may be 53 */
  struct lookup_key key;
  const u64 *accepted_ns;
  u16 type;
  /* One question, as all have; RFC 9619 forbids more. */
  if (length < DNS_HEADER + 5 || scratch->line[4] != 0 || scratch->line[5] != 1) return 0;
  if (scratch->line[2] & DNS_OPCODE) return 0;
  if ((asks ? packet->destination_port : packet->source_port) != DNS_PORT) return 0;
  fill_key(&scratch->key, packet, !asks, env_interface(env));
  accepted_ns = env_find_mail_host(env, &scratch->key.client);
  if (!accepted_ns || env_now(env) - *accepted_ns > LOOKUP_OF_CONNECTION_NS) return 0;
  __builtin_memset(&key, 0, sizeof key);
  key.host = scratch->key.client;
  key.interface = scratch->key.interface;
  key.question = digest_of_question(scratch->line + DNS_HEADER, &type);
  if (asks) {
    note_question(env, scratch, &key, type);
  } else {
    note_answer(env, scratch, &key);
  }
  return 0;
}

CORE_END

#endif
