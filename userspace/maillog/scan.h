// SPDX-License-Identifier: Apache-2.0
// Which addresses, domains and replies does a piece of log text hold?
//
// What the readers of all formats share. Views go in; what comes out as a string
// has passed the sanitizer and holds no mailbox name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "maillog/failed_delivery.h"

namespace mxray::maillog {

std::string_view trimmed(std::string_view text);

/// What follows the first `key`; nullopt if there is none.
std::optional<std::string_view> after(std::string_view text, std::string_view key);
/// `text` up to the first of `ends`, all of it if there is none.
std::string_view up_to(std::string_view text, std::string_view ends);
/// Whether ASCII `text` starts with `start`, which is in lower case.
bool starts_like(std::string_view text, std::string_view start);
/// Whether `word`, in lower case, is in ASCII `text`.
bool mentions(std::string_view text, std::string_view word);

/// `example.com` of `<user@Example.COM>`; nullopt for `<>` and where there is no @.
std::optional<std::string> domain_of(std::string_view mailbox);
/// The domain of the mailbox that follows `key`: `from=<...`.
std::optional<std::string> domain_after(std::string_view text, std::string_view key);

/// A host name as the log has it, for people; nullopt if it is empty or `unknown`.
std::optional<std::string> host_name(std::string_view text);

/// `[203.0.113.7]`, `[203.0.113.7]:25`, `[203.0.113.7:25]`, `[IPv6:2001:db8::1]:25`.
struct BracketedAddress {
  core::address address{};
  std::optional<std::uint16_t> port;
  std::size_t begin = 0;  // of the bracket
  std::size_t end = 0;    // behind it, or behind the port
};
/// The first in `text`.
std::optional<BracketedAddress> bracketed_address(std::string_view text);

/// `203.0.113.7:25`, `[2001:db8::1]:25`.
std::optional<Endpoint> endpoint_of(std::string_view text);

/// The reply that `text` starts with; nullopt unless three digits open it that a
/// refusal may have (RFC 5321, 4.2.1).
std::optional<Reply> refusal_at(std::string_view text);
/// A reply of several lines, which the log has with `divider` between them, as one:
/// the code that begins each further line is dropped. A divider before no code stays.
std::string joined_lines(std::string_view reply, std::string_view divider);
/// Log text that is no reply.
std::string plain_text(std::string_view text);

/// Takes host name, address and port out of `name[address]:port`.
void set_remote(FailedDelivery& delivery, std::string_view text);

/// How a delivery failed of which the log tells no reply, by its words.
Failure failure_of(std::string_view words);

}  // namespace mxray::maillog
