/* SPDX-License-Identifier: Apache-2.0 */
/* Record: an event as a CloudEvent in binary mode for AMQP. Knows the format, and no connection. */
#ifndef AMQP_PUBLISHER_RECORD_H
#define AMQP_PUBLISHER_RECORD_H

#include "amqp/library.h"

#include <gangway/port/publisher.h>
#include <gangway/sdk/buffer.h>

#include <stdbool.h>
#include <stddef.h>

/* The memory of one record, kept for the next. */
struct record {
    amqp_table_entry_t *entries;
    size_t capacity;
    struct gw_buffer names;
};

void record_init(struct record *record);
void record_done(struct record *record);

/* The properties of an event: persistent, its id, type and time, and the attributes of CloudEvents as headers, followed
 * by the trace context. They borrow from the event and the record, until the next call. False: no memory. */
bool record_properties(struct record *record, const struct gw_publication *event,
                       amqp_basic_properties_t *ret_properties);

#endif
