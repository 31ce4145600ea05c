// SPDX-License-Identifier: Apache-2.0
#include "cli/check_dns_text.h"

#include <fmt/format.h>

#include "format/table.h"

namespace mxray::cli {
namespace {

constexpr std::size_t kIndent = 12;

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

std::string title(const dns::Subject& subject) {
  std::string text = to_string(subject.address);
  if (!subject.helo.empty()) text += ", HELO " + subject.helo;
  if (!subject.domains.empty()) text += ", sends for " + joined(subject.domains);
  return printable(text);
}

// `  error     text`, further lines beneath the text.
std::string labelled(std::string_view label, Colour shade, std::string_view text, std::size_t width,
                     bool colour) {
  const std::string body = wrap(printable(text), width, kIndent);
  const std::size_t used = label.size() + 2;
  return "  " + paint(label, shade, colour) + std::string(kIndent - used, ' ') +
         body.substr(kIndent);
}

Colour shade_of(dns::Severity severity) {
  switch (severity) {
    case dns::Severity::kError: return Colour::kRed;
    case dns::Severity::kWarning: return Colour::kYellow;
    case dns::Severity::kHint: return Colour::kDim;
  }
  return Colour::kNone;
}

std::string records(std::string_view heading, const std::vector<std::string>& lines) {
  std::string text;
  if (lines.empty()) return text;
  text = fmt::format("{:{}}{}:\n", "", kIndent, heading);
  for (const std::string& line : lines) {
    text += fmt::format("{:{}}{}\n", "", kIndent + 2, printable(line));
  }
  return text;
}

std::string place_of(const dns::Finding& finding) {
  switch (finding.owner) {
    case dns::Owner::kAddressOwner:
      return fmt::format("by the owner of {}, in its reverse zone", finding.place);
    case dns::Owner::kDomainDns: return fmt::format("in the DNS of {}", finding.place);
    default: return {};
  }
}

std::string text_of(const dns::Finding& finding, std::size_t width, bool colour) {
  const std::string place = printable(place_of(finding));
  return labelled(dns::name_of(finding.severity), shade_of(finding.severity),
                  fmt::format("{} [{}]", finding.seen, finding.code), width, colour) +
         wrap(printable("-> " + finding.advice), width, kIndent) +
         records("to be added " + place, finding.add) +
         records("to be removed " + place, finding.remove);
}

std::string verdict(const dns::Report& report) {
  if (report.questions_answered == 0) return "nothing is known: no question was answered";
  std::vector<std::string> faults;
  for (const dns::Finding& finding : report.findings) {
    if (finding.severity != dns::Severity::kHint) faults.push_back(finding.code);
  }
  const std::string more = report.unanswered.empty() ? "" : ", but not every question was answered";
  if (!faults.empty()) {
    return fmt::format("{} {}: {}{}", faults.size(), faults.size() == 1 ? "fault" : "faults",
                       joined(faults), more);
  }
  if (!more.empty()) return "no fault found" + more;
  return report.not_checked.empty() ? "everything is right" : "what was checked is right";
}

}  // namespace

std::string for_people(const dns::Report& report, std::size_t width, bool colour) {
  std::string text = paint(title(report.subject), Colour::kBold, colour) + "\n";
  for (const std::string& sentence : report.right) {
    text += labelled("right", Colour::kGreen, sentence, width, colour);
  }
  for (const dns::Finding& finding : report.findings) text += text_of(finding, width, colour);
  for (const dns::Unanswered& one : report.unanswered) {
    text += labelled("unknown", Colour::kYellow, fmt::format("{}: {}", one.question, one.reason),
                     width, colour);
  }
  for (const std::string& sentence : report.not_checked) {
    text += labelled("unchecked", Colour::kDim, sentence, width, colour);
  }
  return text + fmt::format("{}: {}\n", to_string(report.subject.address), verdict(report));
}

}  // namespace mxray::cli
