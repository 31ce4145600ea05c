// SPDX-License-Identifier: Apache-2.0
#include "maillog/incident_verdict.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace mxray::maillog {
namespace {

/// `552` of `552 you must ...`; 0: it begins with none.
int code_of(std::string_view text) {
  int code = 0;
  std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), 3), code);
  return code >= 200 && code < 600 ? code : 0;
}

/// Where the forger cut the connection first, his reply is told with the reset: as
/// evidence, in quotes.
Agreement agreement_with_reset(const Incident& incident, const FailedDelivery& delivery) {
  Agreement best = Agreement::kNone;
  for (const Evidence& evidence : incident.evidence) {
    std::string_view text = evidence.seen;
    if (evidence.signal != "forged_reply" || text.size() < 2 || text.front() != '"') continue;
    text = text.substr(1, text.size() - 2);
    best = std::max(best, agreement(delivery.reply, delivery.permanent, code_of(text), text));
  }
  return best;
}

}  // namespace

std::optional<Verdict> verdict_of(const Incident& incident, const FailedDelivery& delivery,
                                  Agreement& how) {
  if (!incident.forgery) return std::nullopt;
  const Forgery& forgery = *incident.forgery;
  if (incident.kind == Kind::kForgedReset) {
    how = delivery.failure == Failure::kConnectionLost ? Agreement::kClass
                                                       : agreement_with_reset(incident, delivery);
    if (how == Agreement::kNone) return std::nullopt;
    return Verdict::kForged;
  }
  if (incident.kind != Kind::kForgedReply || delivery.failure != Failure::kRefused) {
    return std::nullopt;
  }
  if (forgery.impersonated.value_or("server") == "server") {
    how = agreement(delivery.reply, delivery.permanent, forgery.forged_code.value_or(0),
                    forgery.forged_text.value_or(""));
    if (how != Agreement::kNone) return Verdict::kForged;
  }
  if (!forgery.genuine_text) return std::nullopt;
  how = agreement(delivery.reply, delivery.permanent, 0, *forgery.genuine_text);
  // The text alone begins with its code, which must then be the log's.
  if (how != Agreement::kText) return std::nullopt;
  if (delivery.reply.code &&
      !forgery.genuine_text->starts_with(std::to_string(*delivery.reply.code))) {
    return std::nullopt;
  }
  return Verdict::kGenuine;
}

}  // namespace mxray::maillog
