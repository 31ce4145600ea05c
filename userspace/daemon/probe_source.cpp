// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "base/time.h"
#include "daemon/interface_choice.h"
#include "daemon/record_source.h"
#include "probe/probe.h"

namespace mxray {
namespace {

class ProbeSource : public RecordSource {
 public:
  ProbeSource(Probe probe, InterfaceChoice interfaces)
      : probe_(std::move(probe)), interfaces_(std::move(interfaces)), named_(interfaces_.meant()) {}

  [[nodiscard]] std::vector<int> poll_fds() const override {
    auto fds = probe_.poll_fds();
    for (const int fd : interfaces_.poll_fds()) fds.push_back(fd);
    return fds;
  }
  void poll() override {
    probe_.poll();
    interfaces_.read();
  }
  Status follow_routes() override {
    const Status looked = interfaces_.look(monotonic_ns());
    auto meant = interfaces_.meant();  // of one address family perhaps news all the same
    if (meant != named_) {
      if (Status watched = probe_.watch(meant); !watched) return watched;
      named_ = std::move(meant);
    }
    return looked ? probe_.following() : looked;
  }
  [[nodiscard]] std::vector<std::string> notes() const override { return probe_.notes(); }
  void recall(const Recollection& recollection) override { probe_.recall(recollection); }
  void note_second(std::uint64_t now_ns) override { probe_.note_second(now_ns); }
  void note_conclusion() override { probe_.note_conclusion(); }
  [[nodiscard]] Status health() const override { return probe_.health(); }
  [[nodiscard]] KernelStats stats() override { return probe_.stats(); }
  [[nodiscard]] std::string interface_name(std::uint32_t interface) const override {
    return probe_.interface_name(interface);
  }
  [[nodiscard]] std::uint64_t refused_records() const override { return probe_.refused_records(); }

 private:
  Probe probe_;
  InterfaceChoice interfaces_;
  std::vector<std::string> named_;  // to the probe
};

}  // namespace

Result<std::unique_ptr<RecordSource>> start_probe(const Config& config, OnRecord on_record) {
  auto interfaces = InterfaceChoice::begin(config.interfaces);
  if (!interfaces) return interfaces.error();
  Result<Probe> probe = Probe::start({.interfaces = interfaces->meant(),
                                      .ports = config.ports,
                                      .mode = config.attach,
                                      .max_flows = config.max_flows,
                                      .slow_greeting_seconds = config.slow_greeting_seconds,
                                      .measure_programs = config.kernel_statistics,
                                      .pin_dir = config.pin_dir,
                                      .attach_apart = true},
                                     std::move(on_record));
  if (!probe) return probe.error();
  return std::unique_ptr<RecordSource>(
      std::make_unique<ProbeSource>(*std::move(probe), *std::move(interfaces)));
}

}  // namespace mxray
