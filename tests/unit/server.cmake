# SPDX-License-Identifier: Apache-2.0
mxray_test(server
  SOURCES server_client.cpp server_http_test.cpp server_socket_test.cpp server_upload_test.cpp
  LIBRARIES mxray_server)
