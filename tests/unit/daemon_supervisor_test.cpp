// SPDX-License-Identifier: Apache-2.0
// Does a service manager hear what is true, and in the right order?
#include <gmock/gmock.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <fstream>
#include <mutex>
#include <vector>

#include "daemon/status_line.h"
#include "unit/daemon_running.h"

namespace mxray {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RunningDaemon;
using ::testing::StartsWith;

/// The service manager's end of sd_notify(3): a datagram socket in
/// $NOTIFY_SOCKET, which each message reaches whole.
class ServiceManager {
 public:
  explicit ServiceManager(const std::string& path)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    bound_ = ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~ServiceManager() {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
  }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  [[nodiscard]] bool bound() const { return bound_; }

  /// The next message; empty if none comes in time.
  std::string next(int timeout_ms = 5000) {
    pollfd waiting{fd_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, timeout_ms) <= 0) return {};
    std::string message(4096, '\0');
    const ssize_t size = ::recv(fd_.get(), message.data(), message.size(), 0);
    message.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return message;
  }
  /// What has come so far.
  std::vector<std::string> all() {
    std::vector<std::string> messages;
    for (std::string message = next(0); !message.empty(); message = next(0)) {
      messages.push_back(std::move(message));
    }
    return messages;
  }

 private:
  Fd fd_;
  bool bound_ = false;
};

class SupervisedDaemon : public RunningDaemon {
 protected:
  void SetUp() override { ASSERT_TRUE(manager_.bound()); }
  void hang_up() const { ::kill(::getpid(), SIGHUP); }
  ServiceManager manager_{(directory_.path() / "notify").string()};
};

TEST_F(SupervisedDaemon, IsReadyOnlyAfterItHasAttached) {
  std::vector<std::string> before_attaching;
  settings_.start_source = [&, attach = settings_.start_source](const Config& config,
                                                                OnRecord on_record) {
    before_attaching = manager_.all();
    return attach(config, std::move(on_record));
  };
  start();
  EXPECT_THAT(before_attaching, IsEmpty());
  EXPECT_EQ(manager_.next(),
            "READY=1\nSTATUS=watching eth0; 0 connections, 0 incidents since the start");
}

TEST_F(SupervisedDaemon, IsNeverReadyIfItCannotAttach) {
  settings_.start_source = [](const Config&, const OnRecord&) {
    return Result<std::unique_ptr<RecordSource>>(Error{"no such interface"});
  };
  ASSERT_FALSE(Daemon::start(settings_));
  EXPECT_THAT(manager_.all(), Each(Not(HasSubstr("READY=1"))));
}

