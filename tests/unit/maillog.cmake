# SPDX-License-Identifier: Apache-2.0
mxray_test(maillog
  SOURCES maillog_agreement_test.cpp maillog_dialogue_logs_test.cpp maillog_hostile_test.cpp
          maillog_line_source_test.cpp maillog_match_test.cpp maillog_qmail_test.cpp
          maillog_queue_logs_test.cpp maillog_read.cpp maillog_time_test.cpp
  LIBRARIES mxray_maillog mxray_test_support ZLIB::ZLIB)
