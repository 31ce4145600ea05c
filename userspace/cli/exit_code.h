// SPDX-License-Identifier: Apache-2.0
// What does the exit code of mxray tell a script?
#pragma once

#include <array>
#include <string_view>

namespace mxray::cli {

/// A contract: scripts branch on it.
enum class ExitCode : int {
  kOk = 0,
  kFound = 1,
  kUsage = 2,
  kUnreachable = 3,
  kPermission = 4,
  kPartial = 5,
  kNoAnswer = 6,
  kInterrupted = 130,  // as the shell reports SIGINT
};

struct ExitMeaning {
  ExitCode code;
  std::string_view meaning;
};

/// What --help and the manual say of them.
inline constexpr std::array<ExitMeaning, 8> kExitMeanings = {{
    {ExitCode::kOk, "ok; of what looks for something (see 1): nothing found"},
    {ExitCode::kFound,
     "something found: incidents (replay), a failed check (doctor), a fault (check), a forged "
     "reply (bounces); the server was not reached (trace)"},
    {ExitCode::kUsage, "usage, or input that cannot be read"},
    {ExitCode::kUnreachable, "daemon unreachable, or it speaks another language"},
    {ExitCode::kPermission, "no permission on the socket; no raw sockets (trace, check)"},
    {ExitCode::kPartial,
     "records were lost, questions not answered, or the output could not be written, so this may "
     "not be all; a reader that closes the pipe is none of these"},
    {ExitCode::kNoAnswer, "no resolver answered (check dns)"},
    {ExitCode::kInterrupted, "interrupted (trace)"},
}};

}  // namespace mxray::cli
