// SPDX-License-Identifier: Apache-2.0
// Does the name of a layout change with whatever changes what kept maps mean?
//
// Asked of the programs as they are built, opened but not loaded; what a later version
// might change is changed in their BTF.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "config.h"
#include "probe/kept_maps.h"

// The skeleton is C and names the struct globally.
using mxray::core::core_config;  // NOLINT(misc-unused-using-decls)
#include "mxray.skel.h"

namespace mxray::test {
namespace {

class Opened {
 public:
  Opened() : skeleton_(mxray_bpf__open()) {
    if (!skeleton_) throw std::runtime_error("the programs cannot be opened");
  }
  [[nodiscard]] std::string layout(LayoutVersions versions = {}) const {
    return layout_of(*skeleton_->obj, versions);
  }
  [[nodiscard]] bpf_map* map(const char* name) const {
    return bpf_object__find_map_by_name(skeleton_->obj, name);
  }

  /// libbpf adds types, but changes none: so by hand.
  btf_member& field(const char* structure, std::string_view name) {
    const int id = btf__find_by_name_kind(types(), structure, BTF_KIND_STRUCT);
    auto* const type = const_cast<btf_type*>(btf__type_by_id(types(), static_cast<unsigned>(id)));
    if (id < 0 || type == nullptr) throw std::runtime_error("no such structure");
    for (unsigned i = 0; i < btf_vlen(type); ++i) {
      btf_member& member = btf_members(type)[i];
      if (name == btf__name_by_offset(types(), member.name_off)) return member;
    }
    throw std::runtime_error("no such field");
  }
  void swap_names(const char* structure, std::string_view one, std::string_view other) {
    std::swap(field(structure, one).name_off, field(structure, other).name_off);
  }

  /// As wide as u64.
  unsigned add_signed_type() {
    const int id = btf__add_int(types(), "another_type", 8, BTF_INT_SIGNED);
    if (id < 0) throw std::runtime_error("no type can be added");
    return static_cast<unsigned>(id);
  }

 private:
  struct Destroy {
    void operator()(mxray_bpf* skeleton) const { mxray_bpf__destroy(skeleton); }
  };
  [[nodiscard]] btf* types() const { return bpf_object__btf(skeleton_->obj); }
  std::unique_ptr<mxray_bpf, Destroy> skeleton_;
};

class LayoutTest : public ::testing::Test {
 protected:
  Opened opened_;
  const std::string before_ = opened_.layout();
};

TEST_F(LayoutTest, TheSameProgramsHaveTheSameName) {
  EXPECT_EQ(Opened().layout(), before_);
  EXPECT_EQ(before_.size(), 16U);
  EXPECT_EQ(before_.find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST_F(LayoutTest, RecordsOfAnotherVersionHaveAnotherName) {
  EXPECT_EQ(opened_.layout({.records = RECORD_VERSION}), before_);
  EXPECT_NE(opened_.layout({.records = RECORD_VERSION + 1}), before_);
}

TEST_F(LayoutTest, AnotherMeaningHasAnotherName) {
  const LayoutVersions now;
  EXPECT_NE(opened_.layout({.meaning = now.meaning + 1}), before_);
  // One may rise by as much as the other falls.
  EXPECT_NE(opened_.layout({.meaning = now.records, .records = now.meaning}), before_);
}

TEST_F(LayoutTest, AFieldOfAnotherTypeHasAnotherName) {
  const unsigned another = opened_.add_signed_type();
  ASSERT_EQ(opened_.layout(), before_) << "a type that no map holds changes nothing";
  opened_.field("side", "bytes").type = another;
  EXPECT_NE(opened_.layout(), before_);
}

TEST_F(LayoutTest, TwoFieldsInEachOthersPlaceHaveAnotherName) {
  opened_.swap_names("side", "watch_seq", "watch_end");  // sizes and types stay the same
  EXPECT_NE(opened_.layout(), before_);
}

TEST_F(LayoutTest, AStructureWithinAValueCountsAsWell) {
  opened_.swap_names("segment", "seq", "ack");  // in struct evidence
  EXPECT_NE(opened_.layout(), before_);
}

TEST_F(LayoutTest, TheKeysCountAsWell) {
  opened_.swap_names("flow_key", "client_port", "server_port");
  EXPECT_NE(opened_.layout(), before_);
}

TEST_F(LayoutTest, MoreEntriesHaveAnotherName) {
  bpf_map__set_max_entries(opened_.map("ident_queries"), 8192);
  EXPECT_NE(opened_.layout(), before_);
}

TEST_F(LayoutTest, WorkingMemoryThatNobodyTakesOverDoesNotCount) {
  opened_.swap_names("scratch", "segment", "other");
  EXPECT_EQ(opened_.layout(), before_);
}

}  // namespace
}  // namespace mxray::test
