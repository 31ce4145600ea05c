// SPDX-License-Identifier: Apache-2.0
// Does any text, taken for a mail server's log, harm `mxray bounces`?
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "maillog/mail_log.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mxray::maillog;
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t chosen = static_cast<std::size_t>(data[0]) % (kLogFormatCount + 1);
  const auto forced =
      chosen == kLogFormatCount ? std::nullopt : std::optional(static_cast<LogFormat>(chosen));
  text.remove_prefix(1);
  std::uint64_t lines = 0;
  MailLog log("mail.log", *TimeZone::named("UTC"), {}, forced, [](const FailedDelivery&) {});
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    log.read_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++lines;
  }
  log.finish();
  if (log.counts().lines != lines) std::abort();  // none is lost without being counted
  return 0;
}
