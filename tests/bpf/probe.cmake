# SPDX-License-Identifier: Apache-2.0
# Does the probe choose, attach, follow, count and report as it says?
mxray_test(host_checks
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/probe_hook_choice_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/probe_host_checks_test.cpp
  LIBRARIES mxray_host_checks)

if(TARGET mxray_probe)
  mxray_test(probe
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/probe_attach_test.cpp
            ${CMAKE_CURRENT_LIST_DIR}/probe_clock_test.cpp
            ${CMAKE_CURRENT_LIST_DIR}/probe_interfaces_test.cpp
            ${CMAKE_CURRENT_LIST_DIR}/probe_live_test.cpp
            ${CMAKE_CURRENT_LIST_DIR}/probe_map_reader_test.cpp
            ${CMAKE_CURRENT_LIST_DIR}/probe_namespace.cpp
    LIBRARIES mxray_probe)
endif()
