// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "daemon/record_source.h"
#include "probe/probe.h"

namespace mxray {
namespace {

class ProbeSource : public RecordSource {
 public:
  explicit ProbeSource(Probe probe) : probe_(std::move(probe)) {}

  [[nodiscard]] std::vector<int> poll_fds() const override { return probe_.poll_fds(); }
  void poll() override { probe_.poll(); }
  [[nodiscard]] KernelStats stats() override { return probe_.stats(); }
  [[nodiscard]] std::string interface_name(std::uint32_t interface) const override {
    return probe_.interface_name(interface);
  }
  [[nodiscard]] std::uint64_t refused_records() const override { return probe_.refused_records(); }

 private:
  Probe probe_;
};

}  // namespace

Result<std::unique_ptr<RecordSource>> start_probe(const Config& config, OnRecord on_record) {
  Result<Probe> probe = Probe::start({.interfaces = config.interfaces,
                                      .ports = config.ports,
                                      .mode = config.attach,
                                      .max_flows = config.max_flows,
                                      .slow_greeting_seconds = config.slow_greeting_seconds,
                                      .measure_programs = config.kernel_statistics},
                                     std::move(on_record));
  if (!probe) return probe.error();
  return std::unique_ptr<RecordSource>(std::make_unique<ProbeSource>(*std::move(probe)));
}

}  // namespace mxray
