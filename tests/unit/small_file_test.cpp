// SPDX-License-Identifier: Apache-2.0
// Is a file of settings read whole, and refused at once if it is something else?
#include "base/small_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "support/capture_writer.h"

namespace mxray::test {
namespace {

using testing::HasSubstr;

std::string error_of(const std::filesystem::path& path) {
  const auto content = read_small_file(path);
  return content ? "it was read" : content.error().message;
}

Bytes bytes(std::size_t count) { return Bytes(count, 'x'); }

TEST(SmallFile, IsReadWhole) {
  const TemporaryDirectory directory;
  EXPECT_EQ(*read_small_file(directory.write("empty", bytes(0))), "");
  EXPECT_EQ(read_small_file(directory.write("full", bytes(kMostOfASmallFile)))->size(),
            kMostOfASmallFile);
}

TEST(SmallFile, ThatIsTooLongIsRefused) {
  const TemporaryDirectory directory;
  EXPECT_EQ(error_of(directory.write("long", bytes(kMostOfASmallFile + 1))),
            "it holds more than 1 MiB");
}

TEST(SmallFile, InWhosePlaceIsSomethingElseIsRefusedAtOnce) {
  const TemporaryDirectory directory;
  const std::string fifo = directory.write("beside", bytes(1)) + ".fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(error_of(fifo), "it is no regular file") << "and nobody waits for a writer";
  EXPECT_EQ(error_of("/dev/zero"), "it is no regular file");
  EXPECT_THAT(error_of("/tmp"), HasSubstr("directory"));
  EXPECT_THAT(error_of("/nonexistent/file"), HasSubstr("No such file"));
}

}  // namespace
}  // namespace mxray::test
