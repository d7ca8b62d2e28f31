/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Things that happen once or again and that threads wait for: a stop, a wake-up. An eventfd, so that it can be waited
 * for together with sockets. Any thread.
 */
#ifndef GW_PROCESS_WAKEUP_H
#define GW_PROCESS_WAKEUP_H

#include <stdbool.h>

/* A descriptor that becomes readable when it is raised; -1 when the system has none left. */
int gw_wakeup_open(void);
void gw_wakeup_close(int wakeup);

/* Raises it: it stays raised until it is lowered. */
void gw_wakeup_raise(int wakeup);
void gw_wakeup_lower(int wakeup);
bool gw_wakeup_is_raised(int wakeup);

#endif
