// SPDX-License-Identifier: Apache-2.0
// Does any text, taken for a mail server's log, harm `mxray bounces`?
//
// The first byte says for which server's; with its highest bit set the text comes
// as a file, maybe a compressed one.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "maillog/line_source.h"
#include "maillog/mail_log.h"

namespace {

using Take = std::function<void(std::string_view line)>;

void read_text(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void read_file(std::string_view content, const Take& take) {
  using mxray::maillog::LineSource;
  const mxray::Fd file(::memfd_create("mail.log", MFD_CLOEXEC));
  if (::write(file.get(), content.data(), content.size()) < 0) return;
  auto source = LineSource::open("/proc/self/fd/" + std::to_string(file.get()));
  if (!source) std::abort();
  (void)source->read([&take](std::string_view line) {
    if (line.size() > LineSource::kMaxLine) std::abort();
    take(line);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mxray::maillog;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t chosen = (data[0] & 0x7fU) % (kLogFormatCount + 1);
  const auto forced =
      chosen == kLogFormatCount ? std::nullopt : std::optional(static_cast<LogFormat>(chosen));
  std::uint64_t lines = 0;
  static const TimeZone utc = *TimeZone::named("UTC");
  MailLog log("mail.log", utc, {}, forced, [](const FailedDelivery&) {});
  const auto read = (data[0] & 0x80U) != 0 ? read_file : read_text;
  read(text, [&](std::string_view line) {
    log.read_line(line);
    ++lines;
  });
  log.finish();
  if (log.counts().lines != lines) std::abort();  // none is lost without being counted
  return 0;
}
