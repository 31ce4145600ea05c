// SPDX-License-Identifier: Apache-2.0
// Where can a test pin, and detach everything, without touching the host's pins?
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "probe_namespace.h"

namespace mxray::test {

/// A bpffs of the test's own, the only one that this process sees, and that only it
/// sees: from the first on, the process has mounts of its own.
class Bpffs {
 public:
  Bpffs();
  ~Bpffs();
  Bpffs(const Bpffs&) = delete;
  Bpffs& operator=(const Bpffs&) = delete;
  [[nodiscard]] std::string root() const { return path_; }
  /// On it, and not there yet.
  [[nodiscard]] std::string directory() const { return path_ / "mxray"; }

 private:
  std::filesystem::path path_;
};

/// The programs, a wire with the ends `outer` and `inner`, and somewhere to pin.
class WithBpffs : public WithPrograms {
 protected:
  void SetUp() override;
  std::unique_ptr<Bpffs> bpffs_;
};

}  // namespace mxray::test
