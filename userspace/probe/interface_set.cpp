// SPDX-License-Identifier: Apache-2.0
// Which of the configured interfaces are watched at the moment, and by what?
#include "probe/interface_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "probe/links.h"

namespace mxray {
namespace {

// Sessions that are still known may have begun on an interface that was dialled
// anew since, but not that often.
constexpr std::size_t kNamesRemembered = 16;
constexpr const char* kNoHook = "none";

/// Puts programs on one interface.
class HookPlacer {
 public:
  /// `qdisc`: of a filter that is there already; null: none is.
  HookPlacer(const ProgramFds& programs, const LinkFacts& facts, AttachPolicy policy,
             const KeptLinks* kept, std::shared_ptr<ClsactQdisc> qdisc)
      : xdp_(programs.xdp.value_or(-1)),
        tc_(link_header(facts) == LinkHeader::kRaw ? programs.tc_raw : programs.tc_ethernet),
        ifindex_(facts.ifindex),
        tcx_(policy.tcx),
        kept_(kept),
        qdisc_(std::move(qdisc)) {}

  /// By one of `hooks`, the first that works; `reason` grows by what did not. What was left
  /// on another hook goes.
  std::optional<HookLink> attach(Direction direction, const std::vector<Hook>& hooks,
                                 std::string& reason) {
    const HookPlace place{ifindex_, direction};
    std::optional<HookLink> meanwhile;  // watches between one mode of XDP and the other
    for (const Hook hook : hooks) {
      auto link = hook == Hook::kTc && meanwhile ? std::exchange(meanwhile, std::nullopt)
                                                 : take_over(place, hook);
      if (!link) {
        if (hook != Hook::kTc && kept_ != nullptr && kept_->holds_xdp(ifindex_)) {
          meanwhile = take_over(place, Hook::kTc);
          if (!meanwhile) meanwhile = fresh(place, Hook::kTc, reason);
          kept_->take_off_xdp(ifindex_);
        }
        link = fresh(place, hook, reason);
      }
      if (!link) continue;
      if (kept_ == nullptr) return link;
      if (const auto kept = kept_->keep(*link, place, program_of(hook)); !kept) {
        reason += fmt::format("; it will not outlive mxrayd: {}", kept.error().message);
      }
      return link;
    }
    return std::nullopt;
  }

  [[nodiscard]] const std::shared_ptr<ClsactQdisc>& qdisc() const { return qdisc_; }

 private:
  [[nodiscard]] int program_of(Hook hook) const { return hook == Hook::kTc ? tc_ : xdp_; }

  std::optional<HookLink> take_over(HookPlace place, Hook hook) {
    if (kept_ == nullptr) return std::nullopt;
    return kept_->take_over(place, hook, program_of(hook), qdisc_);
  }

  std::optional<HookLink> fresh(HookPlace place, Hook hook, std::string& reason) {
    auto link =
        hook == Hook::kTc ? attach_tc(place.direction) : HookLink::xdp(xdp_, ifindex_, hook);
    if (link) return std::move(*link);
    reason += fmt::format("; {} failed: {}", hook_title(hook), link.error().message);
    return std::nullopt;
  }

  /// TCX, else clsact.
  Result<HookLink> attach_tc(Direction direction) {
    std::string refusal;
    if (tcx_) {
      auto link = HookLink::tcx(tc_, ifindex_, direction);
      if (link) return link;
      refusal = fmt::format("TCX: {}; ", link.error().message);
    }
    if (!qdisc_) {
      auto opened =
          ClsactQdisc::open(ifindex_, kept_ == nullptr ? Leftovers::kRemove : Leftovers::kReplace);
      if (!opened) return Error{refusal + opened.error().message};
      qdisc_ = std::move(*opened);
    }
    auto link = HookLink::clsact(tc_, qdisc_, direction);
    if (!link) return Error{refusal + link.error().message};
    return link;
  }

