// SPDX-License-Identifier: Apache-2.0
#include "replay/capture_file.h"

#include <fmt/format.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string_view>
#include <utility>

namespace mxray {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kLastSecond = std::numeric_limits<std::uint64_t>::max() / kSecond - 1;
constexpr std::uint16_t kTypeIpv4 = 0x0800;
constexpr std::uint16_t kTypeIpv6 = 0x86dd;

struct FileCloser {
  void operator()(FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<FILE, FileCloser>;

/// `-` is standard input, through a descriptor that may be closed.
File open_stream(const std::string& path) {
  if (path != "-") return File(std::fopen(path.c_str(), "rb"));
  const int descriptor = dup(STDIN_FILENO);
  if (descriptor < 0) return nullptr;
  FILE* stream = fdopen(descriptor, "rb");
  if (stream == nullptr) close(descriptor);
  return File(stream);
}

/// The program that undoes the compression a file begins with; empty if none.
std::string_view decompressor_of(std::span<const unsigned char> start) {
  const auto begins_with = [&](std::string_view magic) {
    return start.size() >= magic.size() &&
           std::memcmp(start.data(), magic.data(), magic.size()) == 0;
  };
  if (begins_with("\x1f\x8b")) return "gunzip";
  if (begins_with("\xfd"
                  "7zXZ"))
    return "unxz";
  if (begins_with("\x28\xb5\x2f\xfd")) return "unzstd";
  if (begins_with("BZh")) return "bunzip2";
  return {};
}

/// Opening a pipe again would wait for a writer that is gone.
bool can_be_read_again(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) ||
         std::filesystem::is_directory(path, ignored);
}

/// libpcap refused the file: say what it is instead, as far as its start tells.
Error not_a_capture(const std::string& path, const std::string& name, const char* reason) {
  const File file = can_be_read_again(path) ? open_stream(path) : nullptr;
  if (file) {
    std::array<unsigned char, 6> start{};
    const std::size_t length = std::fread(start.data(), 1, start.size(), file.get());
    if (std::ferror(file.get()) != 0) {
      return {
          fmt::format("{}: cannot be read: {}; name a capture file", name, std::strerror(errno))};
    }
    if (length == 0) {
      return {fmt::format("{}: is empty; capture again, with tcpdump -w {}", name, name)};
    }
    const std::string_view tool = decompressor_of(std::span(start).first(length));
    if (!tool.empty()) {
      return {fmt::format("{}: is compressed; {} it first", name, tool)};
    }
  }
  return {
      fmt::format("{}: is no pcap or pcapng file ({}); save one with tcpdump -w", name, reason)};
}

Error unsupported_link_type(const std::string& name, int link_type) {
  const char* known_name = pcap_datalink_val_to_name(link_type);
  return {
      fmt::format("{}: has the link type {} ({}), which mxray does not read; capture on an "
                  "Ethernet or IP interface, or on \"any\"",
                  name, known_name != nullptr ? known_name : "unknown", link_type)};
}

/// A pcap file's seconds are unsigned and last until 2106, but libpcap 1.10
/// reads them as signed, so that 2038 looks like 1901. A broken file may hold
/// any number in both fields; none of them may overflow.
std::uint64_t nanoseconds_of(const timeval& time) {
  constexpr std::int64_t kWrap = std::int64_t{1} << 32;
  std::int64_t seconds = time.tv_sec;
  if (seconds < 0 && seconds >= std::numeric_limits<std::int32_t>::min()) seconds += kWrap;
  if (seconds < 0) return 0;
  const auto fraction = static_cast<std::uint64_t>(std::max<suseconds_t>(time.tv_usec, 0));
  return std::min(static_cast<std::uint64_t>(seconds), kLastSecond) * kSecond +
         std::min(fraction, kSecond);
}

}  // namespace

bool CapturedPacket::is_ip() const { return ether_type == kTypeIpv4 || ether_type == kTypeIpv6; }

std::span<const std::uint8_t> CapturedPacket::network_bytes() const {
  if (!is_ip()) return {};
  return bytes.subspan(network_offset);
}

std::span<const std::uint8_t> CapturedPacket::frame() const {
  return link == LinkLayer::kEthernet ? bytes : network_bytes();
}

std::uint32_t CapturedPacket::frame_length() const {
  if (link == LinkLayer::kEthernet) return wire_length;
  return is_ip() ? wire_length - network_offset : 0;
}

void CaptureFile::Closer::operator()(pcap* handle) const { pcap_close(handle); }

CaptureFile::CaptureFile(Handle handle, std::string name, int link_type)
    : handle_(std::move(handle)), name_(std::move(name)), link_type_(link_type) {}

Result<CaptureFile> CaptureFile::open(const std::string& path) {
  const std::string name = path == "-" ? "standard input" : path;
  File file = open_stream(path);
  if (!file) {
    return Error{fmt::format("{}: cannot be read: {}; check the path and its permissions", name,
                             std::strerror(errno))};
  }
  std::array<char, PCAP_ERRBUF_SIZE> reason{};
  Handle handle(pcap_fopen_offline_with_tstamp_precision(file.get(), PCAP_TSTAMP_PRECISION_NANO,
                                                         reason.data()));
  if (!handle) return not_a_capture(path, name, reason.data());
  // From here on the handle owns the stream; NOLINTNEXTLINE(bugprone-unused-return-value)
  static_cast<void>(file.release());
  const int link_type = pcap_datalink(handle.get());
  if (!is_supported_link_type(link_type)) return unsupported_link_type(name, link_type);
  return CaptureFile(std::move(handle), name, link_type);
}

Result<std::optional<CapturedPacket>> CaptureFile::next() {
  if (at_end_) return std::optional<CapturedPacket>();
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  const int outcome = pcap_next_ex(handle_.get(), &header, &data);
  if (outcome != 1) {
    at_end_ = true;
    if (outcome == PCAP_ERROR_BREAK) return std::optional<CapturedPacket>();
    return unreadable_packet();
  }
  CapturedPacket packet;
  packet.time_ns = nanoseconds_of(header->ts);
  packet.bytes = {data, header->caplen};
  packet.wire_length = std::max(header->len, header->caplen);
  packet.link = link_layer_of(link_type_);
  packet.number = ++packets_read_;
  const NetworkHeader network = find_network_header(link_type_, packet.bytes);
  packet.network_offset = network.offset;
  packet.ether_type = network.ether_type;
  return std::optional<CapturedPacket>(packet);
}

Error CaptureFile::unreadable_packet() const {
  const std::string_view reason = pcap_geterr(handle_.get());
  const auto says = [&](std::string_view words) {
    return reason.find(words) != std::string_view::npos;
  };
  const std::string where = fmt::format("{}: packet {}: ", name_, packets_read_ + 1);
  // libpcap knows one link type and one snapshot length a file.
  if (says("different from the type of")) {
    return {where +
            "the file mixes interfaces of different link types, which libpcap does not "
            "read; write one file an interface and replay them together"};
  }
  if (says("different from the snapshot length")) {
    return {where +
            "the file mixes interfaces of different snapshot lengths, which libpcap does "
            "not read; convert it with editcap -F pcap"};
  }
  if (says("truncated")) {
    return {
        fmt::format("{}the file ends in the middle of it ({}); stop the capture before "
                    "copying it, the packets before were read",
                    where, reason)};
  }
  return {
      fmt::format("{}the file is damaged here ({}); the packets before were read, the rest "
                  "was not",
                  where, reason)};
}

}  // namespace mxray