TEST_F(SupervisedDaemon, TellsTheWholeOfAReload) {
  settings_.reload = [this]() -> Result<Config> { return settings_.config; };
  start();
  EXPECT_THAT(manager_.next(), StartsWith("READY=1\n"));
  hang_up();
  EXPECT_THAT(manager_.next(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_THAT(manager_.next(), StartsWith("READY=1\n"));
}

TEST_F(SupervisedDaemon, TellsOfAConfigurationThatItRefuses) {
  std::atomic<bool> is_good = false;
  settings_.reload = [&]() -> Result<Config> {
    if (!is_good) return Error{"m.yaml:1: nonsense"};
    return settings_.config;
  };
  start();
  manager_.next();
  hang_up();
  EXPECT_THAT(manager_.next(), StartsWith("RELOADING=1\n"));
  EXPECT_THAT(manager_.next(), AllOf(StartsWith("READY=1\n"),
                                     HasSubstr("; the configuration on disk is not in force: "
                                               "m.yaml:1: nonsense")));
  EXPECT_THAT(web("/metrics"), HasSubstr("mxray_config_last_reload_successful 0\n"));
  EXPECT_THAT(api("/v1/status"),
              HasSubstr(R"("reload_problems":{"config":"m.yaml:1: nonsense","web_config":""})"));
  is_good = true;
  hang_up();
  EXPECT_THAT(manager_.next(), StartsWith("RELOADING=1\n"));
  EXPECT_THAT(manager_.next(), AllOf(StartsWith("READY=1\n"), Not(HasSubstr("not in force"))));
  EXPECT_THAT(web("/metrics"), HasSubstr("mxray_config_last_reload_successful 1\n"));
  EXPECT_THAT(api("/v1/status"), HasSubstr(R"("reload_problems":{"config":"","web_config":""})"));
}

TEST_F(SupervisedDaemon, TellsWhichKeysAwaitARestartUntilTheyAreSetBack) {
  std::atomic<bool> differs = true;
  settings_.reload = [&]() -> Result<Config> {
    Config config = settings_.config;
    config.retention.max_bytes = std::uint64_t{1} << 20;
    if (differs) {
      config.interfaces = {"eth1"};
      config.max_flows = 64;
    }
    return config;
  };
  start();
  manager_.next();
  const std::string problem = "interfaces, max_flows changed; restart mxrayd";
  for (int round = 0; round < 2; ++round) {
    hang_up();
    EXPECT_THAT(manager_.next(), StartsWith("RELOADING=1\n"));
    EXPECT_THAT(manager_.next(),
                HasSubstr("; the configuration on disk is not in force: " + problem));
  }
  EXPECT_THAT(web("/metrics"), HasSubstr("mxray_config_last_reload_successful 1\n"));
  EXPECT_THAT(api("/v1/status"), HasSubstr(R"("config":")" + problem + '"'));
  differs = false;
  hang_up();
  EXPECT_THAT(manager_.next(), StartsWith("RELOADING=1\n"));
  EXPECT_THAT(manager_.next(), Not(HasSubstr("not in force")));
  EXPECT_THAT(api("/v1/status"), HasSubstr(R"("config":"")"));
}

TEST_F(SupervisedDaemon, RefusesAllOfAConfigurationWhoseReasonsCannotBeRead) {
  settings_.reload = [this]() -> Result<Config> {
    Config config = settings_.config;
    config.reply_reasons = directory_.path() / "deleted since.txt";
    config.retention.max_bytes = std::uint64_t{1} << 20;
    return config;
  };
  start();
  manager_.next();
  hang_up();
  EXPECT_THAT(manager_.next(), StartsWith("RELOADING=1\n"));
  EXPECT_THAT(manager_.next(), HasSubstr("not in force"));
}

TEST_F(SupervisedDaemon, SaysThatItStopsAndNothingAfterwards) {
  start();
  manager_.next();
  stop();
  EXPECT_THAT(manager_.next(), StartsWith("STOPPING=1"));
  EXPECT_THAT(manager_.all(), IsEmpty());
}

TEST_F(SupervisedDaemon, SendsNoBeatsThatNobodyAskedFor) {
  start();
  manager_.next();
  EXPECT_EQ(manager_.next(1500), "");
}

/// Whose records take as long as somebody holds `gate_`.
class HangingDaemon : public SupervisedDaemon {
 protected:
  class HangingSource : public testing::FakeSource {
   public:
    HangingSource(int fd, OnRecord on_record, std::mutex& gate)
        : FakeSource(fd, std::move(on_record)), gate_(gate) {}
    void poll() override {
      const std::lock_guard pass(gate_);
      FakeSource::poll();
    }

   private:
    std::mutex& gate_;
  };
  HangingDaemon() {
    settings_.start_source = [this](const Config&, OnRecord on_record) {
      return Result<std::unique_ptr<RecordSource>>(
          std::make_unique<HangingSource>(records_.get(), std::move(on_record), gate_));
    };
  }
  std::mutex gate_;
};

TEST_F(HangingDaemon, BeatsOnlyWhileItsLoopTurns) {
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  start();
  EXPECT_THAT(manager_.next(), StartsWith("READY=1\n"));
  EXPECT_EQ(manager_.next(), "WATCHDOG=1");
  EXPECT_EQ(manager_.next(), "WATCHDOG=1");
  {
    const std::lock_guard hold(gate_);
    manager_.all();
    // A beat that was on its way when the gate closed may still arrive.
    manager_.next(1500);
    EXPECT_EQ(manager_.next(1500), "");
  }
  EXPECT_EQ(manager_.next(), "WATCHDOG=1");
}

TEST(StatusLine, NamesWhatIsNotWatchedAndWhatIsWrong) {
  KernelStats kernel;
  kernel.attachments = {{"wan0", "ingress", "xdp_native", ""},
                        {"wan0", "egress", "tcx", ""},
                        {"lan0", "ingress", "tcx", ""},
                        {"lan0", "egress", "none", "it failed"}};
  Totals totals;
  totals.flows_opened[core::PROTOCOL_SMTP] = 3;
  totals.flows_opened[core::PROTOCOL_POP3] = 4;
  totals.flows[core::PROTOCOL_SMTP][0] = 1;  // of these, now
  totals.incidents[0][0] = 2;
  StoreHealth store;
  store.problem = "the disk is full";
  EXPECT_EQ(status_line(kernel, totals, store),
            "watching wan0; 7 connections, 2 incidents since the start; not or only half watched: "
            "lan0; incident store: the disk is full");
  EXPECT_THAT(status_line(kernel, totals, store, {.config = "a", .web_config = "b"}),
              EndsWith("disk is full; the configuration on disk is not in force: a; "
                       "the web configuration on disk is not in force: b"));
  EXPECT_THAT(status_line({}, {}, {}), StartsWith("watching nothing; 0 connections"));
}

}  // namespace
}  // namespace mxray
