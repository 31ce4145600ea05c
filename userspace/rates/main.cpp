// SPDX-License-Identifier: Apache-2.0
// How often does genuine traffic look forged?
//
// Replays every capture below the given folders, each by itself, and prints how
// many connections show each signal, beside the weight that the verdicts give
// it, and how many incidents of forgery were raised: in genuine captures, each
// is a false alarm. scripts/base-rates builds and runs it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "analysis/weights.h"
#include "base/port_table.h"
#include "format/table.h"
#include "replay/replay.h"

namespace mxray {
namespace {

namespace fs = std::filesystem;

// Of mail, and those that public captures of other services have most; what is not
// mail counts as protocol `other`.
constexpr const char* kWellKnownPorts =
    "25,465,587,2525,110,995,143,993,21,22,23,80,443,445,3306,3389,5060,5222,6667,8000,8080,8443,"
    "9999,4880,5555,2222";

struct Measured {
  std::size_t files = 0;
  std::uint64_t packets = 0;
  SignalRates all{};
  SignalRates mail{};
  std::vector<std::string> alarms;    // `file: kind client -> server`
  std::vector<std::string> problems;  // one sentence each
};

bool is_capture(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".pcap" || extension == ".pcapng" || extension == ".cap" ||
         extension == ".tcpdump";
}

std::vector<fs::path> captures_below(const std::string& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && is_capture(entry.path())) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void measure(const fs::path& file, const ReplayOptions& options, Measured& measured) {
  const ReplayResult result = replay({file.string()}, options);
  ++measured.files;
  measured.packets += result.packets;
  if (result.error) measured.problems.push_back(result.error->message);
  for (std::size_t protocol = 0; protocol < result.signal_rates.size(); ++protocol) {
    const SignalRates& rates = result.signal_rates.at(protocol);
    measured.all.add(rates);
    if (protocol != core::PROTOCOL_OTHER) measured.mail.add(rates);
  }
  for (const Incident& incident : result.incidents) {
    if (!is_forgery(incident.kind)) continue;
    measured.alarms.push_back(fmt::format("{}: {} ({}) {} -> {}", file.string(),
                                          name_of(incident.kind), name_of(incident.confidence),
                                          to_string(incident.client), to_string(incident.server)));
  }
}

std::string weight_text(std::initializer_list<double> weights) {
  std::string text;
  for (const double weight : weights) {
    text += (text.empty() ? "" : " / ") + fmt::format("{:.1f}", weight);
  }
  return text;
}

// log10 of the likelihood ratio that the rate alone would give; where none of n
// showed it, 3 / n bounds the rate (95 %).
std::string log_ratio(std::uint64_t showing, std::uint64_t of) {
  if (of == 0) return "-";
  const double rate = static_cast<double>(showing == 0 ? 3 : showing) / static_cast<double>(of);
  if (rate >= 1) return "-";
  return fmt::format("{}{:.1f}", showing == 0 ? ">" : "", -std::log10(rate));
}

std::string share(std::uint64_t showing, std::uint64_t of) {
  if (of == 0) return "-";
  return fmt::format("{:.3f} %", 100.0 * static_cast<double>(showing) / static_cast<double>(of));
}

void print_row(std::string_view name, std::uint64_t all, std::uint64_t of_all, std::uint64_t mail,
               std::uint64_t of_mail, const std::string& weight) {
  fmt::print("{:<34} {:>6} {:>10} {:>5} {:>10} {:>6}  {}\n", name, all, share(all, of_all), mail,
             share(mail, of_mail), log_ratio(all, of_all), weight);
}

void print_signal(const Measured& measured, core::signal signal, std::string_view name,
                  std::initializer_list<double> weights, bool of_resets = false) {
  std::size_t bit = 0;
  while ((1U << bit) != static_cast<unsigned>(signal)) ++bit;
  print_row(name, measured.all.showing.at(bit),
            of_resets ? measured.all.reset : measured.all.connections,
            measured.mail.showing.at(bit),
            of_resets ? measured.mail.reset : measured.mail.connections, weight_text(weights));
}

void print_table(const Measured& measured) {
  using namespace weight;
  fmt::print("{:<34} {:>6} {:>10} {:>5} {:>10} {:>6}  {}\n", "server's signal, of connections",
             "all", "rate", "mail", "rate", "LLR", "weight used");
  const auto row = [&measured](core::signal signal, std::string_view name,
                               std::initializer_list<double> weights) {
    print_signal(measured, signal, name, weights);
  };
  row(core::SIGNAL_TTL_HANDSHAKE, "data TTL differs from SYN-ACK's", {kTtlHandshakeNear});
  row(core::SIGNAL_TTL_HANDSHAKE_FAR, "  by more than 3", {kTtlHandshakeFar});
  row(core::SIGNAL_TTL_ANY, "TTL changes inside the data", {});
  row(core::SIGNAL_TTL_DATA, "  by more than 1", {kTtlNear});
  row(core::SIGNAL_TTL_FAR, "  by more than 3", {kTtlFar});
  row(core::SIGNAL_NO_TIMESTAMPS, "no timestamps, though negotiated", {kNoTimestamps});
  row(core::SIGNAL_WINDOW_ZERO, "window 0 with data", {kWindowZero});
  row(core::SIGNAL_DONT_FRAGMENT, "DF differs", {kDontFragmentHandshake, kDontFragment});
  row(core::SIGNAL_TOO_EARLY, "reply too early", {});
  print_row("  and SYN-ACK has the data's TTL", measured.all.early_from_one_box,
            measured.all.connections, measured.mail.early_from_one_box, measured.mail.connections,
            weight_text({kTooEarly}));
  row(core::SIGNAL_CONFLICT, "other content for the same bytes", {kConflict});
  row(core::SIGNAL_REFLECTED, "IP ID and window copied", {kReflected});
  row(core::SIGNAL_IP_ID_COPIED, "IP ID copied", {kIpIdCopied});
  row(core::SIGNAL_IP_ID_REPEATED, "IP ID repeated", {kIpIdRepeated});
  row(core::SIGNAL_CONSTANT_WINDOW, "window follows a jumping TTL", {kConstantWindow});
  row(core::SIGNAL_RESERVED_BITS, "reserved bits set", {kReservedBits});
  row(core::SIGNAL_IP_ID, "IP ID leaves its sequence", {0.0});
  row(core::SIGNAL_WINDOW, "window unlike the one before", {0.0});
  row(core::SIGNAL_SECOND_SYN_ACK, "second SYN-ACK, other number", {0.0});
  row(core::SIGNAL_RESET, "RST in the server's name", {});
  fmt::print("\n{:<34} {:>6} {:>10} {:>5} {:>10} {:>6}  {}\n", "of connections with such a RST",
             measured.all.reset, "", measured.mail.reset, "", "", "");
  const auto of_resets = [&measured](core::signal signal, std::string_view name, double weight) {
    print_signal(measured, signal, name, {weight}, true);
  };
  of_resets(core::SIGNAL_RESET_TTL, "a TTL the sender never had", kResetTtl);
  of_resets(core::SIGNAL_RESET_SEQUENCE, "not at the sender's next byte", kResetSequence);
  of_resets(core::SIGNAL_RESET_REPEATED, "third or later within a second", kResetBurst);
  of_resets(core::SIGNAL_RESET_AHEAD, "one more, beyond the next byte", kResetAhead);
  of_resets(core::SIGNAL_ALIVE_AFTER_RESET, "the sender goes on afterwards", kAliveAfterReset);
}

void print_alarms(const Measured& measured) {
  const double per_10000 = measured.all.connections == 0
                               ? 0
                               : 10000.0 * static_cast<double>(measured.alarms.size()) /
                                     static_cast<double>(measured.all.connections);
  fmt::print(
      "\n{} forgeries raised in {} connections ({} of mail), {} packets, {} files:\n"
      "{:.1f} per 10,000 connections, each of them a false alarm if the captures are genuine\n",
      measured.alarms.size(), measured.all.connections, measured.mail.connections, measured.packets,
      measured.files, per_10000);
  for (const std::string& alarm : measured.alarms) fmt::print("  {}\n", printable(alarm));
  for (const std::string& problem : measured.problems) {
    fmt::print(stderr, "not read to its end: {}\n", problem);
  }
}

int run(int argc, char** argv) {
  CLI::App app("measures how often genuine traffic shows what forged packets show");
  std::vector<std::string> folders;
  std::string ports = kWellKnownPorts;
  app.add_option("DIR", folders, "folders of pcap and pcapng files, searched to the bottom")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--ports", ports, "the servers' ports")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  ReplayOptions options;
  auto table = parse_ports(ports);
  if (!table) {
    fmt::print(stderr, "base-rates: --ports: {}\n", table.error().message);
    return 2;
  }
  options.ports = *std::move(table);
  Measured measured;
  for (const std::string& folder : folders) {
    for (const fs::path& file : captures_below(folder)) measure(file, options, measured);
  }
  if (measured.files == 0) {
    fmt::print(stderr, "base-rates: there is no *.pcap, *.pcapng, *.cap or *.tcpdump below {}\n",
               printable(folders.front()));
    return 2;
  }
  print_table(measured);
  print_alarms(measured);
  return measured.problems.empty() ? 0 : 5;
}

}  // namespace
}  // namespace mxray

int main(int argc, char** argv) {
  try {
    return mxray::run(argc, argv);
  } catch (const std::exception& problem) {
    fmt::print(stderr, "base-rates: {}\n", problem.what());
    return 2;
  }
}
