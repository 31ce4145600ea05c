// SPDX-License-Identifier: Apache-2.0
// What is each signal worth?
//
// A weight is log10 of the likelihood ratio forged : genuine. The genuine rates
// were measured on 12,064 complete TCP flows of public captures; where none of
// n flows showed a signal, its rate is taken as 3 / n (95 % confidence). Forged
// packets are taken to show each signal for certain, which matters little
// against rates this low. Weights add up, which holds only for independent
// signals; the rule in judge.cpp and the distance between the thresholds make
// up for those that are not.
#pragma once

namespace mxray::weight {

// Of data segments.
inline constexpr double kTtlFar = 3.3;            // differs from data so far by > 3: 0.050 %
inline constexpr double kTtlNear = 3.1;           // by 2 or 3: 0.083 % differ by > 1
inline constexpr double kTtlHandshakeFar = 1.8;   // no data yet, SYN-ACK differs by > 3: 1.43 %
inline constexpr double kTtlHandshakeNear = 1.0;  // ... by less: 9.2 %
inline constexpr double kNoTimestamps = 3.6;      // 0 of 12,064
inline constexpr double kWindowZero = 3.6;        // 0 of 12,064
inline constexpr double kDontFragment = 3.1;      // 0.075 %
inline constexpr double kConflict = 2.9;          // 0.12 %
inline constexpr double kTooEarly = 1.6;          // 2.8 %
inline constexpr double kReflected = 3.7;         // 0 of 13,752 resets; data not measured

// Of resets.
inline constexpr double kResetTtl = 0.9;         // 11.8 % of flows with a RST
inline constexpr double kResetSequence = 0.5;    // not measured: a guess on the low side
inline constexpr double kResetBurst = 1.0;       // not measured: a guess on the low side
inline constexpr double kAliveAfterReset = 3.0;  // with another TTL: not measured: a guess
inline constexpr double kConstantWindow =
    3.5;  // window - TTL one number, TTLs differ: not measured

// Of a greeting that waits for ident: guesses on the low side, none measured.
inline constexpr double kIdentUnanswered = 4.0;  // that very server asks, in that very wait
inline constexpr double kIdentRepeated = 1.0;    // and asks again
inline constexpr double kIdentExplains = 1.5;    // and most of the wait is its doing

// Verdicts. With independent signals: 1 false alarm in 10^threshold flows.
inline constexpr double kCertain = 6.0;
inline constexpr double kProbable = 4.0;
inline constexpr double kPossible = 3.0;

}  // namespace mxray::weight
