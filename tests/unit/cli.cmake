# SPDX-License-Identifier: Apache-2.0
mxray_test(cli
  SOURCES cli_arguments_test.cpp cli_client_test.cpp cli_daemon_commands_test.cpp
          cli_fake_daemon.cpp cli_follow_test.cpp cli_group_test.cpp cli_place_test.cpp
          cli_replay_summary_test.cpp
          format_samples.cpp
  LIBRARIES mxray_cli mxray_server mxray_test_support)
if(TARGET mxray_host_checks)
  target_sources(test_cli PRIVATE cli_doctor_test.cpp)
endif()
if(TARGET mxray_replay AND EXISTS ${PROJECT_SOURCE_DIR}/userspace/replay/replay.h)
  target_sources(test_cli PRIVATE cli_replay_test.cpp)
endif()
target_include_directories(test_cli SYSTEM PRIVATE ${JSON_INCLUDE_DIR})
