// SPDX-License-Identifier: Apache-2.0
// How does a function say that it failed?
//
// With a Result<T>: either the value, or an Error whose one sentence says what
// failed, on what, and what to do about it. Exceptions are for start-up only.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace mxray {

/// One sentence for a person: what failed, on what, and the remedy.
struct Error {
  std::string message;
};

/// A value or an Error. Ask with `if (!result)`, read with `*result`.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : content_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return std::holds_alternative<T>(content_); }
  T& operator*() & { return std::get<T>(content_); }
  const T& operator*() const& { return std::get<T>(content_); }
  T&& operator*() && { return std::get<T>(std::move(content_)); }
  T* operator->() { return &std::get<T>(content_); }
  const T* operator->() const { return &std::get<T>(content_); }
  [[nodiscard]] const Error& error() const { return std::get<Error>(content_); }

 private:
  std::variant<T, Error> content_;
};

/// The value of a Result that has nothing to return.
struct Ok {};
using Status = Result<Ok>;

}  // namespace mxray
