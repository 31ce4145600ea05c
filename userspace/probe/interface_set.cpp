// SPDX-License-Identifier: Apache-2.0
// Which of the configured interfaces are watched at the moment, and by what?
#include "probe/interface_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "probe/links.h"

namespace mxray {
namespace {

// Sessions that are still known may have begun on an interface that was dialled
// anew since, but not that often.
constexpr std::size_t kNamesRemembered = 16;

/// TCX, else clsact. `qdisc` is opened at first need and shared.
Result<HookLink> attach_tc(int program, std::uint32_t ifindex, Direction direction, bool tcx,
                           std::shared_ptr<ClsactQdisc>& qdisc) {
  std::string refusal;
  if (tcx) {
    auto link = HookLink::tcx(program, ifindex, direction);
    if (link) return link;
    refusal = fmt::format("TCX: {}; ", link.error().message);
  }
  if (!qdisc) {
    auto opened = ClsactQdisc::open(ifindex);
    if (!opened) return Error{refusal + opened.error().message};
    qdisc = std::move(*opened);
  }
  auto link = HookLink::clsact(program, qdisc, direction);
  if (!link) return Error{refusal + link.error().message};
  return link;
}

Attachment describe(const std::string& interface, std::string_view direction,
                    const std::optional<HookLink>& link, std::string reason) {
  return {interface, std::string(direction), std::string(link ? link->name() : "none"),
          std::move(reason)};
}

}  // namespace

WatchedInterface watch_interface(const ProgramFds& programs, const LinkFacts& facts,
                                 AttachPolicy policy) {
  WatchedInterface watched;
  const HookChoice choice = choose_ingress_hook(facts, policy.mode);
  const int tc = link_layer(facts) == LinkLayer::kRaw ? programs.tc_raw : programs.tc_ethernet;
  std::shared_ptr<ClsactQdisc> qdisc;

  std::string reason = choice.reason;
  for (const Hook hook : choice.hooks) {
    auto link = hook == Hook::kTc
                    ? attach_tc(tc, facts.ifindex, Direction::kIngress, policy.tcx, qdisc)
                    : HookLink::xdp(programs.xdp.value_or(-1), facts.ifindex, hook);
    if (link) {
      watched.ingress.emplace(std::move(*link));
      break;
    }
    reason += fmt::format("; {} failed: {}", hook_title(hook), link.error().message);
  }
  watched.attachments.push_back(
      describe(facts.name, "ingress", watched.ingress, std::move(reason)));

  reason = choice.reason;
  if (!choice.hooks.empty()) {
    reason = "only TC sees what leaves";
    auto link = attach_tc(tc, facts.ifindex, Direction::kEgress, policy.tcx, qdisc);
    if (link) {
      watched.egress.emplace(std::move(*link));
    } else {
      reason += "; it failed: " + link.error().message;
    }
  }
  watched.attachments.push_back(describe(facts.name, "egress", watched.egress, std::move(reason)));
  return watched;
}

InterfaceSet::InterfaceSet(ProgramFds programs, std::vector<std::string> names, AttachPolicy policy)
    : programs_(programs), policy_(policy) {
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
  entry.watched = WatchedInterface{};
  const std::string reason = entry.vanished
                                 ? "the interface vanished: waiting for it to come back"
                                 : "there is no such interface: waiting for it to appear";
  for (const auto* direction : {"ingress", "egress"}) {
    entry.watched.attachments.push_back({entry.name, direction, "none", reason});
  }
}

void InterfaceSet::adopt(Entry& entry, const LinkFacts& facts) {
  LinkFacts complete = facts;
  add_driver_facts(complete);
  complete.kernel_has_xdp = programs_.xdp.has_value();
  entry.ifindex = facts.ifindex;
  entry.up = facts.up;
  remember(facts);
  entry.watched = watch_interface(programs_, complete, policy_);
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

Status InterfaceSet::scan() {
  const auto links = read_links();
  if (!links) return links.error();
  for (auto& entry : entries_) {
    const auto link = std::ranges::find(*links, entry.name, &LinkFacts::name);
    const bool exists = link != links->end();
    if (entry.ifindex != 0) {
      // An interface made again under the same number has lost its programs.
      const bool lost = (entry.watched.ingress && !entry.watched.ingress->alive()) ||
                        (entry.watched.egress && !entry.watched.egress->alive());
      if (!exists || link->ifindex != entry.ifindex || lost) drop(entry);
    }
    if (!exists) continue;
    const bool came_up = link->up && !entry.up;
    if (entry.ifindex == 0 || (!entry.watched.complete() && came_up)) {
      // What is on already must come off first, or it would be in its own way.
      drop(entry);
      adopt(entry, *link);
    }
    entry.up = link->up;
  }
  std::erase_if(entries_, [](const Entry& e) { return !e.meant && e.ifindex == 0; });
  return Ok{};
}

void InterfaceSet::follow(std::span<const LinkEvent> events) {
  const bool concerned = std::ranges::any_of(events, [&](const LinkEvent& event) {
    return event.kind == LinkEvent::Kind::kMissed ||
           std::ranges::any_of(entries_, [&](const Entry& entry) {
             return entry.name == event.name || entry.ifindex == event.ifindex;
           });
  });
  // The events only say when to look: what happened since is in the scan as
  // well. If the kernel does not answer now, the next event tries again.
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

std::string InterfaceSet::name_of(std::uint32_t ifindex) const {
  const auto known = names_.find(ifindex);
  return known != names_.end() ? known->second : fmt::format("if{}", ifindex);
}

}  // namespace mxray
