/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places where a test kills, stops or crashes the process: the boundaries of a turn's steps. Compiled in only with
 * GANGWAY_FAULT_POINTS; else a call is nothing.
 *
 * The environment says which: GANGWAY_FAULT=STEP:N:kill dies by SIGKILL when STEP is reached for the N-th time, by
 * whichever thread that is; STEP:N:stop stops there, by SIGSTOP, until somebody sends SIGCONT; STEP:N:abort calls
 * abort() and STEP:N:fault writes to an address that is not mapped.
 */
#ifndef GW_BASE_FAULT_POINT_H
#define GW_BASE_FAULT_POINT_H

#ifdef GANGWAY_FAULT_POINTS
void gw_fault_point(const char *step);
#else
static inline void gw_fault_point(const char *step)
{
    (void)step;
}
#endif

#endif
