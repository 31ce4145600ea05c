# SPDX-License-Identifier: Apache-2.0
mxray_test(daemon
  SOURCES daemon_command_line_test.cpp daemon_config_test.cpp daemon_incidents_test.cpp
    daemon_made_up.cpp daemon_recalled_test.cpp daemon_routes_test.cpp daemon_run_test.cpp daemon_sessions_test.cpp daemon_supervisor_test.cpp
    daemon_watchfulness_test.cpp daemon_web_test.cpp server_client.cpp small_file_test.cpp
  LIBRARIES mxray_daemon mxray_test_support)
target_compile_definitions(test_daemon PRIVATE
  MXRAY_EXAMPLE_CONFIG="${PROJECT_SOURCE_DIR}/userspace/daemon/mxrayd.example.yaml")
