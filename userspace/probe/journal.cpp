// SPDX-License-Identifier: Apache-2.0
// What was the daemon told, so that the next one can be told the same?
//
// The memory holds a header and a ring of frames. `begin` and `end` count bytes
// since the journal was begun; a frame lies at its count modulo the ring's size and
// never crosses its end. Before the writer overwrites a frame it moves `begin` past
// it, and only after a frame is complete does it move `end` past that: whoever looks
// after a kill finds whole frames between the two.
#include "probe/journal.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace mxray {
namespace {

constexpr std::uint64_t kMagic = 0x326a'7961'7278'6d00;  // raised with the form below

std::uint64_t aligned(std::uint64_t bytes) { return (bytes + 7) & ~std::uint64_t{7}; }

bool is_record(Journal::Kind kind) {
  return kind == Journal::Kind::kIncident || kind == Journal::Kind::kDialogue;
}

}  // namespace

struct Journal::Header {
  std::uint64_t magic;
  std::uint64_t secret;
  std::uint64_t begin;
  std::uint64_t end;
  Counters counted;
};

// A filler may have room for the first two fields only.
struct Journal::Frame {
  std::uint32_t size;  // of the whole frame, a multiple of 8
  std::uint32_t kind;
  std::uint64_t time_ns;
  std::uint32_t record_size;
  std::uint32_t padding;
  std::uint64_t number;
};

Journal::Header& Journal::header() const { return *reinterpret_cast<Header*>(memory_.data()); }

std::span<std::byte> Journal::room() const {
  const std::size_t bytes = memory_.size() - sizeof(Header);
  return memory_.subspan(sizeof(Header), bytes & ~std::size_t{7});
}

Journal Journal::begin(std::span<std::byte> memory, std::uint64_t secret) {
  Journal journal(memory);
  journal.header() = Header{0, secret, 0, 0, {}};
  std::atomic_ref(journal.header().magic).store(kMagic, std::memory_order_release);
  return journal;
}

std::optional<Journal> Journal::open(std::span<std::byte> memory) {
  if (memory.size() < kLeastBytes) return std::nullopt;
  Journal journal(memory);
  const Header header = journal.header();
  const bool plausible = header.magic == kMagic && header.begin <= header.end &&
                         header.end - header.begin <= journal.room().size() &&
                         header.begin % 8 == 0 && header.end % 8 == 0;
  if (!plausible) return std::nullopt;
  journal.read([&journal](const Entry& entry) {
    journal.note_latest(entry);
    if (!is_record(entry.kind)) return;
    // Its writer was killed before it had counted the last one.
    journal.taken(entry.kind) = std::max(journal.taken(entry.kind), entry.number);
  });
  return journal;
}

std::uint64_t Journal::secret() const { return header().secret; }

std::optional<Journal::Frame> Journal::frame_at(std::uint64_t place) const {
  const auto ring = room();
  const std::size_t at = place % ring.size();
  Frame frame{};
  std::memcpy(&frame, ring.data() + at, std::min(sizeof frame, ring.size() - at));
  const bool is_filler = frame.kind == static_cast<std::uint32_t>(Kind::kFiller);
  if (frame.size % 8 != 0 || frame.size > ring.size() - at) return std::nullopt;
  if (frame.size < (is_filler ? 8 : sizeof frame)) return std::nullopt;
  if (!is_filler && frame.record_size > frame.size - sizeof frame) return std::nullopt;
  return frame;
}

void Journal::read(const std::function<void(const Entry&)>& visit) const {
  const auto ring = room();
  const std::uint64_t end = header().end;
  for (std::uint64_t place = header().begin; place < end;) {
    const auto frame = frame_at(place);
    if (!frame || frame->size > end - place) return;
    if (const auto kind = static_cast<Kind>(frame->kind); kind != Kind::kFiller) {
      visit({kind, frame->time_ns,
             ring.subspan(place % ring.size() + sizeof(Frame), frame->record_size), frame->number});
    }
    place += frame->size;
  }
}

void Journal::read_recent(const std::function<void(const Entry&)>& visit) const {
  std::optional<std::uint64_t> first_ns;
  std::uint64_t latest_ns = 0;
  read([&](const Entry& entry) {
    if (entry.kind != Kind::kSecond) return;
    if (!first_ns) first_ns = entry.time_ns;
    latest_ns = entry.time_ns;
  });
  const auto within_a_day = [&](std::uint64_t second) { return second + kRecalledNs >= latest_ns; };
  // What came before the first second is as recent as that.
  bool is_recent = within_a_day(first_ns.value_or(latest_ns));
  read([&](const Entry& entry) {
    is_recent |= entry.kind == Kind::kSecond && within_a_day(entry.time_ns);
    if (is_recent) visit(entry);
  });
}

void Journal::append(const Entry& entry) {
  const auto ring = room();
  const std::uint64_t size = aligned(sizeof(Frame) + entry.record.size());
  if (size > ring.size() / 4) return count(entry.kind);
  const std::uint64_t left = ring.size() - header().end % ring.size();
  if (left < size) {
    make_room(left);
    write(header().end, {}, static_cast<std::uint32_t>(left));
  }
  make_room(size);
  write(header().end, entry, static_cast<std::uint32_t>(size));
  note_latest(entry);
  count(entry.kind);
}

void Journal::make_room(std::uint64_t bytes) {
  std::atomic_ref begin(header().begin);
  while (header().end + bytes - begin.load() > room().size()) {
    const auto oldest = frame_at(begin.load());
    // What cannot be read cannot be passed by: all of it goes.
    begin.store(oldest ? begin.load() + oldest->size : header().end, std::memory_order_seq_cst);
  }
}

void Journal::write(std::uint64_t place, const Entry& entry, std::uint32_t size) {
  const auto ring = room();
  std::byte* const to = ring.data() + place % ring.size();
  const Frame frame{size,
                    static_cast<std::uint32_t>(entry.kind),
                    entry.time_ns,
                    static_cast<std::uint32_t>(entry.record.size()),
                    0,
                    is_record(entry.kind) ? taken(entry.kind) + 1 : 0};
  std::memcpy(to, &frame, std::min<std::size_t>(sizeof frame, size));
  if (!entry.record.empty()) {
    std::memcpy(to + sizeof frame, entry.record.data(), entry.record.size());
  }
  std::atomic_ref(header().end).store(place + size, std::memory_order_release);
}

void Journal::note_latest(const Entry& entry) {
  if (!is_record(entry.kind)) return;
  auto& latest = entry.kind == Kind::kIncident ? latest_incident_ : latest_dialogue_;
  latest.assign(entry.record.begin(), entry.record.end());
  latest_offset_ns_ = entry.time_ns;
}

std::uint64_t& Journal::taken(Kind kind) const {
  return header().counted[kind == Kind::kIncident ? core::COUNT_INCIDENT_RECORDS
                                                  : core::COUNT_DIALOGUE_RECORDS];
}

void Journal::count(Kind kind) {
  if (is_record(kind)) ++taken(kind);
}

void Journal::note_counted(const Counters& counted) {
  for (std::size_t i = 0; i < counted.size(); ++i) {
    if (i == core::COUNT_INCIDENT_RECORDS || i == core::COUNT_DIALOGUE_RECORDS) continue;
    header().counted[i] = counted[i];
  }
}

Journal::Counters Journal::counted() const { return header().counted; }

bool Journal::ends_with(Kind kind, std::span<const std::byte> record) const {
  const auto& latest = kind == Kind::kIncident ? latest_incident_ : latest_dialogue_;
  return !latest.empty() && std::ranges::equal(latest, record);
}

}  // namespace mxray
