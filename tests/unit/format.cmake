# SPDX-License-Identifier: Apache-2.0
mxray_test(format
  SOURCES format_dns_json_test.cpp format_explain_test.cpp format_incident_json_test.cpp format_path_json_test.cpp
          format_samples.cpp format_schema_test.cpp format_status_json_test.cpp format_table_test.cpp
  LIBRARIES mxray_format)
target_include_directories(test_format SYSTEM PRIVATE ${JSON_INCLUDE_DIR})
target_compile_definitions(test_format PRIVATE
  MXRAY_SCHEMA_FILE="${PROJECT_SOURCE_DIR}/docs/incident.schema.json")

# A real validator judges the same lines, where python3-jsonschema is installed.
add_executable(format_samples_main format_samples_main.cpp format_samples.cpp)
target_link_libraries(format_samples_main PRIVATE mxray_format mxray_warnings)
add_test(NAME format.schema_validates_every_line
  COMMAND sh -c "$<TARGET_FILE:format_samples_main> | python3 ${CMAKE_CURRENT_SOURCE_DIR}/format_validate.py ${PROJECT_SOURCE_DIR}/docs/incident.schema.json")
set_tests_properties(format.schema_validates_every_line PROPERTIES SKIP_RETURN_CODE 77)
