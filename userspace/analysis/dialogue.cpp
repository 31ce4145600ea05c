// SPDX-License-Identifier: Apache-2.0
#include "analysis/dialogue.h"

#include <algorithm>
#include <utility>

#include "analysis/context.h"
#include "analysis/record_view.h"
#include "analysis/rejected.h"
#include "analysis/reply_lines.h"

namespace mxray {
namespace {

constexpr std::size_t kMostRefusals = 8;
constexpr std::size_t kLongestReply = 1024;
// Live, two records of one packet may have read the wall clock apart.
constexpr std::uint64_t kSamePacket_ns = 1'000'000;
constexpr std::string_view kLineEnd = " / ";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// `XXXXXXXA`, `XXXXXXXX`: what firewalls write over an offer they do not want
// (Cisco's fixup and inspect esmtp).
bool is_masked_word(std::string_view word) {
  constexpr std::size_t kFewest = 4;
  const std::size_t masked = std::min(word.find_first_not_of('X'), word.size());
  return masked >= kFewest && (masked == word.size() || (masked + 1 == word.size() &&
                                                         word.back() >= 'A' && word.back() <= 'D'));
}

// `220 *****************2******0*0*00`: the same firewalls on the greeting.
bool is_masked_greeting(std::string_view words) {
  constexpr std::ptrdiff_t kFewest = 8;
  return words.find_first_not_of("*02 ") == std::string_view::npos &&
         std::count(words.begin(), words.end(), '*') >= kFewest;
}

bool is_part_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// `500 5.5.1 Command unrecognized: "XXXXXXXX"`: the server does not know a command
// that nobody has sent. In other replies a row of X stands for a number, and a client
// that asks for XXXX is answered so by right.
bool complains_of_mask(const Refusal& refusal, core::verb asked) {
  constexpr std::size_t kFewest = 4;
  if (asked != core::VERB_EHLO && asked != core::VERB_STARTTLS) return false;
  if (refusal.code != 500 && refusal.code != 502) return false;
  const std::string words = parts_of_reply(refusal.text).words;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (!is_part_of_word(words[at])) continue;
    const std::size_t begin = at;
    while (at < words.size() && is_part_of_word(words[at])) ++at;
    const std::string_view word = std::string_view(words).substr(begin, at - begin);
    if (word.size() >= kFewest && word.find_first_not_of('X') == std::string_view::npos)
      return true;
  }
  return false;
}

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

// Calls `visit` for each line but the first, without its code.
template <typename Visit>
void for_each_offer(std::string_view text, Visit visit) {
  std::size_t at = text.find(kLineEnd);
  while (at != std::string_view::npos) {
    text.remove_prefix(at + kLineEnd.size());
    at = text.find(kLineEnd);
    const std::string_view line = text.substr(0, at);
    if (line.size() > 4) visit(line.substr(4));
  }
}

void hear_offers(const Refusal& reply, bool complete, Spoken& spoken) {
  constexpr std::size_t kWholeMask = 8;
  std::size_t masked = 0;
  spoken.auth_offered = spoken.starttls_offered = spoken.offers_masked = false;
  spoken.answered_ehlo = complete;
  for_each_offer(reply.text, [&spoken, &masked](std::string_view line) {
    const std::string_view word = line.substr(0, line.find_first_of(" ="));
    const std::string keyword = lower(word);
    if (keyword == "auth") spoken.auth_offered = true;
    if (keyword == "starttls") spoken.starttls_offered = true;
    if (!is_masked_word(word)) return;
    ++masked;
    if (word.size() >= kWholeMask) spoken.offers_masked = true;
  });
  if (masked > 1) spoken.offers_masked = true;
  spoken.offer_like_mask = masked > 0;
}

void hear_refusal(Context& context, Flow& flow, Refusal refusal, core::verb asked) {
  Spoken& spoken = *flow.spoken;
  const RefusalReason reason = context.settings.reply_reasons.reason_of(refusal.text);
  refusal.reason = std::string(name_of(reason.reason));
  if (complains_of_mask(refusal, asked)) {
    spoken.command_masked = true;
    weigh_proxy_host(context, flow, refusal.time_ns);
  }
  spoken.refused_ns = refusal.time_ns;
  if (spoken.refusals.size() < kMostRefusals) spoken.refusals.push_back(refusal);
  hold_refusal(context, flow, {std::move(refusal), reason});
}

// 354: a server that took no recipient may say so, too (RFC 2920, 3.1). Not seen where
// the client waited for it: one line of reply is no record.
void hear_go_ahead(Context& context, Flow& flow, std::uint64_t time_ns) {
  Spoken& spoken = *flow.spoken;
  spoken.data_ns = time_ns;
  if (spoken.mails != 0 && spoken.refused_ns < spoken.mail_ns) {
    note_accepted(context, flow, time_ns);
  }
}

// A whole reply; one that broke off counts as far as it went.
void hear_reply(Context& context, Flow& flow, Refusal reply, core::verb verb, bool complete) {
  Spoken& spoken = *flow.spoken;
  const core::verb asked = std::exchange(spoken.asked, core::VERB_NONE);
  if (reply.code >= 400) {
    reply.command = std::string(name_of(verb));
    hear_refusal(context, flow, std::move(reply), asked);
  } else if (reply.code == 250 && verb == core::VERB_EHLO) {
    hear_offers(reply, complete, spoken);
    weigh_proxy_host(context, flow, reply.time_ns);
  } else if (reply.code == 354) {
    hear_go_ahead(context, flow, reply.time_ns);
  } else if (reply.code == 220 && verb == core::VERB_STARTTLS) {
    spoken.starttls_used = true;
  } else if (reply.code == 220 && spoken.greeting_host.empty()) {
    const std::string words = parts_of_reply(reply.text).words;
    spoken.greeting_masked = is_masked_greeting(words);
    spoken.greeting_host = lower(first_word(words));
    weigh_proxy_host(context, flow, reply.time_ns);
  }
}

std::string joined(const std::string& text, const std::string& more) {
  std::string both = text + std::string(kLineEnd) + more;
  if (both.size() <= kLongestReply) return both;
  return both.substr(0, kLongestReply - 3) + "...";
}

void settle_unfinished(Context& context, Flow& flow) {
  const auto reply = std::exchange(flow.spoken->unfinished, nullptr);
  if (reply) hear_reply(context, flow, std::move(*reply), flow.spoken->unfinished_verb, false);
}

void hear_replies(Context& context, Flow& flow, const core::record_dialogue& record) {
  Spoken& spoken = *flow.spoken;
  const auto verb =
      record.header.type == core::RECORD_GREETING ? core::VERB_NONE : verb_of(record.verb);
  const bool is_cut = record.length > record.text_length;
  bool first = true;
  for (ReplyText& part : reply_texts(record)) {
    Refusal reply;
    reply.time_ns = record.header.time_ns;
    reply.code = part.code;
    reply.text = std::move(part.text);
    // Of pipelined commands only the first is known.
    core::verb answered = first ? verb : core::VERB_NONE;
    if (first && spoken.unfinished && spoken.unfinished->code == reply.code) {
      reply.time_ns = spoken.unfinished->time_ns;
      reply.text = joined(spoken.unfinished->text, reply.text);
      answered = spoken.unfinished_verb;
      spoken.unfinished.reset();
    }
    first = false;
    settle_unfinished(context, flow);
    if (part.complete || is_cut) {
      hear_reply(context, flow, std::move(reply), answered, part.complete);
    } else {
      spoken.unfinished = std::make_unique<Refusal>(std::move(reply));
      spoken.unfinished_verb = answered;
    }
  }
}

void hear_command(Context& context, Flow& flow, const core::record_dialogue& record) {
  settle_unfinished(context, flow);
  Spoken& spoken = *flow.spoken;
  spoken.asked = verb_of(record.verb);
  const std::string argument = command_argument(record);
  switch (record.verb) {
    case core::VERB_HELO:
    case core::VERB_EHLO:
      spoken.helo = argument;
      spoken.answered_ehlo = spoken.auth_offered = spoken.starttls_offered = false;
      note_sender(context, flow, record.header.time_ns);
      break;
    case core::VERB_AUTH: spoken.auth_used = true; break;
    case core::VERB_MAIL:
      ++spoken.mails;
      spoken.mail_ns = record.header.time_ns;
      spoken.sender_domain = lower(argument);
      note_submitter(context, flow);
      note_sender(context, flow, record.header.time_ns);
      break;
    default: break;
  }
}

// The leg that speaks for the connection, if that is this flow; it begins to if
// none does.
bool speaks(Context& context, Flow& flow) {
  if (flow.spoken) return true;
  const auto has_spoken = [](const Flow& other) { return other.spoken != nullptr; };
  if (context.flows.other_leg(flow, has_spoken) != nullptr) return false;
  flow.spoken = std::make_unique<Spoken>();
  return true;
}

}  // namespace

