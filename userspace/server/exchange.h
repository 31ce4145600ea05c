// SPDX-License-Identifier: Apache-2.0
// How does one request become one response?
//
// What libmicrohttpd calls for each request. Internal to server/.
#pragma once

#include <microhttpd.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "server/connections.h"
#include "server/gate.h"
#include "server/handshakes.h"
#include "server/http_server.h"

namespace mxray {

/// Request line and headers together, else 431.
constexpr std::size_t kLongestHeaders = std::size_t{16} * 1024;

/// The latest long answer that was compressed: the next is often the same.
struct Compressed {
  std::string plain;
  std::string packed;
};

struct Service {
  explicit Service(std::size_t most_connections) : connections(most_connections) {}

  Connections connections;
  Handler handler{};
  std::size_t max_body = 0;  // 0: only GET and HEAD
  bool compresses = false;   // long answers, for clients that take gzip
  Compressed compressed{};
  std::optional<Gate> gate{};  // empty: everybody may ask
  Handshakes handshakes{};
};

/// The callbacks of a daemon; `context` is the Service.
void on_connection(void* context, MHD_Connection* connection, void** socket_context,
                   MHD_ConnectionNotificationCode code);
std::size_t on_escaped(void* context, MHD_Connection* connection, char* text);
MHD_Result on_request(void* context, MHD_Connection* connection, const char* url,
                      const char* method, const char* version, const char* upload,
                      std::size_t* upload_size, void** request_state);
void on_request_ended(void* context, MHD_Connection* connection, void** request_state,
                      MHD_RequestTerminationCode how);

}  // namespace mxray
