# SPDX-License-Identifier: Apache-2.0
# Does the probe choose, attach, follow, count and report as it says?
mxray_test(host_checks
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/probe_hook_choice_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/probe_host_checks_test.cpp
  LIBRARIES mxray_host_checks)

mxray_test(probe
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/probe_clock_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/probe_confinement_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/probe_journal_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/probe_map_reader_test.cpp
  LIBRARIES mxray_probe mxray_confinement)

# Opens the programs, but loads none.
mxray_test(layout
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/probe_layout_test.cpp
  LIBRARIES mxray_probe mxray_skeleton PkgConfig::LIBBPF)

# One ctest entry for all and not one a test: each process would load the
# programs anew, which takes the verifier seconds.
add_executable(test_probe_kernel
  ${CMAKE_CURRENT_LIST_DIR}/probe_attach_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/probe_bpffs.cpp
  ${CMAKE_CURRENT_LIST_DIR}/probe_default_route_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/probe_detach_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/probe_gap_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/probe_interfaces_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/probe_live_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/probe_missing_direction_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/probe_restart_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/probe_namespace.cpp)
target_link_libraries(test_probe_kernel PRIVATE
  mxray_probe mxray_lab mxray_test_support mxray_warnings GTest::gmock GTest::gtest_main)
add_test(NAME probe_kernel COMMAND test_probe_kernel)
set_tests_properties(probe_kernel PROPERTIES TIMEOUT 300 SKIP_REGULAR_EXPRESSION "needs root")

# What floods and a stopped reader cost, with programs and tables of its own.
add_executable(test_overload
  ${CMAKE_CURRENT_LIST_DIR}/overload_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/overload_gateway.cpp)
target_link_libraries(test_overload PRIVATE
  mxray_probe mxray_test_support PkgConfig::LIBBPF mxray_warnings GTest::gmock GTest::gtest_main)
add_test(NAME overload COMMAND test_overload)
set_tests_properties(overload PROPERTIES TIMEOUT 900 SKIP_REGULAR_EXPRESSION "needs root")

# Its namespaces are quickly made, and no program of ours is loaded.
add_executable(test_ident_knock
  ${CMAKE_CURRENT_LIST_DIR}/ident_knock_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/probe_namespace.cpp)
target_link_libraries(test_ident_knock PRIVATE
  mxray_trace mxray_inject mxray_probe mxray_warnings GTest::gmock GTest::gtest_main)
add_test(NAME ident_knock COMMAND test_ident_knock)
set_tests_properties(ident_knock PROPERTIES TIMEOUT 120 SKIP_REGULAR_EXPRESSION "needs root")
