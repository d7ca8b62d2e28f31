/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places where a test kills, stops or crashes the process: the boundaries of a turn's steps. Compiled in only with
 * GANGWAY_FAULT_POINTS; otherwise a call compiles to nothing.
 *
 * The environment variable GANGWAY_FAULT=STEP:N:ACTION selects one, for the N-th time that any thread reaches STEP:
 * `kill` raises SIGKILL, `stop` raises SIGSTOP until another process sends SIGCONT, `abort` calls abort(), `fault`
 * writes to an address that is not mapped. The thread that reached STEP executes nothing behind it before SIGCONT.
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
