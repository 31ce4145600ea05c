// SPDX-License-Identifier: Apache-2.0
// How many nanoseconds does each hook add to a packet?
//
//   mxray-bench-hooks [--rounds N] [--packets N] [--flows N,N,…] [--case NAME]
//
// One JSON object a line and case: differences to the empty program, measured next to
// it in the same round; median, least and greatest of the rounds.
#include <fmt/format.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "streams.h"

namespace mxray::bench {
namespace {

struct Options {
  int rounds = 15;
  std::uint32_t packets = 200'000;
  std::vector<std::uint32_t> flows = {1, 16'384};
  std::string only;  // a case's name; empty: all
};

void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) {
    throw std::runtime_error(fmt::format("cannot run on CPU {} alone", cpu));
  }
}

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

nlohmann::json spread(std::vector<double> values) {
  std::ranges::sort(values);
  const auto rounded = [](double value) { return std::round(value * 10) / 10; };
  return {{"median", rounded(values[values.size() / 2])},
          {"min", rounded(values.front())},
          {"max", rounded(values.back())}};
}

const char* name_of(Hook hook) { return hook == Hook::kXdp ? "xdp" : "tc"; }

void open_flows(HookBench& bench, Hook hook, std::uint32_t flows) {
  for (const Stream& step : handshake(flows)) {
    if (!bench.restart()) throw std::runtime_error("cannot restart the generator");
    value_of(bench.run(hook, Program::kMxray, step, flows));
  }
  if (!bench.restart()) throw std::runtime_error("cannot restart the generator");
}

nlohmann::json measure(HookBench& bench, Hook hook, const Case& each, const Options& options) {
  std::vector<double> empty, lookup, over_empty;
  // Once to warm up: caches, branch predictors, the tables' first entries.
  for (int round = -1; round < options.rounds; ++round) {
    const double nothing = value_of(bench.run(hook, Program::kEmpty, each.stream, options.packets));
    const double one = value_of(bench.run(hook, Program::kLookup, each.stream, options.packets));
    const double all = value_of(bench.run(hook, Program::kMxray, each.stream, options.packets));
    if (round < 0) continue;
    empty.push_back(nothing);
    lookup.push_back(one - nothing);
    over_empty.push_back(all - nothing);
  }
  return {{"hook", name_of(hook)},
          {"case", each.name},
          {"meaning", each.meaning},
          {"flows", each.stream.kind.flows},
          {"empty_ns", spread(empty)},
          {"one_lookup_over_empty_ns", spread(lookup)},
          {"over_empty_ns", spread(over_empty)}};
}

int run(const Options& options) {
  pin_to(0);
  for (const std::uint32_t flows : options.flows) {
    for (const Hook hook : {Hook::kXdp, Hook::kTc}) {
      for (const Case& each : cases(flows)) {
        if (!options.only.empty() && options.only != each.name) continue;
        HookBench bench = value_of(HookBench::load(std::max(65'536U, 4 * flows)));
        if (each.established) open_flows(bench, hook, flows);
        const std::uint64_t before = bench.records();
        nlohmann::json line = measure(bench, hook, each, options);
        line["records"] = bench.records() - before;
        fmt::print("{}\n", line.dump());
        std::fflush(stdout);
      }
    }
  }
  return 0;
}

}  // namespace
}  // namespace mxray::bench

int main(int argc, char** argv) {
  mxray::bench::Options options;
  CLI::App app("measure what each hook costs a packet");
  app.add_option("--rounds", options.rounds)->check(CLI::Range(1, 1000));
  app.add_option("--packets", options.packets, "in each run")->check(CLI::Range(1000, 100'000'000));
  app.add_option("--flows", options.flows, "powers of two")->delimiter(',');
  app.add_option("--case", options.only, "one of the cases alone, for a profile");
  CLI11_PARSE(app, argc, argv);
  try {
    return mxray::bench::run(options);
  } catch (const std::exception& problem) {
    fmt::print(stderr, "{}\n", problem.what());
    return 1;
  }
}
