/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is done with one packet, from its bytes to the records it causes?
 *
 * The entry of the core: handle_packet(). Every path leads back to the caller;
 * nothing here can drop, change or delay the packet.
 */
#ifndef MXRAY_BPF_PIPELINE_H
#define MXRAY_BPF_PIPELINE_H

#include "ident.h"
#include "lookup.h"
#include "options.h"
#include "reset.h"
#include "routine.h"
#include "segment.h"
#include "stranger.h"

CORE_BEGIN

/* Which end is the server? The watched port's; if both ports are watched,
 * handshakes say, and of other packets the lower port. */
CORE_INLINE int comes_from_server(config_view *config, const struct packet *packet) {
  const int from = is_watched(config, packet->source_port);
  const int to = is_watched(config, packet->destination_port);
  if (from && to) {
    if (packet->tcp_flags & TCP_FLAG_SYN) return (packet->tcp_flags & TCP_FLAG_ACK) != 0;
    return packet->source_port < packet->destination_port;
  }
  return from;
}

/* The receiver of suspect bytes acknowledges: did it take them? It did if it
 * acknowledges more than the genuine sender was seen to send. */
CORE_INLINE void check_acceptance(struct environment *env, struct flow_context *flow) {
  const struct packet *packet = flow->packet;
  struct side *watcher = flow->sender, *other_side = flow->receiver;
  struct segment *other = &flow->scratch->other;
  if (!(packet->tcp_flags & TCP_FLAG_ACK) || !other_side) return;
  if (!seq_before(watcher->watch_seq, packet->ack)) return;
  if (!seq_before(other_side->next_seq, packet->ack)) {
    /* Nothing beyond the genuine bytes: if those cover the suspect ones, the
     * question is settled, and nobody can tell whose bytes were taken. */
    if (!seq_before(other_side->next_seq, watcher->watch_end)) {
      watcher->flags &= (u16)~SIDE_WATCH;
    }
    return;
  }
  watcher->flags &= (u16)~SIDE_WATCH;
  fill_segment(&flow->scratch->segment, packet, flow->now_ns);
  find_bytes(env_find_evidence(env, flow->key, !flow->from_server), watcher->watch_seq,
             watcher->watch_end, other);
  note_signal(env, flow, 0, REASON_ACCEPTED, 0, other);
}

CORE_INLINE void handle_fin(struct environment *env, struct flow_context *flow) {
  struct side *sender = flow->sender, *receiver = flow->receiver;
  struct evidence *evidence;
  sender->flags |= SIDE_FIN;
  if (flow->packet->payload_length == 0) {
    evidence = env_find_evidence(env, flow->key, flow->from_server);
    if (evidence) {
      fill_segment(&flow->scratch->segment, flow->packet, flow->now_ns);
      keep_segment(evidence, flow->scratch);
    }
  }
  if (!receiver || !(receiver->flags & SIDE_FIN)) return;
  note_closed(env, flow, CLOSE_FIN);
}

/* The client's first answer to the SYN-ACK completes the handshake. */
CORE_INLINE void note_established(struct environment *env, const struct flow_context *flow) {
  struct side *client = flow->sender;
  struct evidence *evidence = env_find_evidence(env, flow->key, 0);
  client->flags |= SIDE_ESTABLISHED;
  client->second_time_ns = flow->now_ns;
  if (evidence && flow->packet->payload_length == 0) {
    fill_segment(&evidence->first[1], flow->packet, client->second_time_ns);
  }
}

/* The sender's side of a packet that was not known: by now it may be. */
CORE_INLINE struct side *meet_sender(struct environment *env, struct flow_context *flow) {
  const int stranger = weigh_stranger(env, flow);
  if (stranger == STRANGER_UNPROVEN) return 0;
  if (stranger == STRANGER_HANDSHAKE) {
    if (flow->scratch->again) return 0;
    flow->sender = env_find_side(env, flow->key, flow->from_server);
    flow->receiver = env_find_side(env, flow->key, !flow->from_server);
    return flow->sender;
  }
  flow->sender = open_midstream(env, flow);
  if (!flow->sender) return 0;
  if (!flow->receiver) {
    env_count(env, COUNT_FLOW_MIDSTREAM, 1);
    note_flow(flow, RECORD_FLOW_OPENED);
  }
  return flow->sender;
}

