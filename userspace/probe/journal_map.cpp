// SPDX-License-Identifier: Apache-2.0
// Where is a journal kept that outlives its writer?
#include "probe/journal_map.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "probe/libbpf_log.h"

namespace mxray {
namespace {

constexpr std::uint32_t kPage = 4096;  // the kernel rounds the whole array up to its own
constexpr std::uint64_t kBytesOfFlow = 256;
constexpr std::uint64_t kLeast = std::uint64_t{1} << 20;
constexpr std::uint64_t kMost = std::uint64_t{64} << 20;

Error no_memory(const char* what) {
  return Error{std::string("the journal cannot be ") + what + ": " + std::strerror(errno)};
}

}  // namespace

Result<JournalMap> JournalMap::create(std::uint32_t max_flows) {
  LibbpfLog silence;
  bpf_map_create_opts options{};
  options.sz = sizeof options;
  options.map_flags = BPF_F_MMAPABLE;
  const std::uint64_t bytes = std::clamp(kBytesOfFlow * max_flows, kLeast, kMost);
  Fd map(::bpf_map_create(BPF_MAP_TYPE_ARRAY, "mxray_journal", sizeof(std::uint32_t), kPage,
                          static_cast<std::uint32_t>(bytes / kPage), &options));
  if (!map) return no_memory("made");
  return adopt(std::move(map));
}

Result<JournalMap> JournalMap::adopt(Fd map) {
  bpf_map_info info{};
  std::uint32_t size = sizeof info;
  if (::bpf_obj_get_info_by_fd(map.get(), &info, &size) != 0) return no_memory("examined");
  if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size != kPage) {
    return Error{"what is pinned as the journal is another map"};
  }
  const std::size_t bytes = std::size_t{info.max_entries} * kPage;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map.get(), 0);
  if (memory == MAP_FAILED) return no_memory("mapped");
  return JournalMap(std::move(map), {static_cast<std::byte*>(memory), bytes});
}

JournalMap::JournalMap(JournalMap&& other) noexcept
    : map_(std::move(other.map_)), memory_(std::exchange(other.memory_, {})) {}

JournalMap& JournalMap::operator=(JournalMap&& other) noexcept {
  std::swap(map_, other.map_);  // the other one unmaps what was here
  std::swap(memory_, other.memory_);
  return *this;
}

JournalMap::~JournalMap() {
  if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
}

}  // namespace mxray
