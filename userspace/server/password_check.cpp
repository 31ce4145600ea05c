// SPDX-License-Identifier: Apache-2.0
#include "server/password_check.h"

#include <crypt.h>
#include <fmt/format.h>
#include <gnutls/crypto.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/number.h"

namespace mxray {
namespace {

constexpr std::size_t kHashLength = 60;
constexpr int kHighestCost = 15;  // 2 s; each step doubles it
constexpr int kNice = 10;         // behind the loop, but a login must not starve
constexpr std::size_t kMostRemembered = 1024;

using Digest = std::string;

/// The verdicts on one kind of password, right or wrong; the oldest goes first.
class Remembered {
 public:
  [[nodiscard]] bool has(const Digest& digest) const {
    return std::find(digests_.begin(), digests_.end(), digest) != digests_.end();
  }
  void add(Digest digest) {
    if (has(digest)) return;
    if (digests_.size() >= kMostRemembered) digests_.pop_front();
    digests_.push_back(std::move(digest));
  }

 private:
  std::deque<Digest> digests_;
};

bool matches(const Password& password) {
  // A C string ends at a NUL; what follows must not be free to choose.
  if (password.text.find('\0') != std::string::npos) return false;
  const auto data = std::make_unique<crypt_data>();  // 32 KiB
  const char* made = ::crypt_r(password.text.c_str(), password.hash.c_str(), data.get());
  return made != nullptr && password.hash.size() == std::string_view(made).size() &&
         gnutls_memcmp(made, password.hash.data(), password.hash.size()) == 0;
}

}  // namespace

Status check_bcrypt_hash(std::string_view hash) {
  const bool is_bcrypt = hash.size() == kHashLength && hash[0] == '$' && hash[1] == '2' &&
                         std::string_view("aby").find(hash[2]) != std::string_view::npos &&
                         hash[3] == '$' && hash[6] == '$';
  constexpr std::string_view kLetters =
      "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const bool is_readable =
      is_bcrypt && hash.substr(7).find_first_not_of(kLetters) == std::string_view::npos;
  const auto cost = is_readable ? parse_number<int>(hash.substr(4, 2)) : std::nullopt;
  if (!cost || *cost < 4) {
    return Error{"this is no bcrypt hash; make one with `htpasswd -nBC 10 USER`"};
  }
  if (*cost > kHighestCost) {
    return Error{
        fmt::format("a bcrypt cost of {} takes too long; make the hash anew with one of 10 to {}",
                    *cost, kHighestCost)};
  }
  return Ok{};
}

class PasswordCheck::State {
 public:
  State() {
    if (const int failure = gnutls_rnd(GNUTLS_RND_KEY, key_.data(), key_.size()); failure != 0) {
      throw std::runtime_error(
          fmt::format("no random key for remembered passwords: {}", ::gnutls_strerror(failure)));
    }
  }

  std::optional<bool> known(const Password& password) {
    const Digest digest = digest_of(password);
    const std::scoped_lock lock(mutex_);
    if (right_.has(digest)) return true;
    if (wrong_.has(digest)) return false;
    return std::nullopt;
  }

  [[nodiscard]] bool has_room_for(const std::string& client) const {
    const std::scoped_lock lock(mutex_);
    const auto found = clients_.find(client);
    if (found == clients_.end()) return waiting_ < kMostWaiting;
    return waiting_ < kMostBesideNewcomers && found->second.size() < kMostOfOneClient;
  }

  void work_out(Password password, const std::string& client, std::function<void()> done) {
    const std::scoped_lock lock(mutex_);
    // Not before it is needed: a thread would keep the privileges of the start.
    if (!worker_.joinable()) {
      worker_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
    }
    const auto [place, is_new] = clients_.try_emplace(client);
    if (is_new) turns_.push_back(client);
    place->second.push_back({std::move(password), std::move(done)});
    ++waiting_;
    something_waits_.notify_one();
  }

 private:
  struct Waiting {
    Password password;
    std::function<void()> done;
  };

  [[nodiscard]] Digest digest_of(const Password& password) const {
    std::string text = password.user;
    text.append(1, '\0').append(password.hash).append(1, '\0').append(password.text);
    Digest digest(gnutls_hmac_get_len(GNUTLS_MAC_SHA256), '\0');
    gnutls_hmac_fast(GNUTLS_MAC_SHA256, key_.data(), key_.size(), text.data(), text.size(),
                     digest.data());
    return digest;
  }

  void work(const std::stop_token& stop) {
    sigset_t all;
    ::sigfillset(&all);  // signals are for the loop
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // this thread's
    std::unique_lock lock(mutex_);
    while (something_waits_.wait(lock, stop, [this] { return !turns_.empty(); })) {
      if (stop.stop_requested()) return;
      const std::string client = std::move(turns_.front());
      turns_.pop_front();
      const Waiting next = std::move(clients_.at(client).front());
      lock.unlock();
      // The same may have waited twice.
      if (!known(next.password)) {
        const bool is_right = matches(next.password);
        lock.lock();
        (is_right ? right_ : wrong_).add(digest_of(next.password));
        lock.unlock();
      }
      next.done();
      lock.lock();
      end_turn(client);
    }
  }

  void end_turn(const std::string& client) {
    --waiting_;
    const auto served = clients_.find(client);
    served->second.pop_front();
    if (served->second.empty()) {
      clients_.erase(served);
    } else {
      turns_.push_back(client);
    }
  }

  std::array<char, 32> key_{};
  mutable std::mutex mutex_;  // for all below
  std::condition_variable_any something_waits_;
  std::map<std::string, std::deque<Waiting>> clients_;  // first of it the one under way
  std::size_t waiting_ = 0;                             // and under way, of all
  std::deque<std::string> turns_;                       // of clients, but for the one under way
  Remembered right_;
  Remembered wrong_;
  std::jthread worker_;  // last: the others exist while it runs
};

PasswordCheck::PasswordCheck() : state_(std::make_unique<State>()) {}
PasswordCheck::~PasswordCheck() = default;
std::optional<bool> PasswordCheck::known(const Password& password) {
  return state_->known(password);
}
bool PasswordCheck::has_room_for(const std::string& client) const {
  return state_->has_room_for(client);
}
void PasswordCheck::work_out(Password password, const std::string& client,
                             std::function<void()> done) {
  state_->work_out(std::move(password), client, std::move(done));
}

}  // namespace mxray
