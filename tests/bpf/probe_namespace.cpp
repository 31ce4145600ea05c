// SPDX-License-Identifier: Apache-2.0
// Where can a test make interfaces and traffic without touching the host's?
#include "probe_namespace.h"

#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <span>
#include <stdexcept>

#include "probe/host_facts.h"
#include "probe/links.h"
#include "probe/netlink.h"
#include "probe/programs.h"

namespace mxray::test {
namespace {

Fd current_namespace() {
  Fd fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!fd) throw std::runtime_error("cannot open the network namespace");
  return fd;
}

void enter(int fd) {
  if (::setns(fd, CLONE_NEWNET) != 0) throw std::runtime_error("setns failed");
}

std::optional<Programs>& loaded() {
  static std::optional<Programs> programs;
  return programs;
}

}  // namespace

std::string run(const std::string& command) {
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::string output;
  std::array<char, 4096> buffer{};
  while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), count);
  }
  if (::pclose(pipe) != 0) throw std::runtime_error(command + ": " + output);
  return output;
}

LinkFacts facts_of(const std::string& name) {
  const auto links = read_links();
  if (!links) throw std::runtime_error(links.error().message);
  for (auto facts : *links) {
    if (facts.name != name) continue;
    add_driver_facts(facts);
    return facts;
  }
  throw std::runtime_error("no interface " + name);
}

std::string tc_hook() {
  const auto kernel = read_host_facts().kernel;
  if (!kernel) throw std::runtime_error("the kernel's version cannot be read");
  return *kernel >= kTcxKernel ? "tcx" : "tc";
}

Namespace::Namespace() {
  const Fd home = current_namespace();
  if (::unshare(CLONE_NEWNET) != 0) throw std::runtime_error("unshare failed");
  fd_ = current_namespace();
  enter(home.get());
}

Namespace::Visit::Visit(int fd) : home_(current_namespace()) { enter(fd); }

Namespace::Visit::~Visit() {
  // Going on in the wrong namespace could touch the host's interfaces.
  if (::setns(home_.get(), CLONE_NEWNET) != 0) std::abort();
}

void move_interface(const std::string& name, const Namespace& target) {
  netlink::Request request(RTM_NEWLINK, NLM_F_ACK);
  ifinfomsg header{};
  header.ifi_index = static_cast<int>(facts_of(name).ifindex);
  const int fd = target.fd();
  request.family_header(header).attribute(IFLA_NET_NS_FD, std::as_bytes(std::span(&fd, 1)));
  const auto moved = netlink::exchange(NETLINK_ROUTE, request, [](const netlink::Message&) {});
  if (!moved) throw std::runtime_error(moved.error().message);
}

void InNamespace::SetUp() {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: makes network namespaces and loads BPF";
  home_ = current_namespace();
  ASSERT_EQ(::unshare(CLONE_NEWNET), 0) << "cannot make a network namespace";
}

void InNamespace::TearDown() {
  if (home_ && ::setns(home_.get(), CLONE_NEWNET) != 0) std::abort();
}

void WithPrograms::SetUpTestSuite() {
  if (::geteuid() != 0) return;
  auto programs = Programs::load({default_ports(), 1024});
  ASSERT_TRUE(programs) << programs.error().message;
  loaded().emplace(std::move(*programs));
}

void WithPrograms::TearDownTestSuite() { loaded().reset(); }

void WithPrograms::SetUp() {
  InNamespace::SetUp();
  if (IsSkipped()) return;
  ASSERT_TRUE(loaded()) << "the programs could not be loaded";
}

ProgramFds WithPrograms::programs() {
  return {loaded()->xdp(), loaded()->tc_ethernet(), loaded()->tc_raw()};
}

}  // namespace mxray::test
