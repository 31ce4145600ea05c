# SPDX-License-Identifier: Apache-2.0
# Are probes and their answers told apart, sent in a good order, and shown?
mxray_test(trace
  SOURCES trace_packet_test.cpp trace_schedule_test.cpp trace_text_test.cpp
  LIBRARIES mxray_trace mxray_cli mxray_test_support)
