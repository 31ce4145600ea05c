// SPDX-License-Identifier: Apache-2.0
// Does real mail traffic on a watched interface arrive as records?
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/time.h"
#include "probe/probe.h"
#include "probe_namespace.h"
#include "record.h"

namespace mxray::test {
namespace {

using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;

constexpr std::string_view kGreeting = "220 mail.example ESMTP\r\n";

sockaddr_in endpoint(const char* address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &result.sin_addr);
  return result;
}

Fd listen_on(const char* address, std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int again = 1;  // the port of the conversation before
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &again, sizeof again);
  const auto local = endpoint(address, port);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0 ||
      ::listen(fd.get(), 8) != 0) {
    throw std::runtime_error("cannot listen");
  }
  return fd;
}

Fd connect_to(const char* address, std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto remote = endpoint(address, port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&remote), sizeof remote) != 0) {
    throw std::runtime_error("cannot connect");
  }
  return fd;
}

class LiveTest : public InNamespace {
 protected:
  Probe start(ProbeSettings settings) {
    auto probe = Probe::start(std::move(settings), [this](std::span<const std::byte> record) {
      core::record_header header;
      std::memcpy(&header, record.data(), sizeof header);
      headers_.push_back(header);
    });
    if (!probe) throw std::runtime_error(probe.error().message);
    return std::move(*probe);
  }

  static ProbeSettings settings_for(std::vector<std::string> interfaces) {
    ProbeSettings settings;
    settings.interfaces = std::move(interfaces);
    settings.ports = default_ports();
    settings.max_flows = 1024;
    return settings;
  }

  /// `outer` here and `inner` in the server's namespace, both with addresses.
  void make_path() {
    if (!server_side_) server_side_.emplace();
    run("ip link add outer type veth peer name inner");
    move_interface("inner", *server_side_);
    run("ip addr add 10.9.0.1/24 dev outer; ip link set outer up");
    server_side_->inside([] { run("ip addr add 10.9.0.2/24 dev inner; ip link set inner up"); });
  }

  /// A connection to port 25 with a greeting, closed by the client.
  void have_a_conversation() {
    const Fd listener = server_side_->inside([] { return listen_on("10.9.0.2", 25); });
    const Fd client = connect_to("10.9.0.2", 25);
    const Fd server(::accept(listener.get(), nullptr, nullptr));
    (void)::write(server.get(), kGreeting.data(), kGreeting.size());
    std::array<char, 64> buffer{};
    ASSERT_GT(::read(client.get(), buffer.data(), buffer.size()), 0);
  }

  /// Polls until a record of `type` came, at most 2 s.
  const core::record_header* wait_for(Probe& probe, core::record_type type) {
    const std::uint64_t deadline = monotonic_ns() + 2'000'000'000;
    while (monotonic_ns() < deadline) {
      std::vector<pollfd> fds;
      for (const int fd : probe.poll_fds()) fds.push_back({fd, POLLIN, 0});
      ::poll(fds.data(), fds.size(), 5);
      probe.poll();
      for (const auto& header : headers_) {
        if (header.type == type) return &header;
      }
    }
    return nullptr;
  }

  std::optional<Namespace> server_side_;
  std::vector<core::record_header> headers_;
};

class LiveModeTest : public LiveTest, public ::testing::WithParamInterface<AttachMode> {};

TEST_P(LiveModeTest, AConversationBecomesRecordsWithWallClockTimes) {
  make_path();
  auto settings = settings_for({"outer"});
  settings.mode = GetParam();
  const std::uint64_t before = wall_clock_ns();
  auto probe = start(std::move(settings));
  have_a_conversation();
  const auto* opened = wait_for(probe, core::RECORD_FLOW_OPENED);
  ASSERT_NE(opened, nullptr) << "no record within 2 s";
  // The kernel's clock may be as coarse as a jiffy, 10 ms at most.
  EXPECT_GT(opened->time_ns + 20'000'000, before);
  EXPECT_LT(opened->time_ns, wall_clock_ns() + 20'000'000);
  EXPECT_EQ(probe.interface_name(opened->flow.interface), "outer");
  EXPECT_EQ(probe.refused_records(), 0U);
  EXPECT_GT(probe.stats().counters[core::COUNT_MAIL_PACKETS], 0U);
}

