// SPDX-License-Identifier: Apache-2.0
#include "maillog/scan.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/mailbox_names.h"
#include "base/number.h"
#include "base/text.h"

namespace mxray::maillog {
namespace {

constexpr std::size_t kMaxText = 512;
constexpr std::size_t kMaxDomain = 255;  // RFC 5321, 4.5.3.1.2
constexpr std::size_t kMaxAddress = 45;  // of IPv6 text

bool is_digit(char c) { return c >= '0' && c <= '9'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_domain_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
}

/// The enhanced code that `text` starts with, ended by a space or the end (RFC 3463, 2).
std::optional<std::string> take_enhanced(std::string_view& text) {
  const std::size_t length = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view code = text.substr(0, length);
  if (code.size() < 5 || code[1] != '.' || (code[0] != '4' && code[0] != '5')) return std::nullopt;
  const std::size_t second = code.find('.', 2);
  if (second == std::string_view::npos || second == 2 || second > 5) return std::nullopt;
  if (code.size() == second + 1 || code.size() > second + 4) return std::nullopt;
  if (code.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  if (length < text.size() && text[length] != ' ') return std::nullopt;
  text = trimmed(text.substr(length));
  return std::string(code);
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::optional<std::string_view> after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  return text.substr(at + key.size());
}

std::string_view up_to(std::string_view text, std::string_view ends) {
  return text.substr(0, std::min(text.find_first_of(ends), text.size()));
}

bool starts_like(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::equal(start.begin(), start.end(), text.begin(),
                    [](char wanted, char c) { return wanted == lower(c); });
}

bool mentions(std::string_view text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [](char c, char wanted) { return lower(c) == wanted; }) != text.end();
}

std::optional<std::string> domain_of(std::string_view mailbox) {
  mailbox = trimmed(mailbox);
  if (mailbox.starts_with('<')) mailbox = up_to(mailbox.substr(1), ">");
  const std::size_t at = mailbox.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view domain = mailbox.substr(at + 1);
  const auto end = std::find_if_not(domain.begin(), domain.end(), is_domain_char);
  domain = domain.substr(0, static_cast<std::size_t>(end - domain.begin()));
  if (domain.empty() || domain.size() > kMaxDomain) return std::nullopt;
  std::string out(domain);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::optional<std::string> domain_after(std::string_view text, std::string_view key) {
  const auto rest = after(text, key);
  if (!rest) return std::nullopt;
  return domain_of(rest->starts_with('<') ? up_to(*rest, ">") : up_to(*rest, " ,"));
}

std::optional<std::string> host_name(std::string_view text) {
  text = trimmed(text);
  while (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text == "unknown") return std::nullopt;
  return without_mailboxes(sanitize(text, kMaxDomain));
}

std::optional<BracketedAddress> bracketed_address(std::string_view text) {
  for (std::size_t open = text.find('['); open != std::string_view::npos;
       open = text.find('[', open + 1)) {
    const std::size_t close = text.find(']', open);
    if (close == std::string_view::npos) return std::nullopt;
    std::string_view inner = text.substr(open + 1, close - open - 1);
    if (starts_like(inner, "ipv6:")) inner.remove_prefix(5);
    if (inner.size() > kMaxAddress + 6) continue;
    BracketedAddress found{.address = {}, .port = std::nullopt, .begin = open, .end = close + 1};
    if (const auto address = parse_address(inner)) {
      found.address = *address;
      if (close + 1 < text.size() && text[close + 1] == ':') {
        const std::string_view port = up_to(text.substr(close + 2), " ,:;)");
        found.port = parse_number<std::uint16_t>(port);
        if (found.port) found.end = close + 2 + port.size();
      }
      return found;
    }
    if (const auto endpoint = endpoint_of(inner)) {
      found.address = endpoint->address;
      found.port = endpoint->port;
      return found;
    }
  }
  return std::nullopt;
}

std::optional<Endpoint> endpoint_of(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.size() > kMaxAddress + 8) return std::nullopt;
  std::string_view host = trimmed(text.substr(0, colon));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  host = up_to(host, "%");  // the interface of a link-local address
  const auto address = parse_address(host);
  const auto port = parse_number<std::uint16_t>(trimmed(text.substr(colon + 1)));
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, *port};
}

std::optional<Reply> refusal_at(std::string_view text) {
  if (text.size() < 3 || (text[0] != '4' && text[0] != '5') || !is_digit(text[1]) ||
      !is_digit(text[2]) || text[1] > '5') {
    return std::nullopt;
  }
  if (text.size() > 3 && text[3] != ' ' && text[3] != '-') return std::nullopt;
  Reply reply;
  reply.code = parse_number<int>(text.substr(0, 3));
  // The enhanced code tells of whom the text is, so both are read together.
  const std::string plain = plain_text(text);
  std::string_view rest =
      trimmed(std::string_view(plain).substr(std::min<std::size_t>(4, plain.size())));
  reply.enhanced = take_enhanced(rest);
  reply.text = rest;
  return reply;
}

std::string joined_lines(std::string_view reply, std::string_view divider) {
  reply = trimmed(reply.substr(0, 4 * kMaxText));
  const std::string_view code = reply.substr(0, 3);
  std::string out;
  while (true) {
    const std::size_t end = std::min(reply.find(divider), reply.size());
    out.append(reply.substr(0, end));
    if (end == reply.size()) return out;
    reply.remove_prefix(end + divider.size());
    const bool new_line =
        reply.size() > 3 && reply.starts_with(code) && (reply[3] == '-' || reply[3] == ' ');
    if (new_line) reply.remove_prefix(4);
    out.append(new_line ? " " : divider);
  }
}

std::string plain_text(std::string_view text) {
  return without_mailboxes(sanitize(trimmed(text), kMaxText));
}

void set_remote(FailedDelivery& delivery, std::string_view text) {
  const auto found = bracketed_address(text);
  delivery.remote_name = host_name(up_to(text, "[ ,;("));
  if (!found) return;
  delivery.remote = found->address;
  delivery.remote_port = found->port;
}

Failure failure_of(std::string_view words) {
  // The first that fits decides: a lost connection had been made.
  struct Words {
    const char* text;
    Failure failure;
  };
  static constexpr std::array<Words, 13> kWords = {{
      {"lost connection", Failure::kConnectionLost},
      {"closed connection", Failure::kConnectionLost},
      {"connection died", Failure::kConnectionLost},
      {"connection reset", Failure::kConnectionLost},
      {"reset by", Failure::kConnectionLost},
      {"broken pipe", Failure::kConnectionLost},
      {"timed out while", Failure::kConnectionLost},
      {"connection closed", Failure::kConnectionLost},
      {"connect", Failure::kNoConnection},
      {"timed out", Failure::kNoConnection},
      {"timeout", Failure::kNoConnection},
      {"no route", Failure::kNoConnection},
      {"unreachable", Failure::kNoConnection},
  }};
  for (const Words& known : kWords) {
    if (mentions(words, known.text)) return known.failure;
  }
  return Failure::kOther;
}

}  // namespace mxray::maillog
