# SPDX-License-Identifier: Apache-2.0
# Are the made-up packets what they claim to be?
mxray_test(traces
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/ident_stall_trace_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/packet_builder_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/traces_test.cpp
  LIBRARIES mxray_test_support)
