# SPDX-License-Identifier: Apache-2.0
# Do the kernel and the replay make the same records of the same packets?
# One ctest entry: each process would load the programs anew.
add_executable(test_differential
  ${CMAKE_CURRENT_LIST_DIR}/core_in_kernel.cpp
  ${CMAKE_CURRENT_LIST_DIR}/differential_test.cpp)
target_link_libraries(test_differential PRIVATE
  mxray_replay mxray_test_support mxray_skeleton PkgConfig::LIBBPF
  mxray_warnings GTest::gmock GTest::gtest_main)
# Of the long run; with sanitizers a packet takes four times as long.
set(random_packets 10000000)
if(MXRAY_SANITIZE)
  set(random_packets 2000000)
endif()
target_compile_definitions(test_differential PRIVATE
  MXRAY_RANDOM_PACKETS=${random_packets}
  MXRAY_FUZZ_CORPUS="${PROJECT_SOURCE_DIR}/tests/fuzz/corpus"
  MXRAY_FUZZ_GROWN="${PROJECT_SOURCE_DIR}/build/fuzz/corpus")
add_test(NAME differential COMMAND test_differential)
set_tests_properties(differential PROPERTIES TIMEOUT 1800 SKIP_REGULAR_EXPRESSION "needs root")

# And do the kernel's records lead to the right verdicts?
add_executable(test_verdicts_in_kernel
  ${CMAKE_CURRENT_LIST_DIR}/core_in_kernel.cpp
  ${CMAKE_CURRENT_LIST_DIR}/verdicts_in_kernel_test.cpp)
target_link_libraries(test_verdicts_in_kernel PRIVATE
  mxray_replay mxray_test_support mxray_skeleton PkgConfig::LIBBPF
  mxray_warnings GTest::gmock GTest::gtest_main)
add_test(NAME verdicts_in_kernel COMMAND test_verdicts_in_kernel)
set_tests_properties(verdicts_in_kernel PROPERTIES TIMEOUT 300
  SKIP_REGULAR_EXPRESSION "needs root")
