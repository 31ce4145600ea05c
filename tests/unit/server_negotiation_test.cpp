// SPDX-License-Identifier: Apache-2.0
// Does a client get the form it wants?
#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <string>

#include "server/gzip.h"
#include "server/negotiation.h"

namespace mxray {
namespace {

constexpr const char* kOpenMetrics = "application/openmetrics-text";

TEST(Negotiation, TheEntryThatNamesTheTypeMostExactlyCounts) {
  EXPECT_EQ(quality_of("text/plain", "text/plain", "0.0.4"), 1);
  EXPECT_EQ(quality_of("text/plain;q=0.25", "text/plain", "0.0.4"), 0.25);
  EXPECT_EQ(quality_of("*/*;q=0.5, text/*;q=0.75", "text/plain", "0.0.4"), 0.75);
  EXPECT_EQ(quality_of("*/*;q=0.5, text/*;q=0.75", kOpenMetrics, "1.0.0"), 0.5);
  EXPECT_EQ(quality_of("text/plain;q=0.5,text/plain;version=0.0.4;q=0.75", "text/plain", "0.0.4"),
            0.75);
  EXPECT_EQ(quality_of("TEXT/Plain ; Version=0.0.4 ; Q=0.5", "text/plain", "0.0.4"), 0.5);
}

TEST(Negotiation, AnotherVersionIsAnotherType) {
  EXPECT_EQ(quality_of("application/openmetrics-text;version=0.0.1", kOpenMetrics, "1.0.0"), 0);
  EXPECT_EQ(quality_of("application/openmetrics-text;version=0.0.1;q=0.75,"
                       "application/openmetrics-text;version=1.0.0;q=0.5",
                       kOpenMetrics, "1.0.0"),
            0.5);
}

TEST(Negotiation, WithoutAListEverythingIsAccepted) {
  EXPECT_EQ(quality_of("", "text/plain", "0.0.4"), 1);
  EXPECT_EQ(quality_of(" ", kOpenMetrics, "1.0.0"), 1);
  EXPECT_EQ(quality_of("image/png", "text/plain", "0.0.4"), 0);
}

TEST(Negotiation, NonsenseIsPassedOver) {
  for (const std::string accept : {",,;;", ";q=1", "text/plain;q=banana", "text/plain;q=-1",
                                   "text/plain;q=nan", "/", "text", "=;=,="}) {
    EXPECT_FALSE(quality_of(accept, "text/plain", "0.0.4") > 0) << accept;
    EXPECT_FALSE(accepts_gzip(accept)) << accept;
  }
  EXPECT_EQ(quality_of("text/plain;q=7", "text/plain", "0.0.4"), 1);
}

TEST(Negotiation, GzipIsSentOnlyToThoseWhoTakeIt) {
  for (const std::string accept : {"gzip", "deflate, gzip", "GZIP;q=0.5", "*", "br, *;q=0.1"}) {
    EXPECT_TRUE(accepts_gzip(accept)) << accept;
  }
  for (const std::string accept : {"", "identity", "gzip;q=0", "*;q=1, gzip;q=0", "gzipped"}) {
    EXPECT_FALSE(accepts_gzip(accept)) << accept;
  }
}

TEST(Gzip, GivesBackWhatWentIn) {
  for (const std::string& text : {std::string(), std::string("a"), std::string(100'000, 'x')}) {
    auto packed = gzip(text);
    ASSERT_TRUE(packed);
    std::string out(text.size() + 1, '\0');
    z_stream stream{};
    ASSERT_EQ(::inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(packed->data());
    stream.avail_in = static_cast<uInt>(packed->size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    ::inflateEnd(&stream);
    EXPECT_EQ(out, text);
  }
}

}  // namespace
}  // namespace mxray
