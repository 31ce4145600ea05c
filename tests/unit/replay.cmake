# SPDX-License-Identifier: Apache-2.0
# Do capture files of every kind reach the core as they should?
mxray_test(captures
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/capture_file_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/fuzzed_conversation_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/link_header_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/merged_captures_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/random_packets_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/shared_captures_test.cpp
  LIBRARIES mxray_replay mxray_test_support)
