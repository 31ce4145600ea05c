// SPDX-License-Identifier: Apache-2.0
// How do the BPF programs and their maps come into the kernel?
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/port_table.h"
#include "base/result.h"
#include "probe/journal_map.h"
#include "probe/pin_folder.h"

// Generated (mxray.skel.h); only programs.cpp sees what is inside.
struct mxray_bpf;

namespace mxray {

struct HostFacts;

struct ProgramSettings {
  PortTable ports;
  std::uint32_t max_flows = 65536;
  std::uint64_t slow_greeting_ns = 5'000'000'000;
};

/// A map whose fill is worth showing.
struct TableMap {
  std::string name;
  int fd = -1;
  std::uint32_t capacity = 0;  // entries
  std::uint32_t key_size = 0;  // bytes
  std::uint32_t value_size = 0;
};

struct LoadedProgram {
  std::string name;
  int fd = -1;
};

/// With what the programs begin.
enum class Beginning {
  kAlone,      // empty tables that go with this process
  kFresh,      // empty tables that stay
  kTakenOver,  // the tables of the daemon before
  kOther,      // empty ones that stay: those that were left cannot be read by this mxrayd
};

/// The loaded programs and maps; gone from the kernel when destroyed, unless
/// something is still attached or pinned. All descriptors are owned by it.
class Programs {
 public:
  /// Fails with a sentence that names what is missing: privilege, kernel, memory.
  /// With `pins` the maps are those that lie there, or are pinned there.
  static Result<Programs> load(const ProgramSettings& settings, const PinFolder* pins = nullptr);

  Programs(Programs&&) noexcept = default;
  Programs& operator=(Programs&&) noexcept = default;

  /// nullopt if the kernel cannot take it (before 5.18).
  [[nodiscard]] std::optional<int> xdp() const;
  [[nodiscard]] int tc_ethernet() const;
  [[nodiscard]] int tc_raw() const;

  /// Those that the kernel took.
  [[nodiscard]] std::vector<LoadedProgram> all() const;

  [[nodiscard]] int incidents() const;
  [[nodiscard]] int dialogue() const;
  [[nodiscard]] int counters() const;
  [[nodiscard]] int histograms() const;
  [[nodiscard]] std::vector<TableMap> tables() const;

  [[nodiscard]] Beginning beginning() const { return beginning_; }
  /// With kOther: why maps of this very layout could not be taken over; empty if there
  /// were none.
  [[nodiscard]] const std::string& why_not_taken_over() const { return why_not_taken_over_; }
  /// See kept_maps.h; empty without pins.
  [[nodiscard]] const std::string& layout() const { return layout_; }
  /// nullopt without pins.
  [[nodiscard]] const std::optional<JournalMap>& journal() const { return journal_; }

 private:
  struct Destroy {
    void operator()(mxray_bpf* skeleton) const;
  };
  using Skeleton = std::unique_ptr<mxray_bpf, Destroy>;
  explicit Programs(Skeleton skeleton) : skeleton_(std::move(skeleton)) {}
  static Result<Programs> open(const ProgramSettings& settings, const HostFacts& facts);
  Status take_over(const std::string& folder, const HostFacts& facts);
  Status load_now(const HostFacts& facts, std::uint64_t secret);

  Skeleton skeleton_;
  Beginning beginning_ = Beginning::kAlone;
  std::string why_not_taken_over_;
  std::string layout_;
  std::optional<JournalMap> journal_;
};

}  // namespace mxray
