// SPDX-License-Identifier: Apache-2.0
// What is each signal worth?
//
// A weight is log10 of the likelihood ratio forged : genuine. The genuine rates
// were measured on 12,064 complete TCP flows of public captures; where none of
// n flows showed a signal, its rate is taken as 3 / n (95 % confidence). Forged
// packets are taken to show each signal for certain, which matters little
// against rates this low. What could not be measured says "estimate" and is
// taken low. `scripts/base-rates` measures all of them anew on any captures.
//
// Weights add up, which holds only for independent signals; the rules in
// judge.cpp and forged_reset.cpp, and the distance between the thresholds, make
// up for those that are not. docs/detection.md tells the whole of it.
#pragma once

namespace mxray::weight {

// Of data segments.
inline constexpr double kTtlFar = 3.3;            // differs from data so far by > 3: 0.050 %
inline constexpr double kTtlNear = 3.1;           // by 2 or 3: 0.083 % differ by > 1
inline constexpr double kTtlHandshakeFar = 1.8;   // no data yet, SYN-ACK differs by > 3: 1.43 %
inline constexpr double kTtlHandshakeNear = 1.0;  // ... by less: 9.2 %
inline constexpr double kNoTimestamps = 3.6;      // 0 of 12,064
inline constexpr double kWindowZero = 3.6;        // 0 of 12,064
inline constexpr double kDontFragment = 3.1;      // differs from data so far: 0.075 %
inline constexpr double kDontFragmentHandshake = 0.5;  // ... from the SYN-ACK: estimate
inline constexpr double kConflict = 2.9;               // 0.12 %
inline constexpr double kTooEarly = 1.6;               // 2.8 %
inline constexpr double kReflected = 3.7;              // 0 of 13,752 resets; data not measured
inline constexpr double kConstantWindow =
    3.5;                                      // TTL jumps in 0.05 %; that the window follows: est.
inline constexpr double kReservedBits = 2.5;  // estimate: two forgers set all four
inline constexpr double kIpIdCopied = 1.5;    // estimate; by chance 1 in 32,768
inline constexpr double kIpIdRepeated = 2.0;  // beside a conflict only; estimate

// Of resets; those above count, too.
inline constexpr double kResetTtl = 0.9;         // 11.8 % of flows with a RST
inline constexpr double kResetTtlUsual = 0.3;    // ... as in the server's other connections
inline constexpr double kResetSequence = 0.5;    // estimate
inline constexpr double kResetBurst = 1.0;       // estimate
inline constexpr double kResetAhead = 1.5;       // estimate
inline constexpr double kAliveAfterReset = 3.0;  // with something foreign: estimate

// Of a greeting that waits for ident: estimates, none measured.
inline constexpr double kIdentUnanswered = 4.0;  // that very server asks, in that very wait
inline constexpr double kIdentRepeated = 1.0;    // and asks again
inline constexpr double kIdentExplains = 1.5;    // and most of the wait is its doing

// Of a refusal: how surely its reason is known. Estimates.
inline constexpr double kRefusedCodeAndText = 6.0;
inline constexpr double kRefusedText = 4.5;
inline constexpr double kRefusedCode = 3.0;

// Of a stranger at our server that hands in our users' mail without AUTH: estimates.
inline constexpr double kLocalSender = 3.0;     // forwarders and spammers do so, too
inline constexpr double kRepeated = 0.5;        // and again
inline constexpr double kAlsoForeign = -1.0;    // as a forwarder or a list would
inline constexpr double kOwnName = -1.5;        // EHLO with a name of ours: a backup MX
inline constexpr double kRefusedAuth = 2.0;     // the server says that it must log in
inline constexpr double kRefusedTooMany = 2.0;  // ... that it comes too often
inline constexpr double kProxySender = 1.5;     // of a proxy: as kLocalSender
inline constexpr double kForeignName = 1.0;     // EHLO with a foreign server's name
inline constexpr double kProxyRefusedAuth = 1.0;
inline constexpr double kManySenders = 0.5;

// Of port 25 of a host, held against its other mail ports: estimates. About one
// host in twenty has its ports on several boxes, most of them in one place.
inline constexpr double kPortHopsFar = 1.3;   // by more than a route change
inline constexpr double kPortHopsNear = 0.6;  // by 2 or 3
inline constexpr double kPortNearer = 1.8;    // less than half the round trip
inline constexpr double kPortOptions = 0.8;   // another SYN-ACK to the same SYN
inline constexpr double kPortGreeting = 1.0;  // greets with another site's name
inline constexpr double kOtherBox = 3.9;      // all of these together: one fact
inline constexpr double kStarttlsLost = 2.0;  // that port 25 offered before
inline constexpr double kStarttlsOnOtherPort = 1.0;
inline constexpr double kAuthLost = 1.0;
inline constexpr double kOfferMasked = 6.0;     // no server says XXXXXXXA of itself
inline constexpr double kOfferLikeMask = 4.0;   // 250-XXXX, once: somebody's own word?
inline constexpr double kGreetingMasked = 3.5;  // some hide theirs on purpose
inline constexpr double kCommandMasked = 4.0;
// Of a hairpin: estimates, none measured.
inline constexpr double kPublishedElsewhere = 2.0;   // outside clients are led to a server inside
inline constexpr double kAnsweredByGateway = 2.0;    // RST or SYN-ACK that nobody has routed
inline constexpr double kNotForwarded = 1.0;         // a firewall may do that on purpose
inline constexpr double kReturnedInside = 3.0;       // no rule does that on purpose
inline constexpr double kNoSynAck = 1.0;             // the server may be down, too
inline constexpr double kSameSegment = 1.5;          // so the answer cannot come back
inline constexpr double kServerAnswersOthers = 1.0;  // it is not down
inline constexpr double kHairpinAgain = 1.0;         // three times

// Of a masked source: estimates, none measured.
inline constexpr double kMaskedByGateway = 4.0;  // both legs were seen, and the address is ours
inline constexpr double kMaskedByOther = 2.0;    // an address that may be a proxy's
inline constexpr double kMaskedSeveral = 2.0;    // three clients wear it

// Verdicts. With independent signals, 1 false alarm in 10^threshold flows.
inline constexpr double kCertain = 6.0;
inline constexpr double kProbable = 4.0;
inline constexpr double kPossible = 3.0;

}  // namespace mxray::weight
