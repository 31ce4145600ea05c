// SPDX-License-Identifier: Apache-2.0
// Is every output safe, whatever a packet holds, wherever it holds it?
//
// Every hostile text in every place of a session that text is read from, judged,
// and put out in every form. One sanitizer stands between; this test does not
// know it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <tuple>

#include "cli/app.h"
#include "daemon/landing_page.h"
#include "format/explain.h"
#include "format/flow_json.h"
#include "format/incident_json.h"
#include "metrics/metrics.h"
#include "support/capture_writer.h"
#include "top/view.h"
#include "unit/hostile_packets.h"
#include "unit/verdict_run.h"

namespace mxray::test {
namespace {

using testing::IsEmpty;
using testing::Not;

struct Printed {
  std::string out, err;
  [[nodiscard]] std::string all() const { return out + err; }
};
Printed printed_by(std::vector<std::string> arguments) {
  std::ostringstream out, err;
  cli::run(std::move(arguments), {.out = out, .err = err, .colour = false, .width = 80});
  return {out.str(), err.str()};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// What a session became, in every form there is.
struct Outputs {
  std::map<std::string, std::string> text;  // for a terminal or a log
  std::vector<std::string> json;            // one object each
  std::map<std::string, std::string> html;
  std::map<std::string, std::string> metrics;
};

// As `mxray top` shows it, on a terminal wide enough for whole texts.
std::string screen_of(const ReplayResult& result) {
  top::Observed observed;
  observed.take({.status = {},
                 .waiting = result.flows,
                 .others = result.flows,
                 .incidents = result.incidents},
                {});
  std::string screen;
  for (const auto& line : top::draw(observed, {}, {}, {.rows = 60, .columns = 900}, {})) {
    for (const top::Piece& piece : line) screen += piece.text;
    screen += '\n';
  }
  return screen;
}

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

// The hops that anyone on the way may name as they like: reverse names are theirs.
Bytes traceroute_through(const std::string& text) {
  std::string lines = "traceroute to 203.131.198.80 (203.131.198.80), 30 hops max\n";
  for (int hop = 1; hop <= 15; ++hop) {
    lines += fmt::format(" {} {} (198.51.100.{}) {} ms\n", hop, text, hop, 7 * hop);
  }
  return bytes_of(lines);
}

// A bounce of each session, with the text where the far server's answer is quoted,
// and where its name is.
Bytes log_of_bounces(const std::string& text) {
  std::string lines;
  for (const auto& [stamp, server, code] : {std::tuple("Nov 14 22:13:21", "203.0.113.25", 550),
                                            std::tuple("Sep 26 14:44:53", "203.131.198.80", 500)}) {
    lines += fmt::format(
        "{} mx postfix/smtp[1]: 4F2A: to=<b@example.net>, relay=mx.{}[{}]:25, delay=1, "
        "dsn=5.0.0, status=bounced (host mx.example.net[{}] said: {} {} (in reply to RCPT TO "
        "command))\n",
        stamp, text, server, server, code, text);
  }
  return bytes_of(lines);
}

/// `packets` hold `text` somewhere; so do the log and the traceroute beside them.
Outputs outputs_of(const std::vector<TimedPacket>& packets, const std::string& text) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("wan0.pcap", pcap_file(packets, {.nanoseconds = true}));
  const ReplayResult result = replay({file}, {});
  Outputs outputs;
  const auto replayed = [&file](std::vector<std::string> options) {
    options.insert(options.begin(), {"replay", file, "--local-domain", "example.org"});
    return printed_by(std::move(options));
  };
  outputs.text["replay"] = replayed({}).all();
  outputs.text["replay --explain"] = replayed({"--explain"}).all();
  outputs.text["replay --group"] = replayed({"--group"}).all();
  outputs.text["replay --output table"] = replayed({"--output", "table"}).all();
  outputs.text["replay --output line"] = replayed({"--output", "line"}).all();
  outputs.text["replay --explain --path"] =
      replayed({"--explain", "--path", directory.write("path.txt", traceroute_through(text))})
          .all();
  const auto bounced = [&](std::vector<std::string> options) {
    options.insert(options.begin(),
                   {"bounces", directory.write("mail.log", log_of_bounces(text)), "--format",
                    "postfix", "--timezone", "UTC", "--capture", file});
    return printed_by(std::move(options));
  };
  outputs.text["bounces"] = bounced({}).all();
  outputs.text["top"] = screen_of(result);
  outputs.json = lines_of(replayed({"--json", "--group"}).out);
  for (const FlowView& flow : result.flows) outputs.json.push_back(to_json_line(flow));
  for (const std::string& line : lines_of(bounced({"--json"}).out)) outputs.json.push_back(line);
  std::vector<const Incident*> incidents;
  for (const Incident& incident : result.incidents) {
    outputs.text["mxrayd --print-incidents"] += one_line(incident) + '\n';
    outputs.json.push_back(to_json_full(incident));
    incidents.push_back(&incident);
  }
  outputs.html["landing page"] = landing_page(incidents, result.stats);
  MetricsInput input;
  input.kernel = result.stats;
  input.totals = result.totals;
  outputs.html["report"] = printed_by({"report", "--replay", file, "--output", "-"}).out;
  outputs.metrics["text"] = render_metrics(input);
  outputs.metrics["OpenMetrics"] = render_metrics(input, MetricsFormat::kOpenMetrics);
  return outputs;
}

/// What no text may hold: bytes that are not UTF-8, control characters, and
/// characters that show nothing or turn the writing round. Empty: it holds none.
std::string objection_to(const std::string& text, bool line_ends_allowed) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >> 5U == 6 ? 2 : lead >> 4U == 14 ? 3 : 4;
    char32_t point = length == 1 ? lead : lead & (0x7fU >> length);
    bool valid = length == 1 || (lead >= 0xc2 && lead < 0xf5);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U;
      valid = valid && next >> 6U == 2;
      point = point << 6U | (next & 0x3fU);
    }
    const auto found = [&](const char* what) {
      return what + (" at byte " + std::to_string(i)) + " of: " + text.substr(0, 2000);
    };
    if (!valid) return found("no UTF-8");
    const bool line_end = line_ends_allowed && point == '\n';
    if (!line_end && (point < 0x20 || (point >= 0x7f && point < 0xa0))) return found("a control");
    const bool invisible =
        point == 0xad || point == 0x61c || (point >= 0x200b && point <= 0x200f) ||
        (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) ||
        point == 0xfeff || point >= 0xe0000;
    if (invisible) return found("an invisible character");
    i += length;
  }
  return {};
}

