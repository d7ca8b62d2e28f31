/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stamps: random numbers that tell apart two states of a database that have the same version or outbox number. The
 * repository port's header says where they are stored and compared. Any thread.
 */
#ifndef GW_SERVICE_STAMP_H
#define GW_SERVICE_STAMP_H

#include <stdint.h>

/* Draws a new stamp: 1 to GW_STAMP_MAX. */
int64_t gw_stamp_draw(void);

#endif