CORE_INLINE void handle_established(struct environment *env, struct flow_context *flow) {
  const struct packet *packet = flow->packet;
  struct side *sender = flow->sender;
  if (!sender) {
    sender = meet_sender(env, flow);
    if (!sender) return;
  }
  sender->packets++;
  sender->bytes += packet->payload_length;
  if (!flow->from_server && !(sender->flags & (SIDE_ESTABLISHED | SIDE_MIDSTREAM))) {
    note_established(env, flow);
  }
  if ((sender->flags & (SIDE_RESET | SIDE_ALIVE)) == SIDE_RESET) note_alive(env, flow);
  if (sender->flags & SIDE_WATCH) check_acceptance(env, flow);
  if (packet->payload_length) {
    handle_data(env, flow);
  } else {
    note_ack(sender, packet);
  }
  note_ip_id(sender, packet->ip_id);
  if (packet->tcp_flags & TCP_FLAG_FIN) handle_fin(env, flow);
}

/* Everything but the bare ACK: of the packet and the key in the scratch. */
CORE_INLINE int handle_mail(struct environment *env, struct scratch *scratch) {
  const struct packet *packet = &scratch->packet;
  struct flow_context flow;
  __builtin_memset(&scratch->outcome, 0, 16);
  scratch->now_ns = env_now(env);
  scratch->imprint_length = 0;
  read_options(env, scratch);
  if ((packet->options & OPTION_MALFORMED) && !scratch->again)
    env_count(env, COUNT_MALFORMED_OPTIONS, 1);
  flow.packet = packet;
  flow.key = &scratch->key;
  flow.scratch = scratch;
  flow.now_ns = scratch->now_ns;
  flow.from_server = scratch->from_server;
  flow.sender = env_find_side(env, flow.key, flow.from_server);
  flow.receiver = env_find_side(env, flow.key, !flow.from_server);
  flow.protocol = flow.sender ? flow.sender->protocol
                              : protocol_of_port(env_config(env), flow.key->server_port);
  flow.protocol = (u8)forget(scratch, flow.protocol);
  scratch->protocol = flow.protocol;
  if (packet->tcp_flags & TCP_FLAG_RST) {
    handle_reset(env, &flow);
  } else if (!(packet->tcp_flags & TCP_FLAG_SYN)) {
    handle_established(env, &flow);
  } else if (packet->tcp_flags & TCP_FLAG_ACK) {
    handle_syn_ack(env, &flow);
  } else {
    handle_syn(env, &flow);
  }
  return 0;
}

CORE_INLINE void begin_mail(struct environment *env, struct scratch *scratch,
                            const struct packet *packet) {
  const int from_server = comes_from_server(env_config(env), packet);
  env_count(env, COUNT_MAIL_PACKETS, 1);
  if (packet->payload_length) env_count(env, COUNT_MAIL_BYTES, packet->payload_length);
  fill_key(&scratch->key, packet, from_server, env_interface(env));
  if (may_be_routine(packet) &&
      note_routine(env, env_find_side(env, &scratch->key, from_server), packet, from_server)) {
    return;
  }
  scratch->packet = *packet;
  scratch->from_server = (u8)from_server;
  scratch->again = 0;
  env_handle_mail(env, scratch);
  if (has_outcome(&scratch->outcome)) env_emit_outcome(env, scratch);
  if (!scratch->again) return;
  /* It proved a handshake with a RST in it; now that this is told, the packet itself. */
  scratch->from_server = (u8)from_server;
  env_handle_mail(env, scratch);
  if (has_outcome(&scratch->outcome)) env_emit_outcome(env, scratch);
}

/* `parsed`: what parse_ethernet() or parse_raw() made of the frame. */
CORE_INLINE void handle_packet(struct environment *env, int parsed, const struct packet *packet) {
  struct scratch *scratch;
  if (parsed == PARSE_MALFORMED_LINK) env_count(env, COUNT_MALFORMED_LINK, 1);
  if (parsed == PARSE_MALFORMED_IP) env_count(env, COUNT_MALFORMED_IP, 1);
  if (parsed == PARSE_MALFORMED_TCP) env_count(env, COUNT_MALFORMED_TCP, 1);
  if (parsed == PARSE_FRAGMENT) env_count(env, COUNT_FRAGMENT, 1);
  if (parsed == PARSE_TUNNEL) env_count(env, COUNT_TUNNEL, 1);
  if (parsed != PARSE_TCP && parsed != PARSE_IDENT_UNREACHABLE && parsed != PARSE_LOOKUP) return;
  if (parsed == PARSE_LOOKUP && !concerns_mail_host(env, packet)) return;
  scratch = env_scratch(env);
  if (!scratch) return;
  if (parsed == PARSE_TCP && packet->source_port != IDENT_PORT &&
      packet->destination_port != IDENT_PORT) {
    begin_mail(env, scratch, packet);
    return;
  }
  scratch->packet = *packet;
  if (parsed == PARSE_TCP) {
    env_handle_ident(env, scratch);
  } else if (parsed == PARSE_LOOKUP) {
    env_handle_lookup(env, scratch);
  } else {
    env_handle_ident_unreachable(env, scratch);
  }
}

CORE_END

#endif