void expect_clean_values(const nlohmann::json& value) {
  if (value.is_string()) {
    EXPECT_EQ(objection_to(value.get<std::string>(), true), "");
  }
  if (value.is_structured()) {
    for (const auto& part : value) expect_clean_values(part);
  }
}

// Everything between `<` and the next `>`.
std::vector<std::string> tags_of(const std::string& page) {
  std::vector<std::string> tags;
  for (std::size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    tags.push_back(page.substr(at, page.find('>', at) - at + 1));
  }
  return tags;
}

std::set<std::string> samples_of(const std::string& metrics) {
  std::set<std::string> names;
  for (const std::string& line : lines_of(metrics)) {
    const std::string sample = line.substr(0, line.find(" # {"));  // without its exemplar
    names.insert(sample.substr(0, sample.rfind(' ')));
  }
  return names;
}

class HostileText : public testing::TestWithParam<Place> {};

TEST_P(HostileText, LeavesEveryOutputWhole) {
  const Outputs ordinary = outputs_of(GetParam().session("example.com"), "example.com");
  for (const auto& [name, text] : hostile_texts()) {
    SCOPED_TRACE(name);
    const Outputs outputs = outputs_of(GetParam().session(text), text);
    for (const auto& [form, output] : outputs.text) {
      EXPECT_EQ(objection_to(output, true), "") << form;
      for (const std::string& line : lines_of(output)) EXPECT_LE(line.size(), 1000U) << form;
    }
    for (const std::string& line : outputs.json) {
      EXPECT_EQ(objection_to(line, false), "");
      const auto object = nlohmann::json::parse(line, nullptr, false);
      ASSERT_TRUE(object.is_object()) << line;
      expect_clean_values(object);
      EXPECT_LE(line.size(), 64U * 1024);
    }
    for (const auto& [form, page] : outputs.html) {
      EXPECT_EQ(objection_to(page, true), "") << form;
      for (const std::string& tag : tags_of(page)) {
        EXPECT_THAT(tag, Not(testing::HasSubstr(std::string(kMark)))) << form;
        EXPECT_FALSE(tag.starts_with("<script") || tag.starts_with("<img") ||
                     tag.find("evil") != std::string::npos)
            << form << ": " << tag;
      }
    }
    for (const auto& [form, page] : outputs.metrics) {
      EXPECT_EQ(objection_to(page, true), "") << form;
      EXPECT_EQ(samples_of(page), samples_of(ordinary.metrics.at(form))) << form;
    }
  }
}

TEST_P(HostileText, IsShownOnlyWhereItIsTold) {
  const Outputs outputs = outputs_of(GetParam().session(kMark), "example.com");
  std::string all;
  for (const auto& [form, output] : outputs.text) all += output;
  for (const std::string& line : outputs.json) all += line;
  EXPECT_EQ(all.find(kMark) != std::string::npos, GetParam().shown);
  for (const auto& [form, page] : outputs.metrics) {
    EXPECT_THAT(page, Not(testing::HasSubstr(std::string(kMark)))) << form;
  }
}

// The log and the traceroute are of the sessions: their texts are read, not skipped.
TEST(HostileTextBesidePackets, IsReadOfTheSameSession) {
  const std::vector<Place> all = places();
  const auto place = std::ranges::find(all, std::string_view("ForgedReply"), &Place::name);
  const Outputs outputs = outputs_of(place->session("example.com"), "example.com");
  EXPECT_THAT(outputs.text.at("bounces"), testing::HasSubstr("1 forged"));
  EXPECT_THAT(outputs.text.at("replay --explain --path"),
              testing::HasSubstr("behind hop 6 (198.51.100.6)"));
}

INSTANTIATE_TEST_SUITE_P(Place, HostileText, testing::ValuesIn(places()),
                         [](const auto& place) { return std::string(place.param.name); });

}  // namespace
}  // namespace mxray::test
