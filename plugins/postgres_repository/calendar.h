/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and times as the server counts them, from the first day of 2000, and as the port writes them. No state. */
#ifndef POSTGRES_CALENDAR_H
#define POSTGRES_CALENDAR_H

#include <stdint.h>

/* The server's date for the port's number (20261224). A number that is no date gives a date that the server refuses. */
int32_t calendar_date(int32_t eta);
int32_t calendar_eta(int32_t date);

/* Milliseconds since 1970 of the server's timestamptz. */
int64_t calendar_unix_ms(int64_t time);

#endif
