/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The place of an event in its block as it is stored: four digits. All have the same length, so a block that moves on
 * keeps the length of its row, and SQLite writes the one page that changes and not those with the events.
 */
#ifndef SQLITE_PLACE_H
#define SQLITE_PLACE_H

#include <gangway/text.h>

#include <stdio.h>

enum { PLACE_SIZE = 16 };

/* The text is in `buffer`. */
static inline struct gw_text place_text(uint32_t place, char buffer[PLACE_SIZE])
{
    (void)snprintf(buffer, PLACE_SIZE, "%04u", place);
    return gw_text_of(buffer);
}

static inline uint32_t place_of(struct gw_text text)
{
    uint32_t place = 0;

    for (uint64_t i = 0; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
        place = place * 10 + (uint32_t)(text.ptr[i] - '0');
    return place;
}

#endif
