// SPDX-License-Identifier: Apache-2.0
#include "maillog/exchange.h"

#include <algorithm>
#include <utility>

#include "maillog/scan.h"

namespace mxray::maillog {
namespace {

constexpr std::size_t kMaxRecord = 64U << 10U;

/// The fields of a CSV record, quotes taken off (RFC 4180).
std::vector<std::string> fields_of(std::string_view record) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < record.size(); ++i) {
    const char c = record[i];
    if (c == '"') {
      const bool doubled = quoted && i + 1 < record.size() && record[i + 1] == '"';
      if (doubled) {
        fields.back() += '"';
        ++i;
      } else {
        quoted = !quoted;
      }
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

bool has_open_quote(std::string_view record) {
  return std::count(record.begin(), record.end(), '"') % 2 != 0;
}

}  // namespace

bool ExchangeReader::read(const LogLine& line) {
  open_.clear();
  if (line.message.starts_with('#')) {
    if (const auto names = after(line.message, "#Fields:")) read_fields(*names);
    return true;
  }
  line_ = line;
  open_ = line.message;
  return has_open_quote(open_) || read_record();
}

bool ExchangeReader::read_rest(std::string_view text) {
  if (open_.empty()) return false;
  if (open_.size() + text.size() > kMaxRecord) {
    open_.clear();
    return false;
  }
  open_ += '\n';
  open_ += text;
  return has_open_quote(open_) || read_record();
}

void ExchangeReader::read_fields(std::string_view names) {
  static constexpr std::array<std::string_view, kColumnCount> kNames = {
      "session-id", "local-endpoint", "remote-endpoint", "event", "data"};
  const std::vector<std::string> columns = fields_of(trimmed(names));
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto at = std::find(columns.begin(), columns.end(), kNames.at(i));
    column_.at(i) = static_cast<std::size_t>(at - columns.begin());  // none: behind the last
  }
}

bool ExchangeReader::read_record() {
  const std::vector<std::string> fields = fields_of(std::exchange(open_, {}));
  const auto field = [&](Column column) -> std::string_view {
    const std::size_t at = column_.at(column);
    return at < fields.size() ? std::string_view(fields[at]) : std::string_view();
  };
  const std::string_view id = field(kSession);
  const std::string_view event = field(kEvent);
  if (id.empty() || event.size() != 1) return false;
  if (event == "-") sessions_.erase(std::string(id));
  if (event != "<" && event != ">") return event == "+" || event == "-" || event == "*";
  Transcript& session = sessions_.touch(std::string(id));
  std::string_view data = field(kData);
  while (!data.empty()) {
    const std::string_view text = up_to(data, "\n");
    data.remove_prefix(std::min(text.size() + 1, data.size()));
    auto refused = session.said(event == ">", text);
    if (!refused) continue;
    auto delivery = begin(LogFormat::kExchange, line_);
    if (!delivery) return false;
    refused->format = delivery->format;
    refused->line = delivery->line;
    refused->time_ns = delivery->time_ns;
    refused->unit_ns = delivery->unit_ns;
    refused->id = plain_text(id);
    refused->own = endpoint_of(field(kLocal));
    if (const auto remote = endpoint_of(field(kRemote))) {
      refused->remote = remote->address;
      refused->remote_port = remote->port;
    }
    emit(*std::move(refused));
  }
  return true;
}

}  // namespace mxray::maillog
