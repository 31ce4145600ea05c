// SPDX-License-Identifier: Apache-2.0
// Does each kind of interface get the hook that costs it least?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probe/hook_choice.h"

namespace mxray {

// Without these gtest prints a failed case as bytes.
void PrintTo(Hook hook, std::ostream* out) { *out << hook_title(hook); }

namespace {

using ::testing::HasSubstr;
constexpr auto kAuto = AttachMode::kAuto;
constexpr auto kNative = AttachMode::kNative;
constexpr auto kGeneric = AttachMode::kGeneric;
constexpr auto kXdpNative = Hook::kXdpNative;
constexpr auto kXdpGeneric = Hook::kXdpGeneric;
constexpr auto kTc = Hook::kTc;

constexpr std::uint16_t kEther = 1;
constexpr std::uint16_t kLoopback = 772;
constexpr std::uint16_t kPpp = 512;
constexpr std::uint16_t kNone = 65534;
constexpr std::uint16_t kRadiotap = 803;

struct Case {
  std::string name;
  LinkFacts facts;
  AttachMode mode;
  std::vector<Hook> hooks;
  std::string reason;  // a part of it
};

LinkFacts link(std::uint16_t type, std::string kind, std::string driver,
               std::optional<bool> native) {
  LinkFacts facts;
  facts.ifindex = 3;
  facts.name = "if0";
  facts.hardware_type = type;
  facts.kind = std::move(kind);
  facts.driver = std::move(driver);
  facts.native_xdp = native;
  return facts;
}

LinkFacts with_foreign_program(LinkFacts facts) {
  facts.xdp_program = 42;
  return facts;
}

LinkFacts on_old_kernel(LinkFacts facts) {
  facts.kernel_has_xdp = false;
  return facts;
}

std::vector<Case> cases() {
  const auto card = link(kEther, "", "ixgbe", true);
  const auto unknown_card = link(kEther, "", "ixgbe", std::nullopt);
  const auto plain_card = link(kEther, "", "e1000", false);
  const auto virtio = link(kEther, "", "virtio_net", true);
  const auto veth = link(kEther, "veth", "veth", true);
  const auto bridge = link(kEther, "bridge", "bridge", false);
  const auto loopback = link(kLoopback, "", "", false);
  const auto ppp = link(kPpp, "ppp", "", false);
  const auto wireguard = link(kNone, "wireguard", "wireguard", false);
  const auto radio = link(kRadiotap, "", "iwlwifi", false);
  return {
      {"CardTakesNativeXdp", card, kAuto, {kXdpNative, kTc}, "hardware queues"},
      {"SilentCardIsTried", unknown_card, kAuto, {kXdpNative, kTc}, "hardware queues"},
      {"CardWithoutNativeXdpTakesTc", plain_card, kAuto, {kTc}, "e1000 has no native XDP"},
      {"VirtioTakesTc", virtio, kAuto, {kTc}, "guest's receive offloads"},
      {"VethTakesTc", veth, kAuto, {kTc}, "software device of kind veth"},
      {"BridgeTakesTc", bridge, kAuto, {kTc}, "software device of kind bridge"},
      {"LoopbackTakesTc", loopback, kAuto, {kTc}, "loopback"},
      {"PppTakesTc", ppp, kAuto, {kTc}, "no Ethernet header"},
      {"WireguardTakesTc", wireguard, kAuto, {kTc}, "no Ethernet header"},
      {"RadiotapCannotBeRead", radio, kAuto, {}, "link type 803"},
      {"ForeignXdpStays", with_foreign_program(card), kAuto, {kTc}, "another XDP program (id 42)"},
      {"ForeignXdpStaysEvenIfNativeIsForced",
       with_foreign_program(card),
       kNative,
       {kTc},
       "another XDP program"},
      {"OldKernelTakesTc", on_old_kernel(card), kAuto, {kTc}, "5.18"},
      {"NativeCanBeForcedOnVeth",
       veth,
       kNative,
       {kXdpNative, kXdpGeneric, kTc},
       "native XDP was asked for"},
      {"GenericCanBeForced", card, kGeneric, {kXdpGeneric, kTc}, "generic XDP was asked for"},
      {"TcCanBeForced", card, AttachMode::kTc, {kTc}, "TC was asked for"},
      {"NativeCannotBeForcedOnPpp", ppp, kNative, {kTc}, "no Ethernet header"},
  };
}

class HookChoiceTest : public ::testing::TestWithParam<Case> {};

TEST_P(HookChoiceTest, TakesTheRightHookAndSaysWhy) {
  const auto choice = choose_ingress_hook(GetParam().facts, GetParam().mode);
  EXPECT_EQ(choice.hooks, GetParam().hooks);
  EXPECT_THAT(choice.reason, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(Interfaces, HookChoiceTest, ::testing::ValuesIn(cases()),
                         [](const auto& tested) { return tested.param.name; });

TEST(AttachModeTest, ReadsItsFourNamesAndNoOther) {
  EXPECT_EQ(parse_attach_mode("auto"), kAuto);
  EXPECT_EQ(parse_attach_mode("native"), kNative);
  EXPECT_EQ(parse_attach_mode("generic"), kGeneric);
  EXPECT_EQ(parse_attach_mode("tc"), AttachMode::kTc);
  EXPECT_EQ(parse_attach_mode("Native"), std::nullopt);
  EXPECT_EQ(parse_attach_mode(""), std::nullopt);
}

}  // namespace
}  // namespace mxray
