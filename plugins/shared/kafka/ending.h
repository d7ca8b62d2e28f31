/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Destroys a client with a timeout. librdkafka waits for its own threads: as long as name servers do not answer, and
 * (2.0) for ever if a topic was deleted and recreated while its partitions were assigned.
 */
#ifndef KAFKA_ENDING_H
#define KAFKA_ENDING_H

#include "watch.h"

#include <librdkafka/rdkafka.h>

/* Destroys the client of this watch, without leaving its group, and gives the core signs of life meanwhile: the
 * component's thread. If this takes longer than two seconds, a thread of its own continues, which owns all that the
 * client still uses and frees it at last. So the caller may free the watch, and its host may end, when this returns. */
void client_destroy(rd_kafka_t *client, struct kafka_watch *watch);

/* For a client that cannot be destroyed at all: leaves it as it is, with what it uses, for the rest of the process. */
void client_abandon(rd_kafka_t *client, struct kafka_watch *watch);

#endif
