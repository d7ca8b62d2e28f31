/* SPDX-License-Identifier: Apache-2.0 */
/* Record: an event as a CloudEvent in binary mode for Kafka. Knows the format, and no connection. */
#ifndef KAFKA_PUBLISHER_RECORD_H
#define KAFKA_PUBLISHER_RECORD_H

#include <gangway/port/publisher.h>

#include <librdkafka/rdkafka.h>

/* Makes the headers of an event. Free them with rd_kafka_headers_destroy, unless a record has taken them. NULL: no
 * memory. */
rd_kafka_headers_t *record_headers(const struct gw_publication *event);

#endif
