// SPDX-License-Identifier: Apache-2.0
// How many nanoseconds does each hook add to a packet?
//
//   mxray-bench-hooks [--rounds N] [--packets N] [--flows N,N,…] [--case NAME] [--two-cores]
//
// Exit code 1 if a hook could not be measured; what could be is told all the same.
// One JSON object a line and case: differences to the empty program, measured next to
// it in the same round; median, least and greatest of the rounds, and the median of the
// quietest third of them, in which the empty program ran quickest. With --two-cores: one
// flow on one CPU, then two flows on two at once.
#include <fmt/format.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <barrier>
#include <cmath>
#include <cstdio>
#include <future>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>
#include <vector>

#include "streams.h"

namespace mxray::bench {
namespace {

struct Options {
  int rounds = 15;
  std::uint32_t packets = 200'000;
  std::vector<std::uint32_t> flows = {1, 16'384};
  std::string only;  // a case's name; empty: all
  bool two_cores = false;
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

nlohmann::json spread(std::vector<double> values, double steps = 10) {
  std::ranges::sort(values);
  const auto rounded = [steps](double value) { return std::round(value * steps) / steps; };
  return {{"median", rounded(values[values.size() / 2])},
          {"min", rounded(values.front())},
          {"max", rounded(values.back())}};
}

/// With `quiet`: the median of the third of the rounds in which the empty program ran
/// quickest. What disturbs it (another guest on the core) disturbs its neighbours in the round.
nlohmann::json spread_over(const std::vector<double>& empty, const std::vector<double>& values) {
  std::vector<std::size_t> rounds(empty.size());
  std::iota(rounds.begin(), rounds.end(), 0U);
  std::ranges::sort(rounds, {}, [&empty](std::size_t round) { return empty[round]; });
  std::vector<double> quiet;
  for (std::size_t i = 0; i < (rounds.size() + 2) / 3; ++i) quiet.push_back(values[rounds[i]]);
  nlohmann::json all = spread(values);
  all["quiet"] = spread(std::move(quiet))["median"];
  return all;
}

double cost_of(HookBench& bench, Hook hook, Program program, const Stream& stream,
               std::uint32_t packets) {
  value_of(bench.choose(hook, program, stream.kind));
  return value_of(bench.run(hook, stream.frame, packets));
}

const char* name_of(Hook hook) { return hook == Hook::kXdp ? "xdp" : "tc"; }

void open_flows(HookBench& bench, Hook hook, std::uint32_t flows) {
  for (const Stream& step : handshake(flows)) {
    if (!bench.restart()) throw std::runtime_error("cannot restart the generator");
    cost_of(bench, hook, Program::kMxray, step, flows);
  }
  if (!bench.restart()) throw std::runtime_error("cannot restart the generator");
}

nlohmann::json measure(HookBench& bench, Hook hook, const Case& each, const Options& options) {
  std::vector<double> empty, lookup, over_empty;
  // Once to warm up: caches, branch predictors, and of each flow the first packet, which
  // is looked at in full.
  for (int round = -1; round < options.rounds; ++round) {
    const std::uint32_t packets =
        round < 0 ? std::max(options.packets, each.stream.kind.flows) : options.packets;
    const double nothing = cost_of(bench, hook, Program::kEmpty, each.stream, packets);
    const double one = cost_of(bench, hook, Program::kLookup, each.stream, packets);
    const double all = cost_of(bench, hook, Program::kMxray, each.stream, packets);
    if (round < 0) continue;
    empty.push_back(nothing);
    lookup.push_back(one - nothing);
    over_empty.push_back(all - nothing);
  }
  return {{"hook", name_of(hook)},
          {"case", each.name},
          {"meaning", each.meaning},
          {"flows", each.stream.kind.flows},
          {"empty_ns", spread_over(empty, empty)},
          {"one_lookup_over_empty_ns", spread_over(empty, lookup)},
          {"over_empty_ns", spread_over(empty, over_empty)}};
}

/// The same stream on the first two CPUs at once, each with a flow of its own: the mean.
double cost_on_two(HookBench& bench, Hook hook, Program program, const Stream& stream,
                   std::uint32_t packets) {
  value_of(bench.choose(hook, program, stream.kind));
  std::barrier<> both(2);
  std::array<std::future<double>, 2> costs;
  for (int cpu = 0; cpu < 2; ++cpu) {
    costs[static_cast<std::size_t>(cpu)] = std::async(std::launch::async, [&, cpu] {
      pin_to(cpu);
      both.arrive_and_wait();
      return value_of(bench.run(hook, stream.frame, packets));
    });
  }
  return (costs[0].get() + costs[1].get()) / 2;
}

void measure_two_cores(Hook hook, const Case& each, const Options& options) {
  HookBench bench = value_of(HookBench::load(65'536));
  for (const int cpu : {0, 1}) {
    pin_to(cpu);
    if (each.established) open_flows(bench, hook, 1);
  }
  pin_to(0);
  std::vector<double> mxray, empty;  // ratios: two at once to one alone
  for (int round = -1; round < options.rounds; ++round) {
    std::array<double, 2> alone{}, beside{};
    for (const Program program : {Program::kEmpty, Program::kMxray}) {
      const std::size_t i = program == Program::kEmpty ? 0 : 1;
      alone[i] = cost_of(bench, hook, program, each.stream, options.packets);
      beside[i] = cost_on_two(bench, hook, program, each.stream, options.packets);
    }
    if (round < 0) continue;
    mxray.push_back((beside[1] - beside[0]) / (alone[1] - alone[0]));
    empty.push_back(beside[0] / alone[0]);
  }
  fmt::print("{}\n", nlohmann::json{{"hook", name_of(hook)},
                                    {"case", each.name},
                                    {"two_cores_ratio", spread(mxray, 100)},
                                    {"empty_two_cores_ratio", spread(empty, 100)}}
                         .dump());
}

void measure_one_core(Hook hook, std::uint32_t flows, const Case& each, const Options& options) {
  HookBench bench = value_of(HookBench::load(std::max(65'536U, 4 * flows)));
  if (each.established) open_flows(bench, hook, flows);
  const std::uint64_t before = bench.records();
  nlohmann::json line = measure(bench, hook, each, options);
  line["records"] = bench.records() - before;
  fmt::print("{}\n", line.dump());
}

void measure_hook(Hook hook, const Options& options) {
  const std::vector<std::uint32_t> alone = {1};
  for (const std::uint32_t flows : options.two_cores ? alone : options.flows) {
    for (const Case& each : cases(flows)) {
      if (!options.only.empty() && options.only != each.name) continue;
      if (!options.two_cores) {
        measure_one_core(hook, flows, each, options);
      } else if (each.established) {
        measure_two_cores(hook, each, options);
      }
      std::fflush(stdout);
    }
  }
}

/// A hook that this kernel cannot try takes nothing from the other one.
int run(const Options& options) {
  int status = 0;
  for (const Hook hook : {Hook::kXdp, Hook::kTc}) {
    try {
      pin_to(0);
      measure_hook(hook, options);
    } catch (const std::exception& problem) {
      fmt::print(stderr, "{}: {}\n", name_of(hook), problem.what());
      status = 1;
    }
  }
  return status;
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
  app.add_flag("--two-cores", options.two_cores, "two flows on two CPUs instead");
  CLI11_PARSE(app, argc, argv);
  return mxray::bench::run(options);
}
