// SPDX-License-Identifier: Apache-2.0
// Does a capture file of any format give its packets, and a bad one its reason?
#include "replay/capture_file.h"

#include <gmock/gmock.h>

#include "support/capture_writer.h"
#include "support/traces.h"

namespace mxray {
namespace {

using test::ByteOrder;
using test::Bytes;
using test::PcapFormat;
using test::PcapngFile;
using test::TimedPacket;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// All that a file gave: its packets as owned bytes, and the error at its end.
struct Content {
  std::vector<TimedPacket> packets;
  std::string error;
};

Content read(const std::string& path) {
  Content content;
  Result<CaptureFile> file = CaptureFile::open(path);
  if (!file) return {{}, file.error().message};
  for (;;) {
    const auto packet = file->next();
    if (!packet) {
      content.error = packet.error().message;
      break;
    }
    if (!*packet) break;
    EXPECT_EQ((*packet)->number, content.packets.size() + 1);
    content.packets.push_back(
        {(*packet)->time_ns, Bytes((*packet)->bytes.begin(), (*packet)->bytes.end())});
  }
  const auto after = file->next();
  EXPECT_TRUE(after && !*after) << "a file that is at its end stays there";
  return content;
}

std::vector<TimedPacket> three_packets() {
  return {{1159281892'643691123, Bytes(60, 1)},
          {1159281892'744474456, Bytes(61, 2)},
          {1159281893'000000001, Bytes(62, 3)}};
}

class CaptureFileTest : public testing::Test {
 protected:
  Content read_bytes(const Bytes& bytes) { return read(directory_.write("capture", bytes)); }
  test::TemporaryDirectory directory_;
};

TEST_F(CaptureFileTest, EveryPcapFlavourGivesTheSamePackets) {
  for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
    for (const bool nanoseconds : {true, false}) {
      SCOPED_TRACE(std::string(nanoseconds ? "ns" : "us") +
                   (order == ByteOrder::kBig ? " big-endian" : " little-endian"));
      PcapFormat format;
      format.order = order;
      format.nanoseconds = nanoseconds;
      const Content content = read_bytes(pcap_file(three_packets(), format));
      EXPECT_EQ(content.error, "");
      ASSERT_EQ(content.packets.size(), 3U);
      for (std::size_t i = 0; i < 3; ++i) {
        const TimedPacket expected = three_packets()[i];
        EXPECT_EQ(content.packets[i].frame, expected.frame);
        const std::uint64_t lost = nanoseconds ? 0 : expected.time_ns % 1000;
        EXPECT_EQ(content.packets[i].time_ns, expected.time_ns - lost);
      }
    }
  }
}

TEST_F(CaptureFileTest, PcapngOfEitherByteOrderGivesTheSamePackets) {
  for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
    const auto packets = three_packets();
    PcapngFile file;
    file.section(order).interface(1, true).interface(1, false);
    file.packet(0, packets[0]).packet(1, packets[1]).packet(0, packets[2]);
    const Content content = read_bytes(file.bytes());
    EXPECT_EQ(content.error, "");
    ASSERT_EQ(content.packets.size(), 3U);
    EXPECT_EQ(content.packets[0].time_ns, packets[0].time_ns);
    EXPECT_EQ(content.packets[1].time_ns, packets[1].time_ns / 1000 * 1000);
    EXPECT_EQ(content.packets[2].time_ns, packets[2].time_ns);
    EXPECT_EQ(content.packets[1].frame, packets[1].frame);
  }
}

TEST_F(CaptureFileTest, SecondPcapngSectionContinuesTheFirst) {
  const auto packets = three_packets();
  PcapngFile file;
  file.section().interface().packet(0, packets[0]);
  file.section().interface().packet(0, packets[1]).packet(0, packets[2]);
  EXPECT_EQ(read_bytes(file.bytes()).packets.size(), 3U);
}

TEST_F(CaptureFileTest, ShortSnapshotKeepsTheLengthOnTheWire) {
  PcapFormat format;
  format.snap_length = 40;
  auto file = CaptureFile::open(directory_.write("short", pcap_file(three_packets(), format)));
  ASSERT_TRUE(file);
  const auto packet = file->next();
  ASSERT_TRUE(packet && *packet);
  EXPECT_EQ((*packet)->bytes.size(), 40U);
  EXPECT_EQ((*packet)->wire_length, 60U);
}

TEST_F(CaptureFileTest, FileCutInAPacketGivesThePacketsBeforeAndNamesTheCut) {
  Bytes bytes = pcap_file(three_packets());
  bytes.resize(bytes.size() - 10);
  const Content content = read_bytes(bytes);
  EXPECT_EQ(content.packets.size(), 2U);
  EXPECT_THAT(content.error, AllOf(HasSubstr(directory_.path("capture")), HasSubstr(": packet 3: "),
                                   HasSubstr("ends in the middle")));
}

TEST_F(CaptureFileTest, FileCutInAPacketHeaderGivesThePacketsBeforeAndNamesTheCut) {
  Bytes bytes = pcap_file(three_packets());
  bytes.resize(bytes.size() - 62 - 5);
  const Content content = read_bytes(bytes);
  EXPECT_EQ(content.packets.size(), 2U);
  EXPECT_THAT(content.error, AllOf(HasSubstr(": packet 3: "), HasSubstr("ends in the middle")));
}

TEST_F(CaptureFileTest, CutPcapngGivesThePacketsBeforeAndNamesTheCut) {
  PcapngFile file;
  file.section().interface().packet(0, three_packets()[0]).packet(0, three_packets()[1]);
  Bytes bytes = file.bytes();
  bytes.resize(bytes.size() - 7);
  const Content content = read_bytes(bytes);
  EXPECT_EQ(content.packets.size(), 1U);
  EXPECT_THAT(content.error, AllOf(HasSubstr(": packet 2: "), HasSubstr("ends in the middle")));
}

TEST_F(CaptureFileTest, DamagedLengthIsNamedWithThePacketItHit) {
  Bytes bytes = pcap_file(three_packets());
  const std::size_t second_record = 24 + 16 + 60;
  for (std::size_t i = 8; i < 12; ++i) bytes[second_record + i] = 0xff;  // captured length
  const Content content = read_bytes(bytes);
  EXPECT_EQ(content.packets.size(), 1U);
  EXPECT_THAT(content.error, AllOf(HasSubstr(": packet 2: "), HasSubstr("damaged")));
}

TEST_F(CaptureFileTest, TimesAfter2038AreNotBefore1970) {
  const std::uint64_t year2040 = 2'208'988'800ULL * 1'000'000'000ULL;
  const Content content = read_bytes(test::pcap_file({{year2040, Bytes(60)}}));
  ASSERT_EQ(content.packets.size(), 1U);
  EXPECT_EQ(content.packets[0].time_ns, year2040);
}

TEST_F(CaptureFileTest, TimesBeyondAnyClockDoNotOverflow) {
  PcapFormat format;
  Bytes bytes = pcap_file({three_packets()[0]}, format);
  for (std::size_t i = 24; i < 32; ++i) bytes[i] = 0xff;  // seconds and fraction
  const Content content = read_bytes(bytes);
  ASSERT_EQ(content.packets.size(), 1U);
  EXPECT_GE(content.packets[0].time_ns, 0xffffffffULL * 1'000'000'000ULL);
  EXPECT_LE(content.packets[0].time_ns, 0x100000000ULL * 1'000'000'000ULL);
}

TEST_F(CaptureFileTest, MixedLinkTypesHaveASentenceOfTheirOwn) {
  PcapngFile file;
  file.section().interface(1).packet(0, three_packets()[0]).interface(113);
  file.packet(1, three_packets()[1]);
  const Content content = read_bytes(file.bytes());
  EXPECT_EQ(content.packets.size(), 1U);
  EXPECT_THAT(content.error, AllOf(HasSubstr(": packet 2: "), HasSubstr("different link types"),
                                   HasSubstr("one file an interface")));
}

TEST_F(CaptureFileTest, MixedSnapshotLengthsHaveASentenceOfTheirOwn) {
  PcapngFile file;
  file.section().interface(1, true, 65535).interface(1, true, 96);
  file.packet(0, three_packets()[0]);
  EXPECT_THAT(read_bytes(file.bytes()).error, HasSubstr("different snapshot lengths"));
}

TEST_F(CaptureFileTest, UnsupportedLinkTypeIsNamedWithItsNumber) {
  PcapFormat format;
  format.link_type = 127;
  EXPECT_THAT(read_bytes(pcap_file(three_packets(), format)).error,
              AllOf(HasSubstr("IEEE802_11_RADIO"), HasSubstr("127")));
}

TEST_F(CaptureFileTest, LinkTypeWithoutANameIsGivenByItsNumber) {
  PcapFormat format;
  format.link_type = 60000;
  EXPECT_THAT(read_bytes(test::pcap_file({}, format)).error, HasSubstr("unknown (60000)"));
}

TEST_F(CaptureFileTest, CompressedFileSaysHowToOpenIt) {
  const Bytes gzip = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_THAT(read_bytes(gzip).error, HasSubstr("gunzip it first"));
  const Bytes zstd = {0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_THAT(read_bytes(zstd).error, HasSubstr("unzstd it first"));
}

TEST_F(CaptureFileTest, EmptyFileIsCalledEmpty) {
  EXPECT_THAT(read_bytes({}).error, HasSubstr("is empty"));
}

TEST_F(CaptureFileTest, GarbageIsCalledNoCapture) {
  for (const std::size_t size : {1, 3, 4, 23, 24, 5000}) {
    const Content content = read_bytes(Bytes(size, 0x41));
    EXPECT_TRUE(content.packets.empty());
    EXPECT_THAT(content.error, HasSubstr("is no pcap or pcapng file")) << size << " bytes";
  }
}

TEST_F(CaptureFileTest, PcapFileWithoutPacketsIsAtItsEndAtOnce) {
  const Content content = read_bytes(test::pcap_file({}));
  EXPECT_TRUE(content.packets.empty());
  EXPECT_EQ(content.error, "");
}

TEST_F(CaptureFileTest, MissingFileAndDirectorySayThatTheyCannotBeRead) {
  EXPECT_THAT(read(directory_.path("missing")).error,
              AllOf(HasSubstr(directory_.path("missing")), HasSubstr("No such file")));
  EXPECT_THAT(read(directory_.path("")).error, HasSubstr("Is a directory"));
}

TEST_F(CaptureFileTest, EveryErrorIsOneLine) {
  Bytes cut = pcap_file(three_packets());
  cut.resize(cut.size() - 10);
  for (const Bytes& bytes : {Bytes(), Bytes(100, 0x41), cut}) {
    const std::string error = read_bytes(bytes).error;
    EXPECT_THAT(error, Not(testing::IsEmpty()));
    EXPECT_THAT(error, Not(HasSubstr("\n")));
  }
}

}  // namespace
}  // namespace mxray
