// SPDX-License-Identifier: Apache-2.0
// What does the exit code of mxray tell a script?
#pragma once

namespace mxray::cli {

/// A contract: scripts branch on it.
enum class ExitCode : int {
  kOk = 0,
  kFound = 1,          // replay: incidents; doctor: a failed check; trace: server not reached;
                       // check: a fault; bounces: a forged reply
  kUsage = 2,          // bad arguments or bad input
  kUnreachable = 3,    // no daemon answers, or not in our language
  kPermission = 4,     // the socket may not be opened; trace: no raw sockets
  kPartial = 5,        // records were lost, or questions not answered: this may not be all
  kNoAnswer = 6,       // check dns: no resolver answered, so nothing is known
  kInterrupted = 130,  // trace: as the shell reports SIGINT
};

}  // namespace mxray::cli
