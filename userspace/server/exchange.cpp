// SPDX-License-Identifier: Apache-2.0
#include "server/exchange.h"

#include <fmt/format.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/number.h"
#include "server/gzip.h"
#include "server/negotiation.h"

namespace mxray {
namespace {

// A shorter answer fits into a packet as it is.
constexpr std::size_t kWorthCompressing = 1400;

struct DestroyResponse {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};
using ResponseHandle = std::unique_ptr<MHD_Response, DestroyResponse>;

MHD_Result collect_argument(void* context, MHD_ValueKind, const char* key, const char* value) {
  auto& query = *static_cast<std::map<std::string, std::string>*>(context);
  const std::string_view text = value == nullptr ? "" : value;
  const auto [entry, is_new] = query.emplace(key, text);
  if (!is_new) entry->second.append(",").append(text);
  return MHD_YES;
}

void free_body(void* body) { delete static_cast<std::string*>(body); }

/// The library holds the body until the last byte is sent, so a long one is
/// handed over instead of copied.
ResponseHandle make_response(std::string body) {
  auto owned = std::make_unique<std::string>(std::move(body));
  ResponseHandle response(MHD_create_response_from_buffer_with_free_callback_cls(
      owned->size(), owned->data(), &free_body, owned.get()));
  if (response) static_cast<void>(owned.release());
  return response;
}

std::string_view header(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? std::string_view() : value;
}

void compress(Service& service, MHD_Connection* connection, Response& answer) {
  std::string& vary = answer.headers["Vary"];
  vary += vary.empty() ? "Accept-Encoding" : ", Accept-Encoding";
  if (answer.body.size() < kWorthCompressing ||
      !accepts_gzip(header(connection, MHD_HTTP_HEADER_ACCEPT_ENCODING))) {
    return;
  }
  Compressed& latest = service.compressed;
  if (latest.plain != answer.body) {
    auto packed = gzip(answer.body);
    if (!packed) return;
    latest = {.plain = std::move(answer.body), .packed = *std::move(packed)};
  }
  answer.body = latest.packed;
  answer.headers["Content-Encoding"] = "gzip";
}

MHD_Result queue(Service& service, MHD_Connection* connection, Response answer) {
  if (service.compresses) compress(service, connection, answer);
  answer.headers.emplace("X-Content-Type-Options", "nosniff");
  if (service.gate) service.gate->add_headers(answer);
  const ResponseHandle response = make_response(std::move(answer.body));
  if (!response) return MHD_NO;
  MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE,
                          answer.content_type.c_str());
  for (const auto& [name, value] : answer.headers) {
    MHD_add_response_header(response.get(), name.c_str(), value.c_str());
  }
  return MHD_queue_response(connection, static_cast<unsigned>(answer.status), response.get());
}

Response call(const Handler& handler, const Request& request) {
  // An exception must not cross the library's C frames; one bad request must
  // not stop the daemon either.
  try {
    return handler(request);
  } catch (const std::exception& failure) {
    return {.status = 500, .body = fmt::format("internal error: {}\n", failure.what())};
  }
}

/// Why a request is refused as soon as its headers are read: its body would only
/// be thrown away, and one of unknown length might never end.
std::optional<Response> refusal(const Service& service, MHD_Connection* connection,
                                std::string_view method) {
  const auto* size = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  if (size != nullptr && size->header_size > kLongestHeaders) {
    return Response{.status = MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                    .body = fmt::format("request line and headers may have {} bytes and no more\n",
                                        kLongestHeaders)};
  }
  if (method == MHD_HTTP_METHOD_GET || method == MHD_HTTP_METHOD_HEAD) return std::nullopt;
  if (service.max_body == 0 || method != MHD_HTTP_METHOD_PUT) {
    const bool with_put = service.max_body > 0;
    return Response{.status = MHD_HTTP_METHOD_NOT_ALLOWED,
                    .body = fmt::format("only GET{} are served here\n",
                                        with_put ? ", HEAD and PUT" : " and HEAD"),
                    .headers = {{"Allow", with_put ? "GET, HEAD, PUT" : "GET, HEAD"}}};
  }
  const auto header = [connection](const char* name) {
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  };
  const char* length = header(MHD_HTTP_HEADER_CONTENT_LENGTH);
  if (length == nullptr || header(MHD_HTTP_HEADER_TRANSFER_ENCODING) != nullptr) {
    return Response{.status = MHD_HTTP_LENGTH_REQUIRED,
                    .body = "say the length of the body with Content-Length\n"};
  }
  if (parse_number<std::size_t>(length).value_or(SIZE_MAX) > service.max_body) {
    return Response{
        .status = MHD_HTTP_CONTENT_TOO_LARGE,
        .body = fmt::format("the body may have {} bytes and no more\n", service.max_body)};
  }
  return std::nullopt;
}

/// What a client sends, until it is complete.
struct Upload {
  std::string body;
};

/// What belongs to a connection, from its begin to its end.
struct Held {
  Connections::Place place;
  std::shared_ptr<const Tls> tls{};  // nullptr: plain
  Handshakes::Client handshake{};
};

Held& held_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return *static_cast<Held*>(info->socket_context);
}

