/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Destroys a client with a timeout. librdkafka waits for its own threads: as long as name servers do not answer, and
 * (2.0) for ever if a topic was deleted and recreated while its partitions were assigned.
 */
#ifndef KAFKA_ENDING_H
#define KAFKA_ENDING_H

#include <gangway/host.h>

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* Destroys the client, without leaving its group, and gives the core signs of life meanwhile: the component's thread.
 * False: it did not end within two seconds and is left to a thread of its own: what its callbacks use must stay where
 * it is for ever. */
bool client_destroy(rd_kafka_t *client, const struct gw_host *host);

#endif
