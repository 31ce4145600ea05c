// SPDX-License-Identifier: Apache-2.0
// Which of the configured interfaces are watched at the moment, and by what?
//
// The configuration names interfaces; the kernel knows numbers. A name may have
// no interface yet, lose it, and get another one with another number: each time
// the programs have to be put on again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/kernel_stats.h"
#include "base/result.h"
#include "probe/hook_choice.h"
#include "probe/hook_link.h"
#include "probe/kept_links.h"
#include "probe/link_watch.h"

namespace mxray {

/// The loaded programs, by what they can be put on.
struct ProgramFds {
  std::optional<int> xdp;  // nullopt: the kernel is too old for it
  int tc_ethernet = -1;
  int tc_raw = -1;
};

struct AttachPolicy {
  AttachMode mode = AttachMode::kAuto;
  bool tcx = true;  // false: clsact even where TCX exists
};

/// Both directions of one interface; comes off when destroyed, but for what is pinned.
struct WatchedInterface {
  std::optional<HookLink> ingress;
  std::optional<HookLink> egress;
  std::vector<Attachment> attachments;  // ingress, egress
  std::weak_ptr<ClsactQdisc> qdisc;     // of the filters, as long as there are any

  [[nodiscard]] bool complete() const { return ingress && egress; }
};

/// Attaches as far as possible; what failed says so in its Attachment. With `kept`,
/// what sits there already is taken over, and all of it is pinned.
WatchedInterface watch_interface(const ProgramFds& programs, const LinkFacts& facts,
                                 AttachPolicy policy, const KeptLinks* kept = nullptr);

/// The same for the directions that `watched` lacks; those it has are left alone.
void watch_missing(WatchedInterface& watched, const ProgramFds& programs, const LinkFacts& facts,
                   AttachPolicy policy, const KeptLinks* kept = nullptr);

/// Names of interfaces by their numbers.
using InterfaceNames = std::map<std::uint32_t, std::string>;

/// `if7` if it is not among them.
std::string name_of(const InterfaceNames& names, std::uint32_t ifindex);

class InterfaceSet {
 public:
  /// `names` without duplicates. Nothing is attached before scan(). Without `kept`
  /// nothing outlives this object.
  InterfaceSet(ProgramFds programs, std::vector<std::string> names, AttachPolicy policy,
               std::optional<KeptLinks> kept = std::nullopt);

  /// Compares with what exists: attaches what appeared or is not watched in one
  /// direction or both, drops what is gone. Fails only if the kernel does not list
  /// interfaces.
  Status scan();

  /// Scans if programs have come off, or could not be put on, or the last scan failed.
  /// A direction that is watched meanwhile stays so. To be called now and then: a program that is
  /// taken off by force, or a qdisc that is deleted below it, is no event of the interface.
  void check();

  /// Takes off what was left on interfaces that nobody means any more.
  void take_off_others() const;

  /// These names from now on, which are scanned for at once. A name that is no
  /// longer among them stays watched for as long as its interface is there, and
  /// is then forgotten: nobody waits for it.
  Status mean(const std::vector<std::string>& names);

  /// Scans if any of `events` concerns a configured interface.
  void follow(std::span<const LinkEvent> events);

  /// Why the last scan failed; empty: it did not.
  [[nodiscard]] const std::string& problem() const { return problem_; }

  /// How many of the names exist.
  [[nodiscard]] std::size_t present() const;

  [[nodiscard]] std::vector<Attachment> attachments() const;

  /// By number, of every interface watched lately: also after it vanished, but not
  /// after many more did.
  [[nodiscard]] const InterfaceNames& names() const { return names_; }

 private:
  struct Entry {
    std::string name;
    bool meant = true;          // see mean()
    std::uint32_t ifindex = 0;  // 0: awaited
    bool vanished = false;      // was there before
    WatchedInterface watched;

    /// It is there, but nothing is on it, or not any more, in one direction or both.
    [[nodiscard]] bool incomplete() const;
  };
  Status compare();
  void await(std::string name);
  void adopt(Entry& entry, const LinkFacts& facts);
  void drop(Entry& entry);
  void remember(const LinkFacts& facts);

  ProgramFds programs_;
  AttachPolicy policy_;
  std::optional<KeptLinks> kept_;
  std::vector<Entry> entries_;
  InterfaceNames names_;  // of every number lately watched
  std::string problem_;
};

}  // namespace mxray
