# SPDX-License-Identifier: Apache-2.0
# Are forgeries grouped rightly, and told honestly?
mxray_test(waves
  SOURCES waves_test.cpp wave_json_test.cpp wave_text_test.cpp
  LIBRARIES mxray_format)
target_include_directories(test_waves SYSTEM PRIVATE ${JSON_INCLUDE_DIR})
