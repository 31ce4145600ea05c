# SPDX-License-Identifier: Apache-2.0
# Is every output safe, whatever a packet holds?
mxray_test(outputs
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/hostile_packets.cpp
    ${CMAKE_CURRENT_LIST_DIR}/hostile_text_test.cpp
  LIBRARIES mxray_cli mxray_daemon mxray_replay mxray_test_support)
target_include_directories(test_outputs SYSTEM PRIVATE ${JSON_INCLUDE_DIR})