INSTANTIATE_TEST_SUITE_P(Modes, LiveModeTest,
                         ::testing::Values(AttachMode::kAuto, AttachMode::kNative,
                                           AttachMode::kGeneric),
                         [](const auto& tested) {
                           switch (tested.param) {
                             case AttachMode::kNative: return "NativeXdp";
                             case AttachMode::kGeneric: return "GenericXdp";
                             default: return "Auto";
                           }
                         });

TEST_F(LiveTest, TrafficFlowsOnAfterTheInterfaceWasMadeAgain) {
  make_path();
  auto probe = start(settings_for({"outer"}));
  run("ip link del outer");
  probe.poll();
  make_path();
  probe.poll();
  have_a_conversation();
  EXPECT_NE(wait_for(probe, core::RECORD_FLOW_OPENED), nullptr) << "blind after re-creation";
}

TEST_F(LiveTest, AMissingInterfaceIsNoErrorIfAnotherOneExists) {
  make_path();
  auto probe = start(settings_for({"outer", "ppp0", "outer"}));
  EXPECT_THAT(probe.stats().attachments,
              ::testing::ElementsAre(
                  Field(&Attachment::hook, tc_hook()), Field(&Attachment::hook, tc_hook()),
                  AllOf(Field(&Attachment::interface, "ppp0"), Field(&Attachment::hook, "none")),
                  Field(&Attachment::hook, "none")));
}

TEST_F(LiveTest, WithoutAnyOfTheInterfacesStartFailsAndListsTheExistingOnes) {
  run("ip link add outer type veth peer name inner");
  const auto probe = Probe::start(settings_for({"eth7", "ppp0"}), [](auto) {});
  ASSERT_FALSE(probe);
  EXPECT_THAT(probe.error().message,
              AllOf(HasSubstr("eth7, ppp0 do not exist"), HasSubstr("outer")));
}

TEST_F(LiveTest, ProgramsAreMeasuredOnlyOnRequest) {
  make_path();
  auto settings = settings_for({"outer"});
  const auto runs_of = [](const KernelStats& stats) {
    std::uint64_t runs = 0, ns = 0;
    for (const ProgramRuns& program : stats.programs) runs += program.runs, ns += program.run_ns;
    return std::pair(runs, ns);
  };
  {
    auto probe = start(settings);
    have_a_conversation();
    ASSERT_NE(wait_for(probe, core::RECORD_FLOW_OPENED), nullptr);
    const KernelStats stats = probe.stats();
    EXPECT_EQ(stats.programs.size(), 3U);
    if (stats.programs_measured) GTEST_SKIP() << "somebody else has the kernel measure";
    EXPECT_EQ(runs_of(stats).first, 0U);
  }
  settings.measure_programs = true;
  auto probe = start(settings);
  have_a_conversation();
  ASSERT_NE(wait_for(probe, core::RECORD_FLOW_OPENED), nullptr);
  const KernelStats stats = probe.stats();
  EXPECT_TRUE(stats.programs_measured);
  EXPECT_GT(runs_of(stats).first, 4U);
  EXPECT_GT(runs_of(stats).second, 0U);
}

TEST_F(LiveTest, TablesAreSizedFromTheNumberOfFlows) {
  make_path();
  auto settings = settings_for({"outer"});
  settings.max_flows = 4096;
  auto probe = start(std::move(settings));
  const auto maps = probe.stats().maps;
  const auto capacity = [&](std::string_view name) -> std::uint64_t {
    for (const auto& map : maps) {
      if (map.name == name) return map.capacity;
    }
    return 0;
  };
  EXPECT_EQ(capacity("client_sides"), 4096U);
  EXPECT_EQ(capacity("half_open"), 1024U);
  EXPECT_EQ(capacity("client_evidence"), 1024U);
  EXPECT_EQ(capacity("ident_pairs"), 4096U);
}

TEST_F(LiveTest, WithoutPrivilegesStartSaysWhichAreMissing) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setuid(65534) != 0) ::_exit(2);
    const auto probe = Probe::start(settings_for({"lo"}), [](auto) {});
    const std::string text = probe ? "started" : probe.error().message;
    (void)::write(pipe[1], text.data(), text.size());
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::array<char, 1024> text{};
  (void)::read(pipe[0], text.data(), text.size() - 1);
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_THAT(text.data(), AllOf(HasSubstr("needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON"),
                                 HasSubstr("setcap")));
}

}  // namespace
}  // namespace mxray::test
