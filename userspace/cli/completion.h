// SPDX-License-Identifier: Apache-2.0
// Which words can follow those that somebody has typed?
//
// The shells' completions (completions/) ask this by `mxray complete -- WORD...`, the
// last WORD being the one under the cursor. So they know every command and option, for
// both come from the tree that is parsed.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.h"
#include "cli/output.h"

namespace CLI {
class App;
}

namespace mxray::cli {

struct Candidate {
  std::string word;
  std::string what;  // a few words on it; empty if it speaks for itself
};

struct Completion {
  std::vector<Candidate> candidates;
  bool files = false;  // names of files can follow, which the shell knows best
};

/// Where candidates come from that no tree knows.
struct CompletionSources {
  std::function<std::vector<Candidate>(const std::string& socket)> incidents;
  std::function<std::vector<Candidate>()> interfaces;
};

/// `words` after `mxray`, the last being completed (empty: nothing of it is typed). An
/// option and its value may be one word (`--kind=x`) or three, as bash parts them.
Completion complete(const CLI::App& app, const std::vector<std::string>& words,
                    const CompletionSources& sources);

/// A line each: the word, a tab, what it is; `:files` if files can follow. Never fails:
/// what is not known is not offered.
ExitCode print_completion(const std::vector<std::string>& words, const Output& output);

}  // namespace mxray::cli
