// SPDX-License-Identifier: Apache-2.0
// How do records get from the kernel's ring buffers to the daemon?
#include "probe/rings.h"

#include <bpf/libbpf.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "probe/libbpf_log.h"
#include "record.h"

namespace mxray {

void Rings::Free::operator()(ring_buffer* ring) const { ring_buffer__free(ring); }

Result<std::unique_ptr<Rings>> Rings::open(int incidents, int dialogue, OnRecord on_record,
                                           Journal* journal) {
  LibbpfLog silence;
  // On the heap: libbpf keeps the address for the callback.
  std::unique_ptr<Rings> rings(new Rings(std::move(on_record), journal));
  rings->incidents_.reset(ring_buffer__new(incidents, on_sample, &rings->from_incidents_, nullptr));
  if (rings->incidents_) {
    rings->dialogue_.reset(ring_buffer__new(dialogue, on_sample, &rings->from_dialogue_, nullptr));
  }
  if (!rings->dialogue_) {
    return Error{std::string("the ring buffers cannot be mapped: ") + std::strerror(errno)};
  }
  return rings;
}

std::vector<int> Rings::fds() const {
  return {ring_buffer__epoll_fd(incidents_.get()), ring_buffer__epoll_fd(dialogue_.get())};
}

void Rings::drain() {
  clock_.refresh();
  consume(*incidents_, kIncidentBudget);
  consume(*dialogue_, kDialogueBudget);
  consume(*incidents_, kIncidentBudget);
}

void Rings::consume(ring_buffer& ring, int budget) {
  budget_ = budget;
  ring_buffer__consume(&ring);
}

int Rings::on_sample(void* source, void* data, std::size_t size) {
  auto& from = *static_cast<Source*>(source);
  from.rings->take(from, {static_cast<const std::byte*>(data), size});
  // A negative answer ends ring_buffer__consume after this record, which counts
  // as read; otherwise it would go on for as long as the kernel keeps writing.
  return --from.rings->budget_ > 0 ? 0 : -EAGAIN;
}

void Rings::take(Source& source, std::span<const std::byte> sample) {
  const bool is_first = std::exchange(source.is_first, false);
  if (!check_record(sample)) {
    ++refused_;
    if (journal_ != nullptr) journal_->count(source.kind);
    return;
  }
  if (journal_ != nullptr) {
    // Written down by a reader that was killed before the ring knew that it was read.
    if (is_first && journal_->ends_with(source.kind, sample)) return;
    journal_->append({source.kind, clock_.offset_ns(), sample});
  }
  deliver(sample, clock_.offset_ns());
}

void Rings::recall(const std::function<void(std::uint64_t)>& on_second,
                   const std::function<void()>& on_conclusion) {
  if (journal_ == nullptr) return;
  journal_->read_recent([&](const Journal::Entry& entry) {
    switch (entry.kind) {
      case Journal::Kind::kSecond: return on_second(entry.time_ns);
      case Journal::Kind::kConclusion: return on_conclusion();
      default:
        if (check_record(entry.record)) deliver(entry.record, entry.time_ns);
    }
  });
}

void Rings::deliver(std::span<const std::byte> sample, std::uint64_t offset_ns) {
  alignas(core::record_signal) std::array<std::byte, sizeof(core::record_signal)> copy;
  const auto record = std::span(copy).first(sample.size());
  std::memcpy(record.data(), sample.data(), sample.size());
  shift_times(record, offset_ns);
  on_record_(record);
}

}  // namespace mxray
