# SPDX-License-Identifier: Apache-2.0
mxray_test(cli
  SOURCES cli_arguments_test.cpp cli_bounces_test.cpp cli_check_dns_test.cpp cli_client_test.cpp
          cli_completion_test.cpp cli_daemon_commands_test.cpp
          cli_doctor_test.cpp cli_fake_daemon.cpp cli_filter_test.cpp cli_flows_test.cpp
          cli_follow_test.cpp cli_group_test.cpp cli_moment_test.cpp cli_output_test.cpp
          cli_place_test.cpp cli_poller_test.cpp cli_replay_summary_test.cpp cli_replay_test.cpp
          cli_report_test.cpp format_samples.cpp
  LIBRARIES mxray_cli mxray_server mxray_test_support)
target_include_directories(test_cli SYSTEM PRIVATE ${JSON_INCLUDE_DIR})

foreach(shell bash zsh fish)
  add_test(NAME completion_${shell}
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/completion_test.sh $<TARGET_FILE:mxray>
      ${PROJECT_SOURCE_DIR}/userspace/cli/completions ${shell})
  set_tests_properties(completion_${shell} PROPERTIES SKIP_RETURN_CODE 77)
endforeach()
if(TARGET mxrayd)
  add_test(NAME manual
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/manual_test.sh ${PROJECT_BINARY_DIR}/man
      $<TARGET_FILE:mxray> $<TARGET_FILE:mxrayd>
      ${PROJECT_SOURCE_DIR}/userspace/daemon/mxrayd.example.yaml)
  set_tests_properties(manual PROPERTIES SKIP_RETURN_CODE 77)
endif()
