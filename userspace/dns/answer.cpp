// SPDX-License-Identifier: Apache-2.0
#include "dns/answer.h"

namespace mxray::dns {

std::string_view name_of(RecordType type) {
  switch (type) {
    case RecordType::kA: return "A";
    case RecordType::kAaaa: return "AAAA";
    case RecordType::kPtr: return "PTR";
    case RecordType::kMx: return "MX";
    case RecordType::kTxt: return "TXT";
  }
  return "?";
}

RecordType address_type(const core::address& address) {
  return is_ipv4(address) ? RecordType::kA : RecordType::kAaaa;
}

}  // namespace mxray::dns
