# SPDX-License-Identifier: Apache-2.0
# What the page is made of is tested with format's binary, for each new one costs a link.
add_executable(report_captures_main report_captures_main.cpp)
target_link_libraries(report_captures_main PRIVATE mxray_test_support mxray_warnings)
