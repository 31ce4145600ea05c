// SPDX-License-Identifier: Apache-2.0
// Are other people's captures read to the end, packet by packet?
//
// They lie outside the project, in the folder that MXRAY_CAPTURES names, with
// an INDEX.md that gives each file's packet count.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "replay/capture_file.h"
#include "replay/merged_captures.h"
#include "support/captures_folder.h"

namespace mxray {
namespace {

namespace fs = std::filesystem;
using test::captures_folder;

/// File name under the folder → packets, from lines as `| A/x.pcap | … | 1718 / 14 | …`.
std::map<std::string, std::uint64_t> indexed_packets() {
  std::map<std::string, std::uint64_t> counts;
  std::ifstream index(captures_folder() / "INDEX.md");
  for (std::string line; std::getline(index, line);) {
    std::istringstream columns(line);
    std::string nothing, name, source, sizes;
    std::getline(columns, nothing, '|');
    std::getline(columns, name, '|');
    std::getline(columns, source, '|');
    std::getline(columns, sizes, '|');
    const std::size_t slash = sizes.find(" / ");
    if (name.size() < 3 || name.find('/') != 2 || slash == std::string::npos) continue;
    counts[name.substr(1, name.size() - 2)] = std::stoull(sizes.substr(slash + 3));
  }
  return counts;
}

class SharedCaptures : public testing::Test {
 protected:
  void SetUp() override {
    counts_ = indexed_packets();
    if (counts_.empty()) {
      GTEST_SKIP() << "NOT TESTED: no captures in " << captures_folder()
                   << "; set MXRAY_CAPTURES to the folder that holds INDEX.md";
    }
  }
  std::map<std::string, std::uint64_t> counts_;
};

TEST_F(SharedCaptures, EachHasAsManyPacketsAsItsIndexSays) {
  for (const auto& [name, expected] : counts_) {
    SCOPED_TRACE(name);
    auto file = CaptureFile::open(captures_folder() / name);
    ASSERT_TRUE(file) << file.error().message;
    std::uint64_t packets = 0;
    for (;;) {
      const auto packet = file->next();
      ASSERT_TRUE(packet) << packet.error().message;
      if (!*packet) break;
      EXPECT_LE((*packet)->network_offset, (*packet)->bytes.size());
      ++packets;
    }
    EXPECT_EQ(packets, expected);
  }
}

TEST_F(SharedCaptures, NoCaptureIsMissingFromTheIndex) {
  std::set<std::string> extensions = {".pcap", ".pcapng", ".cap"};
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(captures_folder())) {
    if (extensions.count(entry.path().extension()) == 0) continue;
    const std::string name = fs::relative(entry.path(), captures_folder());
    EXPECT_TRUE(counts_.contains(name)) << name;
  }
}

TEST_F(SharedCaptures, MergedTogetherTheyLoseNoPacket) {
  std::vector<std::string> paths;
  std::uint64_t expected = 0;
  for (const auto& [name, packets] : counts_) {
    paths.push_back(captures_folder() / name);
    expected += packets;
  }
  auto merged = MergedCaptures::open(paths);
  ASSERT_TRUE(merged) << merged.error().message;
  std::uint64_t packets = 0;
  for (;;) {
    const auto packet = merged->next();
    ASSERT_TRUE(packet) << packet.error().message;
    if (!*packet) break;
    ++packets;
  }
  EXPECT_EQ(packets, expected);
}

}  // namespace
}  // namespace mxray