  int xdp_;
  int tc_;
  std::uint32_t ifindex_;
  bool tcx_;
  const KeptLinks* kept_;
  std::shared_ptr<ClsactQdisc> qdisc_;  // opened at first need and shared
};

Attachment describe(const std::string& interface, std::string_view direction,
                    const std::optional<HookLink>& link, std::string reason) {
  return {interface, std::string(direction), std::string(link ? link->name() : kNoHook),
          std::move(reason)};
}

/// Whether there were any.
bool drop_dead_links(WatchedInterface& watched) {
  bool dropped = false;
  std::size_t direction = 0;
  for (auto* link : {&watched.ingress, &watched.egress}) {
    Attachment& attachment = watched.attachments.at(direction++);
    if (!*link || (*link)->alive()) continue;
    (*link)->take_off();
    link->reset();
    attachment.hook = kNoHook;
    attachment.reason = "what was there came off";
    dropped = true;
  }
  return dropped;
}

}  // namespace

void watch_missing(WatchedInterface& watched, const ProgramFds& programs, const LinkFacts& facts,
                   AttachPolicy policy, const KeptLinks* kept) {
  LinkFacts others = facts;
  if (kept != nullptr) {
    if (!watched.ingress) kept->finish({facts.ifindex, Direction::kIngress});
    if (!watched.egress) kept->finish({facts.ifindex, Direction::kEgress});
  }
  if (kept != nullptr && kept->is_left(facts.ifindex, facts.xdp_program)) others.xdp_program = 0;
  const HookChoice choice = choose_ingress_hook(others, policy.mode);
  HookPlacer placer(programs, facts, policy, kept, watched.qdisc.lock());
  watched.attachments.resize(2);

  if (!watched.ingress) {
    std::string reason = choice.reason;
    watched.ingress = placer.attach(Direction::kIngress, choice.hooks, reason);
    watched.attachments[0] = describe(facts.name, "ingress", watched.ingress, std::move(reason));
  }
  if (!watched.egress) {
    std::string reason = choice.reason;
    if (!choice.hooks.empty()) {
      reason = "only TC sees what leaves";
      watched.egress = placer.attach(Direction::kEgress, {Hook::kTc}, reason);
    }
    watched.attachments[1] = describe(facts.name, "egress", watched.egress, std::move(reason));
  }
  watched.qdisc = placer.qdisc();
}

WatchedInterface watch_interface(const ProgramFds& programs, const LinkFacts& facts,
                                 AttachPolicy policy, const KeptLinks* kept) {
  WatchedInterface watched;
  watch_missing(watched, programs, facts, policy, kept);
  return watched;
}

InterfaceSet::InterfaceSet(ProgramFds programs, std::vector<std::string> names, AttachPolicy policy,
                           std::optional<KeptLinks> kept)
    : programs_(programs), policy_(policy), kept_(std::move(kept)) {
  for (auto& name : names) await(std::move(name));
}

void InterfaceSet::await(std::string name) {
  Entry entry;
  entry.name = std::move(name);
  drop(entry);
  entries_.push_back(std::move(entry));
}

Status InterfaceSet::mean(const std::vector<std::string>& names) {
  for (Entry& entry : entries_) {
    entry.meant = std::ranges::find(names, entry.name) != names.end();
  }
  for (const std::string& name : names) {
    if (std::ranges::find(entries_, name, &Entry::name) == entries_.end()) await(name);
  }
  return scan();
}

void InterfaceSet::drop(Entry& entry) {
  entry.vanished = entry.vanished || entry.ifindex != 0;
  entry.ifindex = 0;
  for (auto* link : {&entry.watched.ingress, &entry.watched.egress}) {
    if (*link) (*link)->take_off();
  }
  entry.watched = WatchedInterface{};
  const std::string reason = entry.vanished
                                 ? "the interface vanished: waiting for it to come back"
                                 : "there is no such interface: waiting for it to appear";
  for (const auto* direction : {"ingress", "egress"}) {
    entry.watched.attachments.push_back({entry.name, direction, kNoHook, reason});
  }
}

void InterfaceSet::adopt(Entry& entry, const LinkFacts& facts) {
  LinkFacts complete = facts;
  add_driver_facts(complete);
  complete.kernel_has_xdp = programs_.xdp.has_value();
  entry.ifindex = facts.ifindex;
  remember(facts);
  watch_missing(entry.watched, programs_, complete, policy_, kept_ ? &*kept_ : nullptr);
}

void InterfaceSet::take_off_others() const {
  if (!kept_) return;
  std::set<HookPlace> places;
  for (const Entry& entry : entries_) {
    if (entry.watched.ingress) places.insert({entry.ifindex, Direction::kIngress});
    if (entry.watched.egress) places.insert({entry.ifindex, Direction::kEgress});
  }
  kept_->take_off_others(places);
}

void InterfaceSet::remember(const LinkFacts& facts) {
  names_[facts.ifindex] = facts.name;
  if (names_.size() <= kNamesRemembered) return;
  // Numbers rise: the least one that is not in use vanished first.
  const auto oldest = std::ranges::find_if(names_, [this](const auto& known) {
    return std::ranges::find(entries_, known.first, &Entry::ifindex) == entries_.end();
  });
  if (oldest != names_.end()) names_.erase(oldest);
}

bool InterfaceSet::Entry::incomplete() const {
  // What could not be put on: what was in the way may be gone by now.
  return ifindex != 0 &&
         (!watched.complete() || !watched.ingress->alive() || !watched.egress->alive());
}

Status InterfaceSet::scan() {
  Status compared = compare();
  problem_ = compared ? std::string() : compared.error().message;
  return compared;
}

Status InterfaceSet::compare() {
  auto links = read_links();
  if (!links) return links.error();
  const auto find = [&links](const Entry& entry) {
    const auto link = std::ranges::find(*links, entry.name, &LinkFacts::name);
    return link == links->end() ? nullptr : &*link;
  };
  bool dropped = false;
  // All that goes goes first: where two names were swapped, what one takes over would
  // come off again with the other.
  for (auto& entry : entries_) {
    if (entry.ifindex == 0) continue;
    const LinkFacts* const link = find(entry);
    if (link == nullptr || link->ifindex != entry.ifindex) {
      drop(entry);
      dropped = true;
    } else if (drop_dead_links(entry.watched)) {
      dropped = true;  // both, if it was made again under the same number
    }
  }
  // The list still shows programs that have come off since: no strangers.
  if (dropped) links = read_links();
  if (!links) return links.error();
  for (auto& entry : entries_) {
    const LinkFacts* const link = entry.watched.complete() ? nullptr : find(entry);
    if (link == nullptr) continue;
    // Another one since the first list is for the next scan.
    if (entry.ifindex == 0 || entry.ifindex == link->ifindex) adopt(entry, *link);
  }
  std::erase_if(entries_, [](const Entry& e) { return !e.meant && e.ifindex == 0; });
  return Ok{};
}

void InterfaceSet::check() {
  if (!problem_.empty() || std::ranges::any_of(entries_, &Entry::incomplete)) (void)scan();
}

void InterfaceSet::follow(std::span<const LinkEvent> events) {
  const bool concerned = std::ranges::any_of(events, [&](const LinkEvent& event) {
    return event.kind == LinkEvent::Kind::kMissed ||
           std::ranges::any_of(entries_, [&](const Entry& entry) {
             return entry.name == event.name || entry.ifindex == event.ifindex;
           });
  });
  // The events only say when to look: what happened since is in the scan as
  // well. If the kernel does not answer now, check() tries again.
  if (concerned) (void)scan();
}

std::size_t InterfaceSet::present() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [](const Entry& entry) { return entry.ifindex != 0; }));
}

std::vector<Attachment> InterfaceSet::attachments() const {
  std::vector<Attachment> all;
  for (const auto& entry : entries_) {
    all.insert(all.end(), entry.watched.attachments.begin(), entry.watched.attachments.end());
  }
  return all;
}

std::string name_of(const InterfaceNames& names, std::uint32_t ifindex) {
  const auto known = names.find(ifindex);
  return known != names.end() ? known->second : fmt::format("if{}", ifindex);
}

}  // namespace mxray
