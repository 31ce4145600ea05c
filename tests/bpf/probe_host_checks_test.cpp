// SPDX-License-Identifier: Apache-2.0
// Do the checks of a host, and the sentences of a failed start, name the cause?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "probe/host_checks.h"
#include "probe/host_facts.h"

namespace mxray {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint64_t kNetAdmin = 1ULL << 12;
constexpr std::uint64_t kSysAdmin = 1ULL << 21;
constexpr std::uint64_t kPerfmon = 1ULL << 38;
constexpr std::uint64_t kBpf = 1ULL << 39;

HostFacts host(std::string release, std::uint64_t capabilities) {
  HostFacts facts;
  facts.release = std::move(release);
  facts.kernel = parse_kernel_version(facts.release);
  facts.capabilities = capabilities;
  return facts;
}

TEST(KernelVersionTest, ReadsWhatDistributionsCallTheirKernels) {
  EXPECT_EQ(parse_kernel_version("6.1.0-13-amd64"), (KernelVersion{6, 1}));
  EXPECT_EQ(parse_kernel_version("5.10.209"), (KernelVersion{5, 10}));
  EXPECT_EQ(parse_kernel_version("6.18-rc1"), (KernelVersion{6, 18}));
  EXPECT_EQ(parse_kernel_version("six.one"), std::nullopt);
  EXPECT_EQ(parse_kernel_version("6"), std::nullopt);
}

TEST(KernelVersionTest, ComparesMinorVersionsAsNumbers) {
  EXPECT_LT(*parse_kernel_version("5.4.0"), kOldestKernel);
  EXPECT_GE(*parse_kernel_version("5.15.0"), kOldestKernel);
}

TEST(CapabilitiesTest, NamesExactlyWhatIsMissing) {
  EXPECT_EQ(missing_capabilities(host("6.1", 0)), "CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON");
  EXPECT_EQ(missing_capabilities(host("6.1", kBpf)), "CAP_NET_ADMIN and CAP_PERFMON");
  EXPECT_EQ(missing_capabilities(host("6.1", kBpf | kNetAdmin | kPerfmon)), "");
}

TEST(CapabilitiesTest, SysAdminStandsForBpfAndPerfmonButNotForNetAdmin) {
  EXPECT_EQ(missing_capabilities(host("6.1", kSysAdmin)), "CAP_NET_ADMIN");
  EXPECT_EQ(missing_capabilities(host("6.1", kSysAdmin | kNetAdmin)), "");
}

struct Failure {
  std::string name;
  int error;
  HostFacts facts;
  std::string log;
  std::vector<std::string> says;
};

std::vector<Failure> failures() {
  constexpr auto all = kBpf | kNetAdmin | kPerfmon;
  auto filtered = host("6.1.0", all);
  filtered.seccomp = true;
  return {
      {"NoPrivileges",
       EPERM,
       host("6.1.0", 0),
       "",
       {"needs CAP_BPF, CAP_NET_ADMIN", "run as root"}},
      {"PartOfThePrivileges",
       EACCES,
       host("6.1.0", kBpf | kNetAdmin),
       "",
       {"CAP_PERFMON is missing"}},
      {"OldKernelEvenForRoot", EINVAL, host("5.4.0-42", all), "", {"5.4.0-42 is too old", "5.10"}},
      {"LockedMemoryBefore511", EPERM, host("5.10.0", all), "", {"LimitMEMLOCK"}},
      {"SeccompFilter", EPERM, filtered, "", {"seccomp"}},
      {"Lockdown", EPERM, host("6.1.0", all), "", {"lockdown"}},
      {"NoMemory", ENOMEM, host("6.1.0", all), "", {"lower max_flows"}},
      {"VerifierSpeaks",
       EACCES,
       host("6.1.0", all),
       "-- BEGIN PROG LOAD LOG --\nR1 invalid mem access\nprocessed 12 insns\n",
       {"the verifier says", "R1 invalid mem access"}},
      {"LibbpfSpeaks",
       EINVAL,
       host("6.1.0", all),
       "libbpf: no such map\n",
       {"Invalid argument", "no such map"}},
  };
}

class LoadFailureTest : public ::testing::TestWithParam<Failure> {};

TEST_P(LoadFailureTest, IsExplained) {
  const auto& failure = GetParam();
  const auto sentence = explain_load_failure(failure.error, failure.facts, failure.log);
  for (const auto& part : failure.says) EXPECT_THAT(sentence, HasSubstr(part));
}

INSTANTIATE_TEST_SUITE_P(Causes, LoadFailureTest, ::testing::ValuesIn(failures()),
                         [](const auto& tested) { return tested.param.name; });

TEST(LoadFailureTest, DoesNotBuryMissingPrivilegesUnderLibbpfsLog) {
  const auto sentence =
      explain_load_failure(EPERM, host("6.1.0", 0), "libbpf: map create failed\n");
  EXPECT_THAT(sentence, Not(HasSubstr("libbpf:")));
}

TEST(LoadFailureTest, ShowsOnlyTheEndOfALongVerifierLog) {
  std::string log = "-- BEGIN PROG LOAD LOG --\nfirst line\n";
  for (int line = 0; line < 500; ++line) log += "0: (b7) r0 = 0\n";
  log += "last line\n";
  const auto sentence = explain_load_failure(EINVAL, host("6.1", ~0ULL), log);
  EXPECT_THAT(sentence, AllOf(HasSubstr("last line"), Not(HasSubstr("first line"))));
}

const HostCheck* find(const std::vector<HostCheck>& checks, std::string_view name) {
  for (const auto& check : checks) {
    if (check.name == name) return &check;
  }
  return nullptr;
}

TEST(HostChecksTest, AnInterfaceThatIsNotThereFailsAndTheExistingOnesAreListed) {
  const auto checks = host_checks({"nosuchif0"});
  const auto* check = find(checks, "interface nosuchif0");
  ASSERT_NE(check, nullptr);
  EXPECT_EQ(check->outcome, HostCheck::Outcome::kFailed);
  EXPECT_THAT(check->remedy, HasSubstr("lo"));
}

TEST(HostChecksTest, LoopbackIsToldItsHookWithTheReason) {
  const auto checks = host_checks({"lo"});
  const auto* check = find(checks, "hook on lo");
  ASSERT_NE(check, nullptr);
  EXPECT_EQ(check->outcome, HostCheck::Outcome::kOk);
  EXPECT_THAT(check->found, AllOf(HasSubstr("TC"), HasSubstr("loopback")));
}

TEST(HostChecksTest, WithoutInterfacesOnlyTheHostIsChecked) {
  const auto checks = host_checks({});
  EXPECT_NE(find(checks, "kernel"), nullptr);
  EXPECT_NE(find(checks, "privileges"), nullptr);
  EXPECT_NE(find(checks, "jit"), nullptr);
  for (const auto& check : checks) EXPECT_THAT(check.name, Not(HasSubstr("interface")));
}

}  // namespace
}  // namespace mxray
