# SPDX-License-Identifier: Apache-2.0
# Which records does the core make of which packets?
mxray_test(engine
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/engine_attempts_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/engine_dialogue_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/engine_lookup_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/engine_packets_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/engine_privacy_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/engine_routine_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/engine_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/engine_unproven_test.cpp
  LIBRARIES mxray_replay mxray_test_support)

# A program of its own: the core has another environment here than in the replay.
mxray_test(engine_cost
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/engine_cost_test.cpp
  LIBRARIES mxray_base mxray_test_support)
