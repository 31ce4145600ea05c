// SPDX-License-Identifier: Apache-2.0
// Where can a test make interfaces and traffic without touching the host's?
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "probe/hook_choice.h"
#include "probe/interface_set.h"

namespace mxray::test {

/// Output of a shell command, stderr included; throws if it fails.
std::string run(const std::string& command);

/// As in the process' namespace now, with the driver's facts; throws if there is
/// no interface `name`.
LinkFacts facts_of(const std::string& name);

/// What a program put on TC must report as its hook: `tcx`, or `tc` where the kernel has
/// none. By the kernel's version, for what the probe falls back to is what is tested.
std::string tc_hook();

/// A network namespace without interfaces but `lo`; gone with its last user.
class Namespace {
 public:
  /// Made empty; the process stays where it is.
  Namespace();
  /// Runs `work` inside, and comes back even if it throws.
  template <typename Work>
  auto inside(Work work) const {
    const Visit visit(fd_.get());
    return work();
  }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  class Visit {
   public:
    explicit Visit(int fd);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    Fd home_;
  };
  Fd fd_;
};

/// Moves interface `name` of the current namespace into `target`.
void move_interface(const std::string& name, const Namespace& target);

/// Every test runs in a new network namespace; skipped without root.
class InNamespace : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

 private:
  Fd home_;
};

/// The same with the programs loaded, once for all tests of a suite: verifying
/// them takes the kernel seconds.
class WithPrograms : public InNamespace {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  void SetUp() override;

  /// Of the loaded programs; they know no namespace.
  static ProgramFds programs();
};

}  // namespace mxray::test
