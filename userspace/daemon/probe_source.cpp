// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "daemon/interface_choice.h"
#include "daemon/record_source.h"
#include "probe/probe.h"

namespace mxray {
namespace {

class ProbeSource : public RecordSource {
 public:
  ProbeSource(Probe probe, std::vector<std::string> interfaces)
      : probe_(std::move(probe)), interfaces_(std::move(interfaces)) {}

  [[nodiscard]] std::vector<int> poll_fds() const override { return probe_.poll_fds(); }
  void poll() override { probe_.poll(); }
  Status follow_routes() override {
    if (std::ranges::find(interfaces_, kDefaultRoute) == interfaces_.end()) return Ok{};
    const auto meant = meant_interfaces(interfaces_);
    if (!meant) return meant.error();
    for (const std::string& name : *meant) {
      if (Status watched = probe_.watch_also(name); !watched) return watched;
    }
    return Ok{};
  }
  [[nodiscard]] KernelStats stats() override { return probe_.stats(); }
  [[nodiscard]] std::string interface_name(std::uint32_t interface) const override {
    return probe_.interface_name(interface);
  }
  [[nodiscard]] std::uint64_t refused_records() const override { return probe_.refused_records(); }

 private:
  Probe probe_;
  std::vector<std::string> interfaces_;  // as configured
};

}  // namespace

Result<std::unique_ptr<RecordSource>> start_probe(const Config& config, OnRecord on_record) {
  auto interfaces = interfaces_to_start_with(config.interfaces);
  if (!interfaces) return interfaces.error();
  Result<Probe> probe = Probe::start({.interfaces = *std::move(interfaces),
                                      .ports = config.ports,
                                      .mode = config.attach,
                                      .max_flows = config.max_flows,
                                      .slow_greeting_seconds = config.slow_greeting_seconds,
                                      .measure_programs = config.kernel_statistics},
                                     std::move(on_record));
  if (!probe) return probe.error();
  return std::unique_ptr<RecordSource>(
      std::make_unique<ProbeSource>(*std::move(probe), config.interfaces));
}

}  // namespace mxray
