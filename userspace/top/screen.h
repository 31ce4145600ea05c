// SPDX-License-Identifier: Apache-2.0
// How does a picture come onto the terminal, and a key from it?
//
// The only place with ncurses. There can be one Screen at a time.
#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "top/keys.h"
#include "top/picture.h"

namespace mxray::top {

class Screen {
 public:
  /// Takes over the terminal of standard input and output. Fails if its type is
  /// unknown or cannot place the cursor.
  static Result<Screen> open(bool colour);
  /// Gives the terminal back as it was.
  ~Screen();
  Screen(Screen&&) noexcept;
  Screen& operator=(Screen&&) noexcept;

  [[nodiscard]] Letters letters() const;
  [[nodiscard]] Size size() const;

  void show(const Picture& picture);

  /// A key that is there already; nullopt if there is none.
  std::optional<Key> next_key();

  /// The terminal has another size.
  void resize();

  /// Gives the terminal back for a while; come_back() takes it again.
  void leave();
  void come_back();

 private:
  class Terminal;
  explicit Screen(std::unique_ptr<Terminal> terminal);

  std::unique_ptr<Terminal> terminal_;
};

}  // namespace mxray::top
