// SPDX-License-Identifier: Apache-2.0
// How do the tables that one daemon's programs filled serve the next one's?
#include "probe/kept_maps.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/fd.h"
#include "probe/pin_folder.h"

namespace mxray {
namespace {

constexpr const char* kJournal = "journal";

/// Working memory of one packet or one second: nothing that another could go on with.
bool is_kept(const bpf_map& map) {
  const std::string_view name = bpf_map__name(&map);
  return !bpf_map__is_internal(&map) && name != "scratches" && name != "attempt_budgets";
}

template <typename Visit>
bool for_each_kept(const bpf_object& object, Visit visit) {
  bpf_map* map = nullptr;
  while ((map = bpf_object__next_map(&object, map)) != nullptr) {
    if (is_kept(*map) && !visit(*map)) return false;
  }
  return true;
}

void append_formatted(void* text, const char* format, va_list arguments) {
  std::array<char, 512> part{};
  const int length = std::vsnprintf(part.data(), part.size(), format, arguments);
  if (length > 0) static_cast<std::string*>(text)->append(part.data());
}

/// The C types, as text.
class TypeText {
 public:
  explicit TypeText(const btf* types)
      : dump_(btf_dump__new(types, append_formatted, &text_, nullptr)) {}
  void add(std::uint32_t type) {
    if (type != 0) btf_dump__dump_type(dump_.get(), type);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Free {
    void operator()(btf_dump* dump) const { btf_dump__free(dump); }
  };
  std::string text_;
  std::unique_ptr<btf_dump, Free> dump_;
};

// FNV-1a: who could forge a layout could also forge the maps.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char letter : text) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
  }
  return hash;
}

Error not_usable(const std::string& path) {
  return Error{fmt::format("{} cannot be used: {}", path, std::strerror(errno))};
}

Error not_pinned(const char* what, const std::string& folder) {
  return Error{fmt::format("{} cannot be pinned in {}: {}", what, folder, std::strerror(errno))};
}

}  // namespace

std::string layout_of(const bpf_object& object, LayoutVersions versions) {
  std::string text = fmt::format("meaning {} records {}\n", versions.meaning, versions.records);
  TypeText types(bpf_object__btf(&object));
  for_each_kept(object, [&](const bpf_map& map) {
    text += fmt::format("{} {} {} {} {} {}\n", bpf_map__name(&map),
                        static_cast<int>(bpf_map__type(&map)), bpf_map__key_size(&map),
                        bpf_map__value_size(&map), bpf_map__max_entries(&map),
                        bpf_map__map_flags(&map));
    types.add(bpf_map__btf_key_type_id(&map));
    types.add(bpf_map__btf_value_type_id(&map));
    return true;
  });
  return fmt::format("{:016x}", hash_of(text + types.text()));
}

Result<JournalMap> reuse_maps(bpf_object& object, const std::string& folder) {
  const auto path_of = [&folder](const char* name) { return fmt::format("{}/{}", folder, name); };
  Fd journal(::bpf_obj_get(path_of(kJournal).c_str()));
  if (!journal) return not_usable(path_of(kJournal));
  auto adopted = JournalMap::adopt(std::move(journal));
  if (!adopted) return adopted;
  if (!Journal::open(adopted->memory())) {
    return Error{fmt::format("{} is no journal that this mxrayd can read", path_of(kJournal))};
  }
  std::string missing;
  for_each_kept(object, [&](bpf_map& map) {
    const std::string path = path_of(bpf_map__name(&map));
    const Fd pinned(::bpf_obj_get(path.c_str()));
    if (!pinned || bpf_map__reuse_fd(&map, pinned.get()) != 0) missing = not_usable(path).message;
    return missing.empty();
  });
  if (!missing.empty()) return Error{missing};
  return adopted;
}

Status pin_maps(const bpf_object& object, const JournalMap& journal, const std::string& folder) {
  const std::string half_made = folder + "-new";
  remove_maps(half_made);
  if (::mkdir(half_made.c_str(), 0700) != 0) return not_pinned("the maps", half_made);
  const auto pin = [&half_made](int fd, const char* name) {
    return ::bpf_obj_pin(fd, fmt::format("{}/{}", half_made, name).c_str()) == 0;
  };
  const bool all = pin(journal.fd(), kJournal) && for_each_kept(object, [&pin](const bpf_map& map) {
                     return pin(bpf_map__fd(&map), bpf_map__name(&map));
                   });
  if (!all || std::rename(half_made.c_str(), folder.c_str()) != 0) {
    const Error error = not_pinned("the maps", half_made);
    remove_maps(half_made);
    return error;
  }
  return Ok{};
}

}  // namespace mxray
