// SPDX-License-Identifier: Apache-2.0
#include "cli/session_pages.h"

#include <fmt/format.h>

#include <set>

#include "format/flow_json.h"

namespace mxray::cli {

Answer visit_sessions(const DaemonClient& daemon, const Query& query, const SessionVisitor& visitor,
                      std::size_t most_pages) {
  // Those of now come with the first page; those that have ended come once each.
  std::set<std::string> of_first_page;
  Answer answer;
  std::string after;
  for (std::size_t page = 0; page < most_pages; ++page) {
    Query next = query;
    if (page > 0) next.emplace_back("after", after);
    answer = daemon.get("/v1/sessions", next);
    if (answer.exit != ExitCode::kOk) return answer;
    for (const std::string_view line : lines_of(answer.body)) {
      const auto session = flow_from_json(line);
      if (!session) return daemon.not_understood("session", session.error().message);
      const std::string key = key_of(*session);
      const bool is_new =
          page == 0 ? of_first_page.insert(key).second : of_first_page.count(key) == 0;
      if (is_new) visitor(*session, line);
    }
    if (answer.next.empty()) return answer;
    if (answer.next == after) {  // a daemon that does not move on must not hold us
      answer.next.clear();
      return answer;
    }
    after = answer.next;
  }
  return answer;
}

std::string key_of(const FlowView& session) {
  return fmt::format("{} {} {}", to_string(session.client), to_string(session.server),
                     session.opened_ns);
}

}  // namespace mxray::cli
