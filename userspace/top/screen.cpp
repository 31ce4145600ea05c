// SPDX-License-Identifier: Apache-2.0
#include "top/screen.h"

#include <fmt/format.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <clocale>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/text.h"

// Its macros would take names like `move` and `clear` from everybody.
#define NCURSES_NOMACROS 1
#include <curses.h>

namespace mxray::top {
namespace {

constexpr int kEscapeDelay_ms = 25;  // a lone Esc, or the start of a longer key?

enum Pair : short { kGreen = 1, kYellow, kRed, kCyan };

attr_t attributes_of(Style style) {
  switch (style) {
    case Style::kPlain: break;
    case Style::kDim: return A_DIM;
    case Style::kBold: return A_BOLD;
    case Style::kBar:
    case Style::kSelected: return A_REVERSE;
    case Style::kRule: return A_BOLD;
    case Style::kGood:
    case Style::kWarning: break;
    case Style::kAlarm: return A_BOLD;
  }
  return A_NORMAL;
}

short pair_of(Style style) {
  switch (style) {
    case Style::kGood: return kGreen;
    case Style::kWarning: return kYellow;
    case Style::kAlarm: return kRed;
    default: return 0;
  }
}

std::string utf8_of(wint_t character) {
  std::array<char, MB_LEN_MAX> bytes{};
  std::mbstate_t state{};
  const std::size_t count = std::wcrtomb(bytes.data(), static_cast<wchar_t>(character), &state);
  return count <= bytes.size() ? std::string(bytes.data(), count) : std::string();
}

std::optional<Key> function_key(wint_t code) {
  switch (code) {
    case KEY_UP: return Key{Key::Name::kUp, {}};
    case KEY_DOWN: return Key{Key::Name::kDown, {}};
    case KEY_LEFT: return Key{Key::Name::kLeft, {}};
    case KEY_RIGHT: return Key{Key::Name::kRight, {}};
    case KEY_PPAGE: return Key{Key::Name::kPageUp, {}};
    case KEY_NPAGE: return Key{Key::Name::kPageDown, {}};
    case KEY_HOME: return Key{Key::Name::kHome, {}};
    case KEY_END: return Key{Key::Name::kEnd, {}};
    case KEY_ENTER: return Key{Key::Name::kEnter, {}};
    case KEY_BTAB: return Key{Key::Name::kBackTab, {}};
    case KEY_BACKSPACE: return Key{Key::Name::kBackspace, {}};
    default: return std::nullopt;
  }
}

std::optional<Key> character_key(wint_t character) {
  switch (character) {
    case '\r':
    case '\n': return Key{Key::Name::kEnter, {}};
    case '\t': return Key{Key::Name::kTab, {}};
    case 0x1b: return Key{Key::Name::kEscape, {}};
    case '\b':
    case 0x7f: return Key{Key::Name::kBackspace, {}};
    default: break;
  }
  if (character < 0x20) return std::nullopt;
  const std::string text = utf8_of(character);
  return text.empty() ? std::nullopt : std::optional(Key{Key::Name::kCharacter, text});
}

std::string terminal_type() {
  const char* type = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): before any thread
  return sanitize(std::string_view(type == nullptr ? "" : type), 32);
}

}  // namespace

class Screen::Terminal {
 public:
  explicit Terminal(SCREEN* screen) : screen_(screen) {}
  ~Terminal() {
    endwin();
    delscreen(screen_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool colour = false;
  Letters letters = Letters::kAscii;

 private:
  SCREEN* screen_;
};

Screen::Screen(std::unique_ptr<Terminal> terminal) : terminal_(std::move(terminal)) {}
Screen::~Screen() = default;
Screen::Screen(Screen&&) noexcept = default;
Screen& Screen::operator=(Screen&&) noexcept = default;

Result<Screen> Screen::open(bool colour) {
  std::setlocale(LC_CTYPE, "");  // which letters there are; numbers stay as they are
  SCREEN* const screen = newterm(nullptr, stdout, stdin);
  if (screen == nullptr) {
    return Error{
        fmt::format("the terminal type '{}' is unknown here; set TERM to one that "
                    "`infocmp` knows, as in TERM=vt100 mxray top",
                    terminal_type())};
  }
  auto terminal = std::make_unique<Terminal>(screen);
  char name[] = "cup";  // tigetstr of old takes no const
  const char* const place_cursor = tigetstr(name);
  // terminfo's way to say that it is none. NOLINTNEXTLINE(performance-no-int-to-ptr)
  if (place_cursor == nullptr || place_cursor == reinterpret_cast<char*>(-1)) {
    terminal.reset();
    return Error{
        fmt::format("a terminal of type '{}' cannot place its cursor; set TERM to what "
                    "it really is, or use `mxray incidents --follow`",
                    terminal_type())};
  }
  terminal->letters =
      std::string_view(nl_langinfo(CODESET)) == "UTF-8" ? Letters::kUtf8 : Letters::kAscii;
  terminal->colour = colour && has_colors();
  if (terminal->colour) {
    start_color();
    const short background = use_default_colors() == OK ? -1 : COLOR_BLACK;
    init_pair(kGreen, COLOR_GREEN, background);
    init_pair(kYellow, COLOR_YELLOW, background);
    init_pair(kRed, COLOR_RED, background);
  }
  cbreak();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  set_escdelay(kEscapeDelay_ms);
  curs_set(0);
  return Screen(std::move(terminal));
}

Letters Screen::letters() const { return terminal_->letters; }

Size Screen::size() const {
  return {.rows = static_cast<std::size_t>(getmaxy(stdscr)),
          .columns = static_cast<std::size_t>(getmaxx(stdscr))};
}

void Screen::show(const Picture& picture) {
  werase(stdscr);
  for (std::size_t row = 0; row < picture.size(); ++row) {
    wmove(stdscr, static_cast<int>(row), 0);
    for (const Piece& piece : picture[row]) {
      wattr_set(stdscr, attributes_of(piece.style),
                terminal_->colour ? pair_of(piece.style) : short{0}, nullptr);
      // Fails in the last place of the terminal, after writing it.
      waddnstr(stdscr, piece.text.data(), static_cast<int>(piece.text.size()));
    }
  }
  wattr_set(stdscr, A_NORMAL, 0, nullptr);
  wrefresh(stdscr);
}

std::optional<Key> Screen::next_key() {
  for (;;) {
    wint_t input = 0;
    const int kind = wget_wch(stdscr, &input);
    if (kind == ERR) return std::nullopt;
    auto key = kind == KEY_CODE_YES ? function_key(input) : character_key(input);
    if (key) return key;  // else one that means nothing here
  }
}

void Screen::resize() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return;
  resizeterm(size.ws_row, size.ws_col);
  clearok(curscr, TRUE);
}

void Screen::leave() {
  def_prog_mode();
  endwin();
}

void Screen::come_back() {
  reset_prog_mode();
  resize();
  clearok(curscr, TRUE);
  curs_set(0);
}

}  // namespace mxray::top
