# SPDX-License-Identifier: Apache-2.0
mxray_test(cli
  SOURCES cli_arguments_test.cpp cli_bounces_test.cpp cli_check_dns_test.cpp cli_client_test.cpp
          cli_daemon_commands_test.cpp
          cli_doctor_test.cpp cli_fake_daemon.cpp cli_follow_test.cpp cli_group_test.cpp
          cli_place_test.cpp cli_poller_test.cpp cli_replay_summary_test.cpp cli_replay_test.cpp cli_report_test.cpp
          format_samples.cpp
  LIBRARIES mxray_cli mxray_server mxray_test_support)
target_include_directories(test_cli SYSTEM PRIVATE ${JSON_INCLUDE_DIR})
