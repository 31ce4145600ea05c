# SPDX-License-Identifier: Apache-2.0
# In format's binary, for each new one costs a link.
target_sources(test_format PRIVATE
  report_anonymize_test.cpp report_glossary_test.cpp report_html_test.cpp report_page_test.cpp
  report_samples.cpp)
target_compile_definitions(test_format PRIVATE
  MXRAY_ANALYSIS_FOLDER="${PROJECT_SOURCE_DIR}/userspace/analysis")
target_link_libraries(test_format PRIVATE mxray_report)

# A real browser looks at pages of real captures, where there is one.
add_executable(report_samples_main report_samples_main.cpp report_samples.cpp format_samples.cpp)
target_link_libraries(report_samples_main PRIVATE mxray_report mxray_test_support mxray_warnings)
add_test(NAME report.chromium_shows_it_and_fetches_nothing
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/report_in_chromium.sh
    $<TARGET_FILE:report_samples_main> $<TARGET_FILE:mxray>)
set_tests_properties(report.chromium_shows_it_and_fetches_nothing PROPERTIES
  SKIP_RETURN_CODE 77 TIMEOUT 180)