void note_dialogue(Context& context, Flow& flow, const core::record_dialogue& record) {
  if (flow.protocol != core::PROTOCOL_SMTP || !speaks(context, flow)) return;
  if (record.from_server != 0) {
    hear_replies(context, flow, record);
  } else {
    hear_command(context, flow, record);
  }
}

void note_encrypted(Context& context, Flow& flow) {
  if (flow.protocol == core::PROTOCOL_SMTP && speaks(context, flow)) {
    flow.spoken->starttls_used = true;
  }
}

void settle_dialogue(Context& context, Flow& flow) {
  if (flow.spoken) settle_unfinished(context, flow);
}

const Flow* speaker_of(Context& context, const Flow& flow) {
  if (flow.spoken) return &flow;
  return context.flows.other_leg(flow, [](const Flow& leg) { return leg.spoken != nullptr; });
}

bool is_forged(const Flow& flow, const Refusal& refusal) {
  // Where a forged reset was told first, the reply is told with it.
  if (!flow.forged_reply && flow.also_forged.empty()) return false;
  const auto is_it = [&refusal](const Suspicion& suspicion) {
    const std::uint64_t a = suspicion.segment.time_ns, b = refusal.time_ns;
    return suspicion.from_server && std::max(a, b) - std::min(a, b) < kSamePacket_ns;
  };
  return (flow.forged && is_it(*flow.forged)) ||
         std::any_of(flow.suspicions.begin(), flow.suspicions.end(), is_it);
}

Dialogue told_of(const Spoken& spoken) {
  Dialogue told;
  if (!spoken.helo.empty()) told.helo = spoken.helo;
  if (!spoken.sender_domain.empty()) told.sender_domain = spoken.sender_domain;
  if (spoken.answered_ehlo || spoken.auth_offered) told.auth_offered = spoken.auth_offered;
  if (spoken.answered_ehlo || spoken.starttls_offered) {
    told.starttls_offered = spoken.starttls_offered;
  }
  told.auth_used = spoken.auth_used;
  told.starttls_used = spoken.starttls_used;
  return told;
}

void describe_dialogue(Context& context, const Flow& flow, FlowView& view) {
  const Flow* speaker = speaker_of(context, flow);
  if (speaker == nullptr) return;
  const Spoken& spoken = *speaker->spoken;
  if (!spoken.helo.empty()) view.helo = spoken.helo;
  if (!spoken.sender_domain.empty()) view.sender_domain = spoken.sender_domain;
  for (const Refusal& refusal : spoken.refusals) {
    if (!is_forged(*speaker, refusal)) view.refusals.push_back(refusal);
  }
}

bool is_within(std::string_view name, std::string_view domain) {
  if (!name.ends_with(domain)) return false;
  return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
}

}  // namespace mxray
