// SPDX-License-Identifier: Apache-2.0
// How does one request become one response?
//
// What libmicrohttpd calls for each request. Internal to server/.
#pragma once

#include <microhttpd.h>

#include <cstddef>
#include <optional>
#include <string>

#include "server/gate.h"
#include "server/http_server.h"

namespace mxray {

/// The latest long answer that was compressed: the next is often the same.
struct Compressed {
  std::string plain;
  std::string packed;
};

struct Service {
  Handler handler;
  std::size_t max_body = 0;  // 0: only GET and HEAD
  bool compresses = false;   // long answers, for clients that take gzip
  Compressed compressed{};
  std::optional<Gate> gate{};  // empty: everybody may ask
};

/// The two callbacks of a daemon; `context` is the Service.
MHD_Result on_request(void* context, MHD_Connection* connection, const char* url,
                      const char* method, const char* version, const char* upload,
                      std::size_t* upload_size, void** request_state);
void on_request_ended(void* context, MHD_Connection* connection, void** request_state,
                      MHD_RequestTerminationCode how);

}  // namespace mxray
