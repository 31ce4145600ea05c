// SPDX-License-Identifier: Apache-2.0
// Where does `mxray` start?
#include <unistd.h>

#include <exception>
#include <iostream>

#include "base/text.h"
#include "cli/app.h"

int main(int argc, char** argv) {
  using namespace mxray::cli;
  DescriptorStream out(STDOUT_FILENO);
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    return static_cast<int>(run(arguments, standard_output(out)));
  } catch (const std::exception& error) {
    out.flush();
    std::cerr << "mxray: internal error: " << mxray::abridged(error.what())
              << "; please report it\n";
    return static_cast<int>(ExitCode::kUsage);
  }
}
