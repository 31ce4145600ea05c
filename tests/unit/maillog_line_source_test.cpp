// SPDX-License-Identifier: Apache-2.0
// Do the lines of a file come in, plain or compressed, whole or broken?
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <vector>

#include "maillog/line_source.h"
#include "support/capture_writer.h"

namespace mxray::maillog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

test::Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// As gzip(1) makes it.
test::Bytes gzipped(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  test::Bytes out(deflateBound(&stream, text.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct Taken {
  std::vector<std::string> lines;
  std::string problem;
};

Taken take(const std::string& name) {
  Taken taken;
  auto source = LineSource::open(name);
  if (!source) {
    taken.problem = source.error().message;
    return taken;
  }
  const Status read = source->read([&](std::string_view line) { taken.lines.emplace_back(line); });
  if (!read) taken.problem = read.error().message;
  return taken;
}

TEST(LineSource, PlainAndCompressedFilesGiveTheSameLines) {
  const test::TemporaryDirectory directory;
  for (const auto& file : {directory.write("a", bytes_of("one\n\ntwo\nthree")),
                           directory.write("b", gzipped("one\n\ntwo\nthree"))}) {
    const Taken taken = take(file);
    EXPECT_THAT(taken.lines, ElementsAre("one", "", "two", "three"));
    EXPECT_EQ(taken.problem, "");
  }
}

TEST(LineSource, CompressedFilesThatWereJoinedAreReadToTheirEnd) {
  const test::TemporaryDirectory directory;
  test::Bytes both = gzipped("one\n");
  const test::Bytes second = gzipped("two\n");
  both.insert(both.end(), second.begin(), second.end());
  EXPECT_THAT(take(directory.write("a.gz", both)).lines, ElementsAre("one", "two"));
}

TEST(LineSource, AnEmptyFileHasNoLines) {
  const test::TemporaryDirectory directory;
  const Taken taken = take(directory.write("a", {}));
  EXPECT_TRUE(taken.lines.empty());
  EXPECT_EQ(taken.problem, "");
}

TEST(LineSource, OfABrokenOffFileTheBeginningIsReadAndTheEndIsNamed) {
  const test::TemporaryDirectory directory;
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i * 7919) + "\n";
  test::Bytes cut = gzipped(text);
  cut.resize(cut.size() / 2);
  const Taken taken = take(directory.write("cut.gz", cut));
  EXPECT_GT(taken.lines.size(), 5'000U);
  EXPECT_THAT(taken.problem, HasSubstr("cut.gz"));
  EXPECT_THAT(taken.problem, HasSubstr("breaks off"));
}

TEST(LineSource, DamagedDataIsNamed) {
  const test::TemporaryDirectory directory;
  test::Bytes damaged = gzipped(std::string(100'000, 'x') + "\n");
  for (std::size_t i = 20; i < damaged.size(); ++i) damaged[i] ^= 0x55;
  const Taken taken = take(directory.write("bad.gz", damaged));
  EXPECT_THAT(taken.problem, HasSubstr("bad.gz"));
  EXPECT_THAT(taken.problem, HasSubstr("is damaged"));
}

TEST(LineSource, WhatIsNotThereOrNoFileIsNamed) {
  const test::TemporaryDirectory directory;
  EXPECT_THAT(take("/nonexistent/mail.log").problem, HasSubstr("/nonexistent/mail.log"));
  EXPECT_THAT(take(directory.path("")).problem, HasSubstr("is a directory"));
}

TEST(LineSource, ALineOfAnyLengthIsCutAndTheNextIsWhole) {
  const test::TemporaryDirectory directory;
  for (const std::size_t length : {LineSource::kMaxLine - 1, LineSource::kMaxLine,
                                   LineSource::kMaxLine + 1, std::size_t{1} << 20U}) {
    const std::string text = std::string(length, 'x') + "\nnext\n" + std::string(length, 'y');
    const Taken taken = take(directory.write("long", bytes_of(text)));
    ASSERT_EQ(taken.lines.size(), 3U);
    EXPECT_EQ(taken.lines[0].size(), std::min(length, LineSource::kMaxLine));
    EXPECT_EQ(taken.lines[1], "next");
    EXPECT_EQ(taken.lines[2].size(), std::min(length, LineSource::kMaxLine));
  }
}

TEST(LineSource, BinaryDataIsLinesLikeAnyOther) {
  const test::TemporaryDirectory directory;
  const std::string text("\0\xff\n\0\n", 5);
  EXPECT_EQ(take(directory.write("bin", bytes_of(text))).lines.size(), 2U);
}

}  // namespace
}  // namespace mxray::maillog
