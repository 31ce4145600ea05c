# SPDX-License-Identifier: Apache-2.0
# Does `mxray top` show what it should? No terminal is needed for that.
mxray_test(top
  SOURCES format_samples.cpp top_keys_test.cpp top_observed_test.cpp top_text_test.cpp top_view_test.cpp
  LIBRARIES mxray_top)
