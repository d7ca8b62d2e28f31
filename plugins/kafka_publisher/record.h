/* SPDX-License-Identifier: Apache-2.0 */
/* Record: an event as Kafka carries it, a CloudEvent in binary mode. Knows the protocol's words, no connection. */
#ifndef KAFKA_PUBLISHER_RECORD_H
#define KAFKA_PUBLISHER_RECORD_H

#include <gangway/port/publisher.h>

#include <librdkafka/rdkafka.h>

/* The headers of an event: rd_kafka_headers_destroy them, unless they go with a record. NULL: no memory. */
rd_kafka_headers_t *record_headers(const struct gw_publication *event);

#endif
