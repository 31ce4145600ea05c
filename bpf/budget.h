/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How much may a packet that anybody can send cost in this second?
 *
 * Each CPU has its own count, so that none waits for another.
 */
#ifndef MXRAY_BPF_BUDGET_H
#define MXRAY_BPF_BUDGET_H

#include "environment.h"

CORE_BEGIN

/* A scan or a flood of SYNs must not push the records of healthy connections out. */
enum { MAX_ATTEMPTS_A_SECOND = 256 };
#define BUDGET_SECOND_NS 1000000000ull

CORE_INLINE struct attempt_budget *budget_of_second(struct environment *env, u64 now_ns) {
  struct attempt_budget *budget = env_attempt_budget(env);
  if (budget && now_ns - budget->since_ns >= BUDGET_SECOND_NS) {
    budget->since_ns = now_ns;
    budget->reported = 0;
    budget->opened = 0;
  }
  return budget;
}

/* Whether a record may still be made of an attempt that led to no connection. */
CORE_INLINE int may_report_attempt(struct environment *env, u64 now_ns) {
  struct attempt_budget *budget = budget_of_second(env, now_ns);
  if (!budget) return 0;
  if (budget->reported >= MAX_ATTEMPTS_A_SECOND) {
    env_count(env, COUNT_ATTEMPTS_SUPPRESSED, 1);
    return 0;
  }
  budget->reported++;
  return 1;
}

/* Whether a connection that nobody has proven may still be taken on: each takes the
 * place of one that is. */
CORE_INLINE int may_open_unproven(struct environment *env, u64 now_ns) {
  struct attempt_budget *budget = budget_of_second(env, now_ns);
  if (!budget) return 0;
  if (budget->opened >= env_config(env)->unproven_a_second) {
    env_count(env, COUNT_UNPROVEN_SUPPRESSED, 1);
    return 0;
  }
  budget->opened++;
  return 1;
}

CORE_END

#endif
