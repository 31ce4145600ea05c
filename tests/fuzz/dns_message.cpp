// SPDX-License-Identifier: Apache-2.0
// Does any answer of a DNS server harm `mxray check dns`?
#include <cstdint>

#include "dns/message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mxray::dns;
  for (const RecordType type :
       {RecordType::kA, RecordType::kPtr, RecordType::kMx, RecordType::kTxt}) {
    (void)read_message({data, size}, "mail.example.org", type);
  }
  return 0;
}
