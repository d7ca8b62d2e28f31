/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the gw_message of a record. It points into the message of librdkafka. */
#ifndef KAFKA_CONSUMER_RECORD_H
#define KAFKA_CONSUMER_RECORD_H

#include "lent.h"

#include <gangway/host.h>

/* Sets identity, payload, key, headers and type. `loan` is the place that the message will have. False: no memory. */
bool record_read(const struct gw_host *host, const rd_kafka_message_t *record, const struct source *source,
                 struct loan *loan, size_t max_message, struct gw_message *ret_message);

/* The value that distinguishes a record from another one at the same offset: its timestamp in milliseconds. */
uint64_t record_mark(const rd_kafka_message_t *record);

#endif
