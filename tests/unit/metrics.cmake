# SPDX-License-Identifier: Apache-2.0
mxray_test(metrics
  SOURCES metrics_documents_test.cpp metrics_histogram_test.cpp metrics_process_test.cpp
          metrics_text_test.cpp metrics_totals_test.cpp
  LIBRARIES mxray_metrics)
target_compile_definitions(test_metrics PRIVATE
  MXRAY_METRICS_DOCUMENT="${PROJECT_SOURCE_DIR}/docs/metrics.md")
