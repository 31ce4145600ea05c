// SPDX-License-Identifier: Apache-2.0
// What does the DNS say in the tests? What they put into it, and NXDOMAIN else.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dns/answer.h"
#include "dns/name.h"

namespace mxray::dns {

inline core::address address(const std::string& text) { return parse_address(text).value(); }

class MadeUpDns {
 public:
  /// An A or AAAA record, whichever it takes.
  MadeUpDns& host(const std::string& name, const std::string& text) {
    const core::address value = address(text);
    at(name, address_type(value)).addresses.push_back(value);
    return *this;
  }
  MadeUpDns& ptr(const std::string& text, const std::string& name) {
    at(reverse_name(address(text)), RecordType::kPtr).names.push_back(name);
    return *this;
  }
  MadeUpDns& mx(const std::string& domain, std::uint16_t preference, const std::string& host) {
    at(domain, RecordType::kMx).exchangers.push_back({preference, host});
    return *this;
  }
  MadeUpDns& txt(const std::string& domain, const std::string& text) {
    at(domain, RecordType::kTxt).texts.push_back(text);
    return *this;
  }
  /// The address records of `name` are those of `target`, by a CNAME.
  MadeUpDns& alias(const std::string& name, const std::string& target) {
    aliases_[name] = target;
    return *this;
  }
  /// This question gets no answer.
  MadeUpDns& silent(const std::string& name, RecordType type) {
    Answer& answer = answers_[{name, type}];
    answer.outcome = Outcome::kTimeout;
    answer.failure = "192.0.2.53:53 did not answer within 2 s";
    return *this;
  }
  MadeUpDns& all_silent() {
    is_silent_ = true;
    return *this;
  }

  /// Valid as long as this object.
  [[nodiscard]] Lookup lookup() const {
    return [this](const std::string& name, RecordType type) { return ask(name, type); };
  }
  /// Every question so far, `A mail.example.org`.
  [[nodiscard]] const std::vector<std::string>& questions() const { return questions_; }

 private:
  Answer& at(const std::string& name, RecordType type) {
    names_.insert(name);
    Answer& answer = answers_[{name, type}];
    answer.outcome = Outcome::kRecords;
    return answer;
  }

  [[nodiscard]] Answer ask(const std::string& name, RecordType type) const {
    questions_.push_back(std::string(name_of(type)) + " " + name);
    Answer none;
    none.failure = "192.0.2.53:53 did not answer within 2 s";
    if (is_silent_) return none;
    const auto alias = aliases_.find(name);
    if (alias != aliases_.end()) {
      Answer answer = ask(alias->second, type);
      answer.canonical = alias->second;
      return answer;
    }
    const auto found = answers_.find({name, type});
    if (found != answers_.end()) return found->second;
    none.failure.clear();
    none.outcome = names_.contains(name) ? Outcome::kNoData : Outcome::kNoSuchName;
    return none;
  }

  std::map<std::pair<std::string, RecordType>, Answer> answers_;
  std::map<std::string, std::string> aliases_;
  std::set<std::string> names_;
  bool is_silent_ = false;
  mutable std::vector<std::string> questions_;
};

}  // namespace mxray::dns
