// SPDX-License-Identifier: Apache-2.0
// Which incidents and flows does the user want to see?
//
// For each field there is --FIELD, which wants a value, and --not-FIELD, which leaves it
// out: a word of its own, for `!` means something to a shell. Both may be repeated. An
// incident is shown if each field that is asked for has one of the wanted values and none
// of the unwanted ones. So --FIELD X and --not-FIELD X part any list in two.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/incident.h"
#include "analysis/snapshot.h"
#include "base/network.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace mxray::cli {

enum class Field : std::uint8_t {
  kKind,
  kConfidence,
  kReason,
  kState,
  kProtocol,
  kInterface,
  kServer,  // as seen at the server's side, or as the client asked for it
  kClient,  // before or after NAT
  kHost,    // client or server
};

inline constexpr std::initializer_list<Field> kIncidentFields = {
    Field::kKind,      Field::kConfidence, Field::kReason, Field::kProtocol,
    Field::kInterface, Field::kServer,     Field::kClient, Field::kHost};
inline constexpr std::initializer_list<Field> kFlowFields = {
    Field::kState,  Field::kProtocol, Field::kReason, Field::kInterface,
    Field::kServer, Field::kClient,   Field::kHost};

/// Values of one field: names, or networks where it is an address.
struct Choice {
  std::vector<std::string> names;
  std::vector<Network> networks;

  [[nodiscard]] bool empty() const { return names.empty() && networks.empty(); }
};

class Filter {
 public:
  /// Adds --FIELD and --not-FIELD for each field and returns them; the filter must outlive
  /// the parsing.
  std::vector<CLI::Option*> add_options(CLI::App& app, const std::vector<Field>& fields);

  [[nodiscard]] bool wants(const Incident& incident) const;
  /// Of a flow, a reason is that of one of its refusals.
  [[nodiscard]] bool wants(const FlowView& flow) const;

  /// The values of --FIELD, so that the daemon need not send all; empty: any.
  [[nodiscard]] Choice wanted(Field field) const;
  /// `only kind ident_stall; server 192.0.2.1; without client 10.0.0.0/8`; empty if all
  /// pass.
  [[nodiscard]] std::string describe() const;
  /// No longer asks for certain values of the field.
  void want_any(Field field) { wanted_.erase(field); }

 private:
  std::map<Field, Choice> wanted_;
  std::map<Field, Choice> unwanted_;
};

}  // namespace mxray::cli
