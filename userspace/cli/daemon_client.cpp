// SPDX-License-Identifier: Apache-2.0
#include "cli/daemon_client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/un.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

namespace mxray::cli {
namespace {

constexpr std::size_t kMaxBody = 256U << 20U;   // a runaway answer must not fill the memory
constexpr std::size_t kShortBody = 64U << 10U;  // what the daemon takes at least
constexpr std::size_t kMaxReason = 200;
constexpr std::string_view kLostHeader = "x-mxray-records-lost:";
constexpr std::string_view kCompleteHeader = "x-mxray-complete-since-ns:";
constexpr std::string_view kNextHeader = "x-mxray-next:";

using CurlHandle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// libcurl calls these back; returning another number than `count` aborts.
std::size_t take_body(char* data, std::size_t, std::size_t count, void* user) {
  auto& body = *static_cast<std::string*>(user);
  if (body.size() + count > kMaxBody) return 0;
  body.append(data, count);
  return count;
}

std::size_t take_header(char* data, std::size_t, std::size_t count, void* user) {
  std::string line(data, count);
  for (char& c : line) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  auto& answer = *static_cast<Answer*>(user);
  if (line.starts_with(kNextHeader)) {
    const std::size_t value = line.find_first_not_of(" \t", kNextHeader.size());
    const std::size_t end = line.find_last_not_of(" \t\r\n");
    if (value < line.size() && end >= value) answer.next = line.substr(value, end - value + 1);
    return count;
  }
  std::uint64_t* const number = line.starts_with(kLostHeader)       ? &answer.records_lost
                                : line.starts_with(kCompleteHeader) ? &answer.complete_since_ns
                                                                    : nullptr;
  const std::size_t digit = line.find_first_of("0123456789");
  if (number != nullptr && digit != std::string::npos) {
    std::from_chars(line.data() + digit, line.data() + line.size(), *number);
  }
  return count;
}

std::string url_of(const std::string& path, const Query& query) {
  std::string url = "http://mxrayd" + path;
  char separator = '?';
  for (const auto& [name, value] : query) {
    url += fmt::format("{}{}={}", separator, percent_encode(name), percent_encode(value));
    separator = '&';
  }
  return url;
}

Answer failure(ExitCode exit, std::string message) {
  Answer answer;
  answer.exit = exit;
  answer.message = std::move(message);
  return answer;
}

// The daemon's `{"error": "sentence"}`; the start of anything else.
std::string reason_in(const std::string& body) {
  const auto object = nlohmann::json::parse(body, nullptr, false);
  if (object.is_object() && object.contains("error") && object["error"].is_string()) {
    return object["error"].get<std::string>();
  }
  return body.empty() ? "no reason given" : body.substr(0, kMaxReason);
}

Answer judged_by_status(Answer answer, long status, const std::string& path,
                        const std::string& socket_path) {
  if (status == 200) return answer;
  answer.not_found = status == 404;
  // A 4xx is about what was asked, anything else about the daemon.
  answer.exit = status >= 400 && status < 500 ? ExitCode::kUsage : ExitCode::kUnreachable;
  answer.message = fmt::format("mxrayd at {} answered {} to {}: {}", socket_path, status, path,
                               reason_in(answer.body));
  return answer;
}

}  // namespace

Answer DaemonClient::get(const std::string& path, const Query& query) const {
  return perform(path, query, nullptr);
}

Answer DaemonClient::put(const std::string& path, const std::string& body) const {
  return perform(path, {}, &body);
}

/// With a body it is a PUT.
Answer DaemonClient::perform(const std::string& path, const Query& query,
                             const std::string* body) const {
  if (socket_path_.empty() || socket_path_.size() >= sizeof(sockaddr_un::sun_path)) {
    return failure(ExitCode::kUsage,
                   fmt::format("socket path '{}' must have 1 to {} characters; give another one "
                               "with --socket PATH or MXRAY_SOCKET",
                               socket_path_, sizeof(sockaddr_un::sun_path) - 1));
  }
  const CurlHandle handle(curl_easy_init(), &curl_easy_cleanup);
  if (!handle) return failure(ExitCode::kUnreachable, "libcurl could not start: out of memory?");
  CURL* const curl = handle.get();
  Answer answer;
  const std::string url = url_of(path, query);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_path_.c_str());
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // http_proxy of the environment is not for us
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(patience_.count()));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
  // A short body is sent at once; a long one only when the daemon has not refused
  // its length, for a refusal may be lost while the body is still being sent.
  HeaderList headers(nullptr, &curl_slist_free_all);
  if (body != nullptr) {
    headers.reset(curl_slist_append(
        nullptr, body->size() <= kShortBody ? "Expect:" : "Expect: 100-continue"));
    curl_slist_append(headers.get(), "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  }
  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_COULDNT_CONNECT) {
    long error = 0;
    curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error);
    return connect_failure(socket_path_, static_cast<int>(error));
  }
  if (code != CURLE_OK) {
    return failure(ExitCode::kUnreachable,
                   fmt::format("mxrayd at {} did not answer properly ({}); is it mxrayd that "
                               "listens there, and does `systemctl status mxrayd` show it healthy?",
                               socket_path_, curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return judged_by_status(std::move(answer), status, path, socket_path_);
}

Answer DaemonClient::not_understood(std::string_view what, std::string_view problem) const {
  return failure(ExitCode::kUnreachable,
                 fmt::format("mxrayd at {} sent something that is no {}: {}; are mxray and mxrayd "
                             "of the same version?",
                             socket_path_, what, problem));
}

Answer connect_failure(const std::string& socket_path, int error) {
  if (error == EACCES || error == EPERM) {
    return failure(ExitCode::kPermission,
                   fmt::format("no permission to open {}; run mxray as root or join the group that "
                               "owns the socket",
                               socket_path));
  }
  return failure(ExitCode::kUnreachable,
                 fmt::format("no mxrayd answers at {} ({}); start one with `mxrayd --interface IF` "
                             "or `systemctl start mxrayd`, or name its socket with --socket PATH",
                             socket_path, error == 0 ? "cannot connect" : std::strerror(error)));
}

std::vector<std::string_view> lines_of(std::string_view body) {
  std::vector<std::string_view> lines;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    if (end > 0) lines.push_back(body.substr(0, end));
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return lines;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        byte < 0x80 && (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~');
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out;
}

}  // namespace mxray::cli
