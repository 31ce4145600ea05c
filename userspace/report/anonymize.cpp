// SPDX-License-Identifier: Apache-2.0
#include "report/anonymize.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "report/sections.h"

namespace mxray {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_word(char c) {
  return is_hex(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

struct Found {
  core::address address{};
  std::size_t length = 0;
};

// The longest address at the beginning of `text` that is made of `is_part`; what
// follows an address in a sentence (`.`, `:25`) is not part of it.
template <typename IsPart>
std::optional<Found> longest(std::string_view text, IsPart is_part) {
  constexpr std::size_t kLongest = 45;  // of INET6_ADDRSTRLEN without its end
  std::size_t length = 0;
  while (length < std::min(text.size(), kLongest) && is_part(text[length])) ++length;
  for (; length > 1; --length) {
    if (length < text.size() && is_word(text[length])) continue;  // in the middle of a word
    if (const auto address = parse_address(text.substr(0, length))) return Found{*address, length};
  }
  return std::nullopt;
}

std::optional<Found> address_at(std::string_view text) {
  const auto ipv6 = longest(text, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
  return ipv6 ? ipv6 : longest(text, [](char c) { return is_digit(c) || c == '.'; });
}

std::vector<core::address> addresses_of(const Incident& incident) {
  std::vector<core::address> addresses = {incident.client.address, incident.server.address};
  const Translation translation = incident.translation.value_or(Translation{});
  for (const auto& end : {incident.inside_client, translation.original, translation.translated}) {
    if (end) addresses.push_back(end->address);
  }
  return addresses;
}

Inside inside_of(const ReportInput& input) {
  std::vector<core::address> clients;
  for (const Incident& incident : input.incidents) {
    if (incident.inside_client) clients.push_back(incident.inside_client->address);
    if (is_private(incident.client.address)) clients.push_back(incident.client.address);
  }
  return {input.anonymity.inside, std::move(clients)};
}

/// What the incident's own sentences may quote.
std::vector<std::string> quotations_of(const Incident& incident) {
  const Forgery forgery = incident.forgery.value_or(Forgery{});
  const Dialogue dialogue = incident.dialogue.value_or(Dialogue{});
  std::vector<std::string> quotations;
  for (const auto& text : {forgery.forged_text, forgery.genuine_text, dialogue.helo,
                           dialogue.sender_domain, dialogue.reply_text}) {
    if (text && !text->empty()) quotations.push_back(*text);
  }
  for (const Evidence& evidence : incident.evidence) {
    if (!may_quote(evidence.signal)) continue;
    for (const std::string& text : {evidence.seen, evidence.expected}) {
      if (!text.empty()) quotations.push_back(text);
    }
  }
  return quotations;
}

/// Texts of an incident, each as what it is.
class Rewriter {
 public:
  Rewriter(Pseudonyms& names, std::vector<std::string> quotations)
      : names_(names), quotations_(std::move(quotations)) {}

  void own(std::string& text) { text = names_.own(text, quotations_); }
  void own(std::optional<std::string>& text) {
    if (text) own(*text);
  }
  void quoted(std::string& text) { text = names_.quoted(text); }
  void quoted(std::optional<std::string>& text) {
    if (text) quoted(*text);
  }

 private:
  Pseudonyms& names_;
  std::vector<std::string> quotations_;
};

void anonymize(Incident& incident, Pseudonyms& names) {
  Rewriter rewrite(names, quotations_of(incident));
  rewrite.own(incident.summary);
  rewrite.own(incident.remedy);
  if (!incident.interface.empty()) incident.interface = names.of("interface", incident.interface);
  for (Evidence& evidence : incident.evidence) {
    const bool quotes = may_quote(evidence.signal);
    for (std::string* text : {&evidence.seen, &evidence.expected}) {
      quotes ? rewrite.quoted(*text) : rewrite.own(*text);
    }
    rewrite.own(evidence.signal);
  }
  for (PacketRow& packet : incident.packets) {
    rewrite.own(packet.what);
    rewrite.own(packet.options);
    rewrite.quoted(packet.text);
  }
  if (auto& forgery = incident.forgery) {
    rewrite.quoted(forgery->forged_text);
    rewrite.quoted(forgery->genuine_text);
    for (auto* text : {&forgery->forger_class, &forgery->impersonated, &forgery->trigger_command,
                       &forgery->window_rule}) {
      rewrite.own(*text);
    }
  }
  if (incident.waiting) rewrite.own(incident.waiting->ident_outcome);
  if (auto& dialogue = incident.dialogue) {
    rewrite.quoted(dialogue->helo);
    rewrite.quoted(dialogue->sender_domain);
    rewrite.quoted(dialogue->reply_text);
    rewrite.own(dialogue->reason);
  }
}

void number_by_time(ReportInput& input, Pseudonyms& names) {
  std::vector<Incident*> by_time;
  for (Incident& incident : input.incidents) by_time.push_back(&incident);
  std::stable_sort(by_time.begin(), by_time.end(), [](const Incident* a, const Incident* b) {
    return std::tie(a->time_ns, a->id) < std::tie(b->time_ns, b->id);
  });
  std::map<std::string, ForgerPlace> places;
  int number = 0;
  for (Incident* incident : by_time) {
    const std::string name = std::to_string(++number);
    names.call(incident->id, name);
    if (const auto place = input.places.find(incident->id); place != input.places.end()) {
      places[name] = {names.own(place->second.name), names.own(place->second.sentence)};
    }
    incident->id = name;
  }
  input.places = std::move(places);
}

}  // namespace

Pseudonyms pseudonyms_for(const ReportInput& input) {
  std::unordered_set<core::address> told;
  for (const Incident& incident : input.incidents) {
    for (const core::address& address : addresses_of(incident)) told.insert(address);
  }
  Pseudonyms names(inside_of(input), std::move(told));
  const auto call_interface = [&names](const std::string& name) {
    if (!name.empty()) names.call(name, names.of("interface", name));
  };
  for (const Attachment& attachment : input.status.kernel.attachments) {
    call_interface(attachment.interface);
  }
  for (const std::string& interface : input.status.interfaces) call_interface(interface);
  for (const Incident& incident : input.incidents) call_interface(incident.interface);
  return names;
}

ReportInput anonymized(ReportInput input, Pseudonyms& names) {
  number_by_time(input, names);
  for (Incident& incident : input.incidents) anonymize(incident, names);
  input.scope = names.own(input.scope);
  for (Attachment& attachment : input.status.kernel.attachments) {
    attachment.interface = names.of("interface", attachment.interface);
    attachment.direction = names.own(attachment.direction);
    attachment.hook = names.own(attachment.hook);
    attachment.reason = names.own(attachment.reason);
  }
  input.status.store.state = names.own(input.status.store.state);
  input.status.store.detail = names.own(input.status.store.detail);
  if (input.captures) {
    for (std::string& file : input.captures->files) file = names.of("file", file);
    if (!input.captures->problem.empty()) {  // it names the file's folder
      input.captures->problem = "a file could not be read to its end";
    }
  }
  return input;
}

std::string anonymized(std::string_view page, Pseudonyms& names) {
  std::string out;
  for (std::size_t at = 0; at < page.size();) {
    const char before = at == 0 ? ' ' : page[at - 1];
    const bool may_start =
        !is_word(before) && before != '.' && (is_hex(page[at]) || page[at] == ':');
    const auto found = may_start ? address_at(page.substr(at)) : std::nullopt;
    if (!found || !names.is_inside(found->address)) {
      // A whole address at once: its end must not be taken for another one.
      const std::size_t length = found ? found->length : 1;
      out += page.substr(at, length);
      at += length;
      continue;
    }
    at += found->length;
    const bool network = at + 1 < page.size() && page[at] == '/' && is_digit(page[at + 1]);
    out += names.of_address(found->address, network);
  }
  return out;
}

}  // namespace mxray