std::unique_ptr<Held> begin(Service& service, MHD_Connection* connection) {
  const auto* client = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const auto* socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  auto held = std::make_unique<Held>(
      Held{.place = service.connections.add(client_of(client->client_addr), socket->connect_fd)});
  const auto* tls = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (tls != nullptr && tls->tls_session != nullptr) {
    auto* session = static_cast<gnutls_session_int*>(tls->tls_session);
    held->tls = service.gate->begin_session(session);
    service.handshakes.begin(held->handshake, connection, session, socket->connect_fd);
  }
  return held;
}

/// The path of a request's target, which may be a whole address (RFC 9112, 3.2.2).
std::string_view path_of(std::string_view target) {
  constexpr std::string_view kMark = "://";
  const std::size_t mark = target.find(kMark);
  if (mark == std::string_view::npos || target.find('/') < mark) return target;
  target.remove_prefix(mark + kMark.size());
  const std::size_t path = target.find('/');
  return path == std::string_view::npos ? "/" : target.substr(path);
}

}  // namespace

void on_connection(void* context, MHD_Connection* connection, void** socket_context,
                   MHD_ConnectionNotificationCode code) {
  auto& service = *static_cast<Service*>(context);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    *socket_context = begin(service, connection).release();
    return;
  }
  // The library has let go of the TLS session by now.
  const std::unique_ptr<Held> held(static_cast<Held*>(std::exchange(*socket_context, nullptr)));
  service.connections.remove(held->place);
  service.handshakes.end(held->handshake);
}

// A NUL would end the library's string and make another page of it. What stays
// escaped is no page's name.
std::size_t on_escaped(void* /*context*/, MHD_Connection* /*connection*/, char* text) {
  const std::string_view escaped = text;
  return escaped.find("%00") == std::string_view::npos ? MHD_http_unescape(text) : escaped.size();
}

// The library calls once with the headers alone, then with each piece of the
// body, then once more: only then is it answered, which keeps the connection
// usable for the next request. Who was put aside is called for once more again.
MHD_Result on_request(void* context, MHD_Connection* connection, const char* url,
                      const char* method, const char* /*version*/, const char* upload,
                      std::size_t* upload_size, void** request_state) {
  auto& service = *static_cast<Service*>(context);
  if (*request_state == nullptr) {
    service.handshakes.asked(held_of(connection).handshake);
    if (auto refused = refusal(service, connection, method)) {
      return queue(service, connection, *std::move(refused));
    }
    *request_state = std::make_unique<Upload>().release();  // see on_request_ended
    return MHD_YES;
  }
  auto& body = static_cast<Upload*>(*request_state)->body;
  if (*upload_size > 0) {
    // What a GET brings is passed over; the length of a PUT was checked.
    if (body.size() + *upload_size <= service.max_body) body.append(upload, *upload_size);
    *upload_size = 0;
    return MHD_YES;
  }
  const Connections::Place place = held_of(connection).place;
  service.connections.moved_on(place);
  if (service.gate) {
    Response refused;
    switch (service.gate->ask(connection, refused)) {
      case Gate::Answer::kAdmitted: break;
      case Gate::Answer::kRefused: return queue(service, connection, std::move(refused));
      case Gate::Answer::kPutAside: service.connections.put_aside(place); return MHD_YES;
    }
  }
  Request request{.path = std::string(path_of(url)),
                  .method = method,
                  .body = std::move(body),
                  .accept = std::string(header(connection, MHD_HTTP_HEADER_ACCEPT))};
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &collect_argument, &request.query);
  return queue(service, connection, call(service.handler, request));
}

// However the request ended, also when its client went away half-way.
void on_request_ended(void* context, MHD_Connection* connection, void** request_state,
                      MHD_RequestTerminationCode /*how*/) {
  auto& service = *static_cast<Service*>(context);
  service.connections.moved_on(held_of(connection).place);
  if (service.gate) service.gate->forget(connection);
  delete static_cast<Upload*>(*request_state);
  *request_state = nullptr;
}

}  // namespace mxray
