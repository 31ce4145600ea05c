# SPDX-License-Identifier: Apache-2.0
# Do the records lead to the right verdicts?
mxray_test(verdicts
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/verdict_forged_reply_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_forged_reset_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_forged_again_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_habits_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_ident_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_late_ident_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_other_boxes_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_route_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_waiting_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/flow_list_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/lookup_table_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/record_view_test.cpp
  LIBRARIES mxray_replay mxray_metrics mxray_test_support)

# Is one connection one record, and is NAT judged rightly?
mxray_test(verdict_nat
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/verdict_legs_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_hairpin_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_source_masked_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/nat_rules_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/network_test.cpp
  LIBRARIES mxray_replay mxray_test_support)

# Is every kind of forger told, and no odd but genuine host taken for one?
mxray_test(verdict_variants
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/verdict_variants_test.cpp
  LIBRARIES mxray_replay mxray_test_support)

# Is each forged packet of other people's captures found, and nothing else?
mxray_test(captures_verdicts
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/captures_verdicts_test.cpp
  LIBRARIES mxray_replay mxray_test_support)
