/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wake-up: a flag that threads can wait for, such as a request to stop. It is an eventfd, so a thread can wait for it
 * together with sockets. Any thread.
 */
#ifndef GW_PROCESS_WAKEUP_H
#define GW_PROCESS_WAKEUP_H

#include <stdbool.h>

/* Returns a descriptor that is readable while the wake-up is raised; -1: the system has none left. */
int gw_wakeup_open(void);
void gw_wakeup_close(int wakeup);

/* Raises the wake-up until it is lowered. */
void gw_wakeup_raise(int wakeup);
void gw_wakeup_lower(int wakeup);
bool gw_wakeup_is_raised(int wakeup);

#endif
