// SPDX-License-Identifier: Apache-2.0
// Which failed deliveries of a mail server's log were forged?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "base/time.h"
#include "cli/bounce_sessions.h"
#include "cli/bounce_text.h"
#include "cli/command.h"
#include "cli/daemon_client.h"
#include "cli/output_form.h"
#include "format/bounce_json.h"
#include "format/table.h"
#include "maillog/line_source.h"
#include "maillog/mail_log.h"

namespace mxray::cli {
namespace {

using maillog::FailedDelivery;
using maillog::LineSource;
using maillog::Match;
using maillog::Sessions;
using maillog::Verdict;

// The daemon is asked for so many deliveries at once; this also bounds the memory.
constexpr std::size_t kBatch = 10'000;
constexpr std::uint64_t kLargeFile = 8U << 20U;  // whose reading takes long enough to watch
constexpr std::uint64_t kLinesBetweenReports = 100'000;

struct Options {
  std::vector<std::string> files;
  std::vector<std::string> captures;
  std::string format;
  std::string timezone;
  std::optional<int> year;
  std::string shift;
  OutputForm form;
};

// CLI11 validators: an empty string means that the argument is good.
std::string check_format(const std::string& text) {
  if (maillog::log_format_from_name(text)) return {};
  return fmt::format(
      "'{}' is no format; there are postfix, exim, sendmail, qmail, exchange and "
      "mdaemon",
      text);
}

/// `-8h`, `90s`: nanoseconds.
std::optional<std::int64_t> parse_shift(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto duration = parse_duration(text);
  if (!duration || *duration > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return negative ? -static_cast<std::int64_t>(*duration) : static_cast<std::int64_t>(*duration);
}

std::string check_shift(const std::string& text) {
  if (parse_shift(text)) return {};
  return fmt::format("'{}' is no shift; write -8h, 90s or -1d", text);
}

/// How far the reading of a large file is, on a terminal.
class Progress {
 public:
  Progress(const LineSource& source, std::string name, const Output& output)
      : source_(source), name_(std::move(name)), output_(output) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void one_line() {
    const std::uint64_t whole = source_.facts().bytes;
    if (++lines_ % kLinesBetweenReports != 0 || !output_.progress || whole < kLargeFile) return;
    output_.err << fmt::format("\r{}: {} % read", printable(name_),
                               std::min<std::uint64_t>(source_.bytes_read() * 100 / whole, 100))
                << std::flush;
    shown_ = true;
  }
  /// Before anything else is written.
  void clear() {
    if (shown_) output_.err << "\r\033[K" << std::flush;
    shown_ = false;
  }

 private:
  const LineSource& source_;
  std::string name_;
  const Output& output_;
  std::uint64_t lines_ = 0;
  bool shown_ = false;
};

/// Judges deliveries batch by batch, and shows them.
class Judge {
 public:
  Judge(const Options& options, const DaemonClient& daemon, const Output& output)
      : options_(options), output_(output), daemon_sessions_(daemon) {
    if (!options.captures.empty()) captured_ = sessions_of_captures(options.captures);
  }

  [[nodiscard]] const std::optional<CaptureSessions>& captured() const { return captured_; }
  [[nodiscard]] const BounceCounts& counts() const { return counts_; }
  [[nodiscard]] std::uint64_t records_lost() const { return records_lost_; }
  /// Not ok once the daemon could not be asked; then nothing more is judged.
  [[nodiscard]] const Answer& trouble() const { return trouble_; }
  void count(const maillog::LogCounts& counts) { counts_.add(counts); }

  void take(FailedDelivery delivery) {
    if (trouble_.exit == ExitCode::kOk) batch_.push_back(std::move(delivery));
  }
  [[nodiscard]] bool is_full() const { return batch_.size() >= kBatch; }

  void judge_batch() {
    if (batch_.empty()) return;
    if (captured_) {
      show(captured_->sessions);
    } else {
      Sessions sessions;
      trouble_ = daemon_sessions_.fetch(batch_, sessions);
      records_lost_ = std::max(records_lost_, trouble_.records_lost);
      if (trouble_.exit == ExitCode::kOk) show(sessions);
    }
    batch_.clear();
  }

 private:
  void show(const Sessions& sessions) {
    for (const FailedDelivery& delivery : batch_) {
      const Match match = sessions.match(delivery);
      ++(match.verdict == Verdict::kForged    ? counts_.forged
         : match.verdict == Verdict::kGenuine ? counts_.genuine
                                              : counts_.not_seen);
      if (options_.form.is_json()) {
        output_.out << to_json_line(delivery, match) << '\n';
      } else {
        output_.out << bounce_block(delivery, match, output_) << '\n';
      }
    }
  }

  const Options& options_;
  const Output& output_;
  DaemonSessions daemon_sessions_;
  std::optional<CaptureSessions> captured_;
  std::vector<FailedDelivery> batch_;
  BounceCounts counts_;
  std::uint64_t records_lost_ = 0;
  Answer trouble_;
};

/// A log without years was written before it was last changed; one that is held
/// against captures, in the year that is nearest to them.
std::uint64_t newest_stamp(const LineSource& source, const Judge& judge) {
  constexpr std::uint64_t kHalfAYear = std::uint64_t{182} * 86'400 * 1'000'000'000;
  if (judge.captured() && judge.captured()->newest_ns != 0) {
    return judge.captured()->newest_ns + kHalfAYear;
  }
  return source.facts().modified_ns;
}

Status read_log(const std::string& name, const Options& options, const maillog::TimeZone& zone,
                Judge& judge, const Output& output) {
  Result<LineSource> source = LineSource::open(name);
  if (!source) return source.error();
  maillog::MailLog log(name, zone,
                       {.first_year = options.year,
                        .newest_ns = newest_stamp(*source, judge),
                        .shift_ns = parse_shift(options.shift).value_or(0)},
                       maillog::log_format_from_name(options.format),
                       [&judge](FailedDelivery delivery) { judge.take(std::move(delivery)); });
  Progress progress(*source, name, output);
  Status read = source->read([&](std::string_view line) {
    log.read_line(line);
    progress.one_line();
    if (!judge.is_full()) return;
    progress.clear();
    judge.judge_batch();
  });
  log.finish();
  progress.clear();
  judge.judge_batch();
  judge.count(log.counts());
  return read;
}

ExitCode read_logs(const Options& options, const DaemonClient& daemon, const Output& output) {
  const Result<maillog::TimeZone> zone = maillog::TimeZone::named(options.timezone);
  if (!zone) return output.fail(ExitCode::kUsage, "--timezone: " + zone.error().message);
  Judge judge(options, daemon, output);
  bool all_read = true;
  if (judge.captured() && judge.captured()->problem) {
    all_read = false;
    output.fail(ExitCode::kUsage, judge.captured()->problem->message);
  }
  for (const std::string& file : options.files) {
    const Status read = read_log(file, options, *zone, judge, output);
    if (!read) {
      all_read = false;
      output.out.flush();
      output.fail(ExitCode::kUsage, read.error().message);
    }
    if (judge.trouble().exit != ExitCode::kOk) {
      return output.fail(judge.trouble().exit, judge.trouble().message);
    }
  }
  const std::string summary = bounce_summary(judge.counts());
  if (!options.form.is_json()) {
    output.out << wrap(summary, static_cast<std::size_t>(output.width));
  } else if (judge.counts().not_understood > 0) {
    output.err << summary << '\n';
  }
  output.out.flush();
  if (!all_read) return ExitCode::kUsage;
  if (judge.counts().forged > 0) return ExitCode::kFound;
  return output.partial_or(judge.records_lost(), ExitCode::kOk);
}

}  // namespace

Command add_bounces(CLI::App& parent, Globals globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "bounces", "say of each failed delivery in a mail server's log whether its reply was forged");
  app->add_option("FILE", options->files,
                  "logs of postfix, exim, sendmail, qmail, Exchange (SMTP protocol) or MDaemon\n"
                  "(SMTP-in, SMTP-out), plain or gzip; -: standard input")
      ->required();
  app->add_option("--capture", options->captures,
                  "hold them against this capture file instead of what mxrayd recorded; may be\n"
                  "repeated, each is one interface")
      ->type_name("CAPTURE")
      ->allow_extra_args(false);
  app->add_option("--format", options->format,
                  "all lines are of postfix, exim, sendmail, qmail, exchange or mdaemon")
      ->type_name("NAME")
      ->check(CLI::Validator(check_format, ""));
  app->add_option("--timezone", options->timezone,
                  "that stamps without a zone are in: UTC, +08:00, Asia/Shanghai; else this\n"
                  "machine's")
      ->type_name("ZONE");
  app->add_option("--year", options->year,
                  "of the first stamp without a year; else as the file's date has it")
      ->type_name("YEAR")
      ->check(CLI::Range(1970, 2200));
  app->add_option("--shift", options->shift,
                  "add this to each time of the log, whose clock was wrong: -8h, 90s")
      ->type_name("DURATION")
      ->check(CLI::Validator(check_shift, ""));
  options->form.add_options(*app, "text", "one JSON object a failed delivery, no summary");
  app->footer(
      "Exit codes: 0 no reply was forged, 1 one was, 2 a file could not be read to its end (what\n"
      "came before is shown), 3 no mxrayd and no --capture, 5 records were lost.");
  return {app, [options, globals = std::move(globals)](const Output& output) {
            return read_logs(*options, DaemonClient(globals->socket), output);
          }};
}

}  // namespace mxray::cli
