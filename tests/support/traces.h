// SPDX-License-Identifier: Apache-2.0
// Which packets made the two incidents that began mxray, S0 and S1?
//
// Two published analyses gave their packet dumps: a forged SMTP reply (S0) and
// a POP3 greeting that waited for ident (S1). These functions rebuild the
// packets with the bytes of the dumps; what a dump does not show is invented
// and said to be so at the place where it is invented.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/timed_packet.h"

namespace mxray::test {

/// How the frames of a trace are wrapped.
enum class Wrapping { kEthernet, kVlan, kQinQ, kPppoe, kNoLinkHeader };

/// S0: 10.4.1.4:60661 to 203.131.198.80:25, from 2006-09-26 14:44:52.643691.
struct ForgedReplyOptions {
  /// What answers the client's RCPT, and how the flow ends.
  enum class Outcome {
    kForged,         // the forged reply, then the genuine one, then QUIT: the dump
    kForgedOnly,     // the genuine reply was lost: only the forged one
    kGenuine,        // no forger: `250 Ok`, QUIT, and a regular end
    kRetransmitted,  // no forger: the same `250 Ok` twice, since its ACK was lost
  };
  /// What lies between the server's greeting and the client's RCPT.
  enum class Middle {
    kAsDumped,       // HELO only; the author left the next four packets out
    kReconstructed,  // HELO, its reply, MAIL FROM, its reply: no gap in the stream
    kCut,            // nothing
  };
  Outcome outcome = Outcome::kForged;
  Middle middle = Middle::kAsDumped;
  std::string forged_text = "500 error\r\n";
  bool ipv6 = false;  // [2001:db8:a::4]:60661 to [2001:db8:cb::80]:25, same numbers
  Wrapping wrapping = Wrapping::kEthernet;
};

/// The reply that the document's other bounces show.
inline constexpr char kForged551[] = "551 User not local; please try <forward-path>\r\n";

/// The packets of S0 in the order of the dump.
std::vector<TimedPacket> forged_reply_trace(const ForgedReplyOptions& options = {});

/// S1: a PC behind a NAT firewall reads mail at 220.160.160.160:110. The outer
/// side sees 218.104.68.171 and the ident queries, the inner side 192.168.1.200
/// and none. The date is invented (2007-03-14), the times of day are not.
enum class IdentCase {
  kDropped,  // firewall 2.6.40, 13:05: ident is dropped, the greeting takes 34.5 s
  kReset,    // firewall 2.6.06, 13:20: ident is refused, the greeting takes 0.6 s
};
std::vector<TimedPacket> ident_stall_outer_trace(IdentCase ident,
                                                 Wrapping wrapping = Wrapping::kEthernet);
std::vector<TimedPacket> ident_stall_inner_trace(IdentCase ident,
                                                 Wrapping wrapping = Wrapping::kEthernet);

}  // namespace mxray::test
