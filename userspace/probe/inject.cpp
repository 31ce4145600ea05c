// SPDX-License-Identifier: Apache-2.0
#include "probe/inject.h"

#include <fmt/format.h>
#include <linux/bpf.h>

#include <bpf/bpf.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "probe/libbpf_log.h"

namespace mxray {
namespace {

Error refused(const char* what) {
  if (errno == EPERM) {
    return Error{
        "sending a packet to this host as from outside needs CAP_BPF and CAP_NET_ADMIN; "
        "run it with sudo"};
  }
  return Error{
      fmt::format("the kernel cannot {} ({}); it must be 5.18 or later, or ask from "
                  "another host",
                  what, std::strerror(errno))};
}

// An XDP program that lets every packet pass: `return XDP_PASS`.
Result<Fd> load_pass() {
  std::array<bpf_insn, 2> instructions{};
  instructions[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  instructions[0].imm = XDP_PASS;
  instructions[1].code = BPF_JMP | BPF_EXIT;
  Fd program(::bpf_prog_load(BPF_PROG_TYPE_XDP, "mxray_pass", "Dual BSD/GPL", instructions.data(),
                             instructions.size(), nullptr));
  if (!program) return refused("load a program");
  return program;
}

}  // namespace

Status inject_frame(unsigned ifindex, std::span<const std::uint8_t> frame) {
  const LibbpfLog quiet;
  auto program = load_pass();
  if (!program) return program.error();
  xdp_md context{};
  context.data_end = static_cast<std::uint32_t>(frame.size());
  context.ingress_ifindex = ifindex;
  bpf_test_run_opts options{};  // LIBBPF_OPTS is no C++
  options.sz = sizeof options;
  options.data_in = frame.data();
  options.data_size_in = static_cast<std::uint32_t>(frame.size());
  options.ctx_in = &context;
  options.ctx_size_in = sizeof context;
  options.repeat = 1;
  options.batch_size = 1;
  options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
  if (::bpf_prog_test_run_opts(program->get(), &options) != 0) {
    return refused("take the packet as one that arrived");
  }
  return Ok{};
}

}  // namespace mxray
