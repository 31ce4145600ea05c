/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Does a mail server ask who its client is, and what becomes of the question?
 *
 * RFC 1413: the server opens a connection to port 113 of the address its
 * client seems to come from. Only queries between two hosts that have a mail
 * connection count; a scan of port 113 fills no table and makes no record.
 */
#ifndef MXRAY_BPF_IDENT_H
#define MXRAY_BPF_IDENT_H

#include "emit.h"

CORE_BEGIN

/* SYNs of one query that are reported one by one. */
enum { MAX_IDENT_RECORDS = 16 };

CORE_INLINE void emit_ident(struct environment *env, const struct flow_key *key,
                            const struct ident_query *query, const struct packet *packet,
                            u64 now_ns) {
  struct record_ident *record = env_reserve_ident(env);
  if (!record) return;
  fill_header(&record->header, RECORD_IDENT, sizeof *record, PROTOCOL_IDENT, key, now_ns);
  record->first_query_time_ns = query->first_time_ns;
  record->last_query_time_ns = query->last_time_ns;
  record->queries = query->queries;
  record->event = query->event;
  record->ttl = packet->ttl;
  record->icmp_code = query->event == IDENT_UNREACHABLE ? packet->icmp_code : 0;
  record->padding = 0;
  env_submit(env, record);
}

CORE_INLINE void handle_ident_query(struct environment *env, const struct packet *packet,
                                    const struct flow_key *key) {
  struct ident_query *query = env_find_ident(env, key);
  const u64 now_ns = env_now(env);
  if (query && query->isn == packet->seq) {
    query->queries++;
    query->last_time_ns = now_ns;
    /* A SYN after an answer is a late copy, not another unanswered question. */
    if (query->event == IDENT_QUERY || query->event == IDENT_REPEATED) {
      query->event = IDENT_REPEATED;
      if (query->queries <= MAX_IDENT_RECORDS) emit_ident(env, key, query, packet, now_ns);
    }
    return;
  }
  {
    struct host_pair pair;
    struct ident_query fresh;
    u64 *asked;
    __builtin_memset(&pair, 0, sizeof pair);
    pair.client = key->server; /* the mail client is who is asked */
    pair.server = key->client;
    pair.interface = key->interface;
    asked = env_find_pair(env, &pair);
    if (!asked || ++*asked > MAX_QUERIES_OF_PAIR) {
      env_count(env, COUNT_IDENT_UNRELATED, 1);
      return;
    }
    __builtin_memset(&fresh, 0, sizeof fresh);
    fresh.first_time_ns = now_ns;
    fresh.last_time_ns = now_ns;
    fresh.isn = packet->seq;
    fresh.queries = 1;
    fresh.event = IDENT_QUERY;
    query = env_put_ident(env, key, &fresh);
    env_count(env, COUNT_IDENT_QUERY, 1);
    if (query) emit_ident(env, key, query, packet, now_ns);
  }
}

/* The first answer counts; what follows on the connection does not matter. */
CORE_INLINE void handle_ident_answer(struct environment *env, const struct packet *packet,
                                     const struct flow_key *key, u8 event) {
  struct ident_query *query = env_find_ident(env, key);
  if (!query || (query->event != IDENT_QUERY && query->event != IDENT_REPEATED)) return;
  query->event = event;
  emit_ident(env, key, query, packet, env_now(env));
}

CORE_INLINE void ident_key(struct flow_key *key, const struct packet *packet, int from_asker,
                           u32 interface) {
  key->client = from_asker ? packet->source : packet->destination;
  key->server = from_asker ? packet->destination : packet->source;
  key->client_port = from_asker ? packet->source_port : packet->destination_port;
  key->server_port = IDENT_PORT;
  key->interface = interface;
}

CORE_INLINE int handle_ident(struct environment *env, struct scratch *scratch) {
  const struct packet *packet = &scratch->packet;
  struct flow_key key;
  const int from_asker = packet->destination_port == IDENT_PORT;
  ident_key(&key, packet, from_asker, env_interface(env));
  if (from_asker) {
    if ((packet->tcp_flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN) {
      handle_ident_query(env, packet, &key);
    }
    return 0;
  }
  if (packet->tcp_flags & TCP_FLAG_RST) {
    handle_ident_answer(env, packet, &key, IDENT_RESET);
  } else if (packet->tcp_flags & TCP_FLAG_SYN) {
    handle_ident_answer(env, packet, &key, IDENT_ANSWERED);
  }
  return 0;
}

/* ICMP says so; the packet's addresses and ports are those of the query. */
CORE_INLINE int handle_ident_unreachable(struct environment *env, struct scratch *scratch) {
  struct flow_key key;
  ident_key(&key, &scratch->packet, 1, env_interface(env));
  handle_ident_answer(env, &scratch->packet, &key, IDENT_UNREACHABLE);
  return 0;
}

CORE_END

#endif
