// SPDX-License-Identifier: Apache-2.0
#include "analysis/forged_reply_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "analysis/context.h"
#include "analysis/judge.h"

namespace mxray {
namespace {

bool is_refusal(const Incident& incident) {
  const auto& code = incident.forgery->forged_code;
  return code && *code >= 400;
}

std::string quoted(const std::optional<std::string>& text) {
  return text && !text->empty() ? " \"" + *text + "\"" : std::string();
}

}  // namespace

void write_forged_reply(const Flow& flow, const Suspicion& suspicion, Incident& incident) {
  const Forgery& forgery = *incident.forgery;
  std::string text =
      (suspicion.from_server ? "forged reply" : "forged command") + quoted(forgery.forged_text);
  if (!suspicion.from_server) {
    text += fmt::format(" in the name of client {}", to_string(incident.client));
  } else if (forgery.forger_hops && forgery.server_hops) {
    text += fmt::format(" from {} hops away (server {} is {} away)", *forgery.forger_hops,
                        server_of(flow), *forgery.server_hops);
  } else {
    text += fmt::format(" in the name of server {}", server_of(flow));
  }
  std::string reasons = in_words(suspicion);
  if ((suspicion.signals & core::SIGNAL_CONFLICT) != 0) {
    if (!reasons.empty()) reasons += ", then ";
    reasons +=
        forgery.genuine_text ? "the genuine" + quoted(forgery.genuine_text) : "other content";
    reasons += " for the same bytes";
  }
  text += ": " + reasons + ".";
  if (is_refusal(incident)) text += " The bounce was not the server's.";
  incident.summary = text;

  std::string where;
  if (!suspicion.from_server) {
    incident.remedy = fmt::format(
        "Something on the path between {} and {} speaks in the client's name. Show this evidence "
        "to whoever runs the networks between. Until it is gone, use STARTTLS or a relay reached "
        "over a VPN, so that nothing on the path can join the dialogue.",
        to_string(incident.client.address), to_string(incident.server.address));
    return;
  }
  if (forgery.forger_hops && forgery.server_hops && *forgery.forger_hops < *forgery.server_hops) {
    where = fmt::format("A box {} hops from here on the path to {} injects replies",
                        *forgery.forger_hops, to_string(incident.server.address));
  } else {
    where = fmt::format("Something on the path to {} injects replies",
                        to_string(incident.server.address));
  }
  where += fmt::format(
      "; neither mail server is at fault. Run `mxray trace {}`: `mxray explain` then says between "
      "which two routers it sits. Show both to whoever runs that network. ",
      to_string(incident.server));
  incident.remedy = where +
                    "Until it is gone: send such mail again (a forged 5xx is no refusal), use "
                    "STARTTLS or a relay reached over a VPN, so that nothing on the path can read "
                    "or answer the dialogue.";
}

}  // namespace mxray
