# SPDX-License-Identifier: Apache-2.0
# Is it known why a server refuses, and does nothing name a mailbox?
mxray_test(replies
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/mailbox_names_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/reply_lines_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/reply_reasons_test.cpp
  LIBRARIES mxray_analysis)
target_compile_definitions(test_replies PRIVATE
  MXRAY_REPLY_TEXTS="${CMAKE_CURRENT_LIST_DIR}/reply_texts.tsv")

# Is refused, proxied and unauthenticated mail told from ordinary mail?
mxray_test(verdict_dialogue
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/senders_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_forged_refusal_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_proxy_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_refusal_weight_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_rejected_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_submission_test.cpp
  LIBRARIES mxray_replay mxray_test_support)
