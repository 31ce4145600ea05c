# SPDX-License-Identifier: Apache-2.0
mxray_test(server
  SOURCES daemon_made_up.cpp server_access_test.cpp server_client.cpp server_connections_test.cpp
    server_flood_test.cpp server_http_test.cpp
    server_negotiation_test.cpp server_password_test.cpp server_socket_test.cpp server_tls.cpp server_upload_test.cpp
    server_web_config_test.cpp
  LIBRARIES mxray_analysis mxray_server PkgConfig::GNUTLS PkgConfig::LIBCRYPT ZLIB::ZLIB)
