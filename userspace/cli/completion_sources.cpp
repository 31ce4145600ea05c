// SPDX-License-Identifier: Apache-2.0
// What the completion asks of the daemon and the kernel, within the patience of somebody
// who has pressed a key.
#include <net/if.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <ostream>

#include "cli/command_tree.h"
#include "cli/completion.h"
#include "cli/daemon_client.h"
#include "format/incident_json.h"
#include "format/table.h"

namespace mxray::cli {
namespace {

constexpr std::chrono::milliseconds kPatience(500);
constexpr std::size_t kMostIncidents = 50;

// The latest first.
std::vector<Candidate> incidents_of(const std::string& socket) {
  const Answer answer = DaemonClient(socket, kPatience)
                            .get("/v1/incidents", {{"limit", std::to_string(kMostIncidents)}});
  std::vector<Candidate> candidates;
  if (answer.exit != ExitCode::kOk) return candidates;
  std::vector<std::string_view> lines = lines_of(answer.body);
  std::reverse(lines.begin(), lines.end());
  for (const std::string_view line : lines) {
    const auto incident = incident_from_json(line);
    if (!incident) break;
    candidates.push_back({incident->id, incident->summary});
  }
  return candidates;
}

std::vector<Candidate> interfaces() {
  using Names = std::unique_ptr<struct if_nameindex, decltype(&if_freenameindex)>;
  const Names names(if_nameindex(), &if_freenameindex);
  std::vector<Candidate> candidates;
  if (!names) return candidates;
  for (const struct if_nameindex* name = names.get(); name->if_index != 0; ++name) {
    candidates.push_back({name->if_name, ""});
  }
  return candidates;
}

// A word is one line and ends at a tab.
std::string one_word(const std::string& text) {
  std::string word = printable(text);
  word.erase(std::min(word.find(' '), word.size()));
  return word;
}

}  // namespace

ExitCode print_completion(const std::vector<std::string>& words, const Output& output) {
  const auto tree = make_command_tree();
  const char* variable = std::getenv("MXRAY_SOCKET");  // NOLINT(concurrency-mt-unsafe): one thread
  const std::string usual = variable == nullptr ? tree->globals->socket : variable;
  const CompletionSources sources{
      .incidents =
          [&](const std::string& socket) { return incidents_of(socket.empty() ? usual : socket); },
      .interfaces = interfaces};
  const Completion completion = complete(tree->app, words, sources);
  for (const Candidate& candidate : completion.candidates) {
    output.out << one_word(candidate.word) << '\t' << printable(candidate.what) << '\n';
  }
  if (completion.files) output.out << ":files\n";
  return ExitCode::kOk;
}

}  // namespace mxray::cli
