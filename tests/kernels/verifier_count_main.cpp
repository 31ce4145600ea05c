// SPDX-License-Identifier: Apache-2.0
// How many instructions does this kernel's verifier follow before it takes each program?
//
// Each program is loaded alone, prepared as mxrayd prepares it. The number is the one of the
// verifier's closing line, which every kernel writes that mxray runs on. A line a program:
// its name and the number, `left-out` where mxrayd does not load it either, or `refused`;
// then what the verifier said last goes to standard error.
//
// Exit: 0 all were taken, 1 one was refused, 2 nothing could be tried.
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core_settings.h"
#include "probe/host_facts.h"
#include "probe/libbpf_log.h"

// The skeleton is C and names the struct globally.
using mxray::core::core_config;  // NOLINT(misc-unused-using-decls)
#include "mxray.skel.h"

namespace mxray::test {
namespace {

constexpr std::uint32_t kNumbersOnly = 4;  // BPF_LOG_STATS: the closing lines alone
constexpr std::uint32_t kEveryState = 1;   // BPF_LOG_LEVEL1: the way to the refusal
constexpr std::size_t kLogSize = 64 << 20;
constexpr std::size_t kLinesShown = 60;
constexpr double kSlowGreetingSeconds = 5;
constexpr std::uint64_t kDigestSecret = 1;  // any: it is read, never compared

struct Destroy {
  void operator()(mxray_bpf* skeleton) const { mxray_bpf__destroy(skeleton); }
};

struct Attempt {
  int error = 0;  // errno, 0: taken
  std::string log;
};

Attempt load(std::string_view name, std::uint32_t level) {
  const LibbpfLog silence;
  const std::unique_ptr<mxray_bpf, Destroy> skeleton(mxray_bpf__open());
  if (!skeleton) return {errno, {}};
  skeleton->rodata->config = make_core_config(default_ports(), kSlowGreetingSeconds, kDigestSecret);
  std::vector<char> log(kLogSize);
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton->obj) {
    const bool chosen = name == bpf_program__name(program);
    bpf_program__set_autoload(program, chosen);
    if (!chosen) continue;
    bpf_program__set_log_level(program, level);
    bpf_program__set_log_buf(program, log.data(), log.size());
  }
  Attempt attempt;
  attempt.error = -mxray_bpf__load(skeleton.get());
  attempt.log = log.data();
  return attempt;
}

/// Of `processed 12345 insns (limit 1000000) ...`.
std::optional<unsigned> instructions_in(std::string_view log) {
  constexpr std::string_view kWord = "processed ";
  const auto found = log.rfind(kWord);
  if (found == std::string_view::npos) return std::nullopt;
  const std::string_view number = log.substr(found + kWord.size());
  unsigned value = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
  return read.ec == std::errc{} ? std::optional(value) : std::nullopt;
}

std::string_view last_lines(std::string_view text, std::size_t count) {
  std::size_t begin = text.size();
  while (count-- > 0 && begin > 0) {
    const auto line = text.rfind('\n', begin - 1);
    begin = line == std::string_view::npos ? 0 : line;
  }
  return text.substr(begin);
}

bool report(std::string_view name) {
  const Attempt attempt = load(name, kNumbersOnly);
  const auto instructions = instructions_in(attempt.log);
  if (attempt.error == 0 && instructions) {
    fmt::print("{} {}\n", name, *instructions);
    return true;
  }
  fmt::print("{} refused\n", name);
  fmt::print(stderr, "{} ({}): {}\n", name, std::strerror(attempt.error),
             last_lines(load(name, kEveryState).log, kLinesShown));
  return false;
}

int run() {
  const HostFacts facts = read_host_facts();
  if (const auto missing = missing_capabilities(facts); !missing.empty()) {
    fmt::print(stderr, "loading programs needs {}: run as root\n", missing);
    return 2;
  }
  bool all_taken = true;
  for (const std::string_view name : {"mxray_xdp", "mxray_tc_ethernet", "mxray_tc_raw"}) {
    if (name == "mxray_xdp" && facts.kernel && *facts.kernel < kXdpFragsKernel) {
      fmt::print("{} left-out\n", name);
    } else if (!report(name)) {
      all_taken = false;
    }
  }
  return all_taken ? 0 : 1;
}

}  // namespace
}  // namespace mxray::test

int main() { return mxray::test::run(); }
