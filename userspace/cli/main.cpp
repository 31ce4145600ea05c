// SPDX-License-Identifier: Apache-2.0
// Where does `mxray` start?
#include <exception>
#include <iostream>

#include "cli/app.h"

int main(int argc, char** argv) {
  using namespace mxray::cli;
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const ExitCode code = run(arguments, standard_output());
    std::cout.flush();
    return static_cast<int>(code);
  } catch (const std::exception& error) {
    std::cerr << "mxray: internal error: " << error.what() << "; please report it\n";
    return static_cast<int>(ExitCode::kUsage);
  }
}
