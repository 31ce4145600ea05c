// SPDX-License-Identifier: Apache-2.0
#include "dns/message.h"

#include <arpa/nameser.h>
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <map>
#include <optional>

#include "base/text.h"
#include "dns/name.h"

namespace mxray::dns {
namespace {

constexpr std::size_t kLongestText = 4096;  // more than any receiver reads of an SPF record
constexpr int kLongestChain = 16;           // CNAMEs may form a ring

std::string clean_name(const char* text) { return normal_name(sanitize(std::string_view(text))); }

// The name at `at`, compressed; nullopt if it does not end within the message.
std::optional<std::string> expand(const ns_msg& message, const std::uint8_t* at) {
  std::array<char, NS_MAXDNAME> text{};
  if (ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), at, text.data(), text.size()) <
      0) {
    return std::nullopt;
  }
  return clean_name(text.data());
}

std::span<const std::uint8_t> data_of(const ns_rr& record) {
  return {ns_rr_rdata(record), static_cast<std::size_t>(ns_rr_rdlen(record))};
}

// Adds what one record says; false if its data is broken.
bool take(const ns_msg& message, const ns_rr& record, Answer& answer) {
  const auto data = data_of(record);
  switch (ns_rr_type(record)) {
    case ns_t_a: {
      core::address address = *parse_address("0.0.0.0");
      if (data.size() != 4) return false;
      std::memcpy(address.bytes + 12, data.data(), 4);
      answer.addresses.push_back(address);
      return true;
    }
    case ns_t_aaaa: {
      core::address address{};
      if (data.size() != sizeof address.bytes) return false;
      std::memcpy(address.bytes, data.data(), data.size());
      answer.addresses.push_back(address);
      return true;
    }
    case ns_t_ptr: {
      const auto name = expand(message, data.data());
      if (name) answer.names.push_back(*name);
      return name.has_value();
    }
    case ns_t_mx: {
      if (data.size() < 3) return false;
      const auto host = expand(message, data.data() + 2);
      const auto preference = static_cast<std::uint16_t>(data[0] << 8U | data[1]);
      if (host) answer.exchangers.push_back({preference, *host});
      return host.has_value();
    }
    case ns_t_txt: {
      std::string text;
      for (auto rest = data; !rest.empty();) {
        const std::size_t length = rest[0];
        if (length >= rest.size()) return false;
        text.append(reinterpret_cast<const char*>(rest.data()) + 1, length);
        rest = rest.subspan(length + 1);
      }
      answer.texts.push_back(sanitize(std::string_view(text), kLongestText));
      return true;
    }
    default: return true;
  }
}

Answer no_answer(Outcome outcome, std::string failure) {
  Answer answer;
  answer.outcome = outcome;
  answer.failure = std::move(failure);
  return answer;
}

std::optional<Answer> judged_by_code(int code) {
  switch (code) {
    case ns_r_noerror:
    case ns_r_nxdomain: return std::nullopt;
    case ns_r_servfail:
      return no_answer(Outcome::kServerFailure,
                       "could not find out (SERVFAIL): the zone's own "
                       "servers fail, or their signatures do");
    case ns_r_refused: return no_answer(Outcome::kRefused, "refuses to answer this host (REFUSED)");
    default: return no_answer(Outcome::kServerFailure, fmt::format("answered with error {}", code));
  }
}

}  // namespace

int wire_number(RecordType type) {
  switch (type) {
    case RecordType::kA: return ns_t_a;
    case RecordType::kAaaa: return ns_t_aaaa;
    case RecordType::kPtr: return ns_t_ptr;
    case RecordType::kMx: return ns_t_mx;
    case RecordType::kTxt: return ns_t_txt;
  }
  return ns_t_invalid;
}

Answer read_message(std::span<const std::uint8_t> message, const std::string& name,
                    RecordType type) {
  Answer malformed = no_answer(Outcome::kMalformed, "sent an answer that cannot be read");
  ns_msg handle;
  if (ns_initparse(message.data(), static_cast<int>(message.size()), &handle) < 0) return malformed;
  const int code = ns_msg_getflag(handle, ns_f_rcode);
  if (auto failure = judged_by_code(code)) return *std::move(failure);

  std::map<std::string, std::string> aliases;
  std::vector<ns_rr> records;
  for (int i = 0; i < ns_msg_count(handle, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&handle, ns_s_an, i, &record) < 0) return malformed;
    if (ns_rr_class(record) != ns_c_in) continue;
    if (ns_rr_type(record) == wire_number(type)) records.push_back(record);
    if (ns_rr_type(record) != ns_t_cname) continue;
    const auto target = expand(handle, ns_rr_rdata(record));
    if (!target) return malformed;
    aliases.emplace(clean_name(ns_rr_name(record)), *target);
  }

  Answer answer;
  std::string owner = normal_name(name);
  for (int i = 0; i < kLongestChain && aliases.contains(owner); ++i) {
    owner = answer.canonical = aliases[owner];
  }
  bool found = false;
  for (const ns_rr& record : records) {
    if (clean_name(ns_rr_name(record)) != owner) continue;
    if (!take(handle, record, answer)) return malformed;
    found = true;
  }
  answer.outcome = found                   ? Outcome::kRecords
                   : code == ns_r_nxdomain ? Outcome::kNoSuchName
                                           : Outcome::kNoData;
  // A server that neither knows the name itself nor asks others for us says
  // nothing about what exists: that is a referral, not "no data".
  const bool resolves = ns_msg_getflag(handle, ns_f_ra) != 0;
  const bool knows = ns_msg_getflag(handle, ns_f_aa) != 0 && answer.canonical.empty();
  if (!found && !resolves && !knows) {
    return no_answer(Outcome::kRefused, "does not resolve for this host: it asks no other server");
  }
  return answer;
}

}  // namespace mxray::dns
