/* SPDX-License-Identifier: Apache-2.0 */
/* Converts dates and times between the server's form, counted from the first day of 2000, and the port's. No state. */
#ifndef POSTGRES_CALENDAR_H
#define POSTGRES_CALENDAR_H

#include <stdint.h>

/* The server's date for the port's number (20261224). For a number that is not a date it returns a date that the server
 * refuses. */
int32_t calendar_date(int32_t eta);
int32_t calendar_eta(int32_t date);

/* A timestamptz of the server as milliseconds since 1970. */
int64_t calendar_unix_ms(int64_t time);

#endif
