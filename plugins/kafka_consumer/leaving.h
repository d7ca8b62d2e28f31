/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaving the group, for close.
 *
 * A member that has asked to join and was not assigned partitions yet cannot leave: librdkafka before 2.3.0 aborts the
 * process if such a client is destroyed. The group may take long to answer, as long as another member says nothing. If
 * the client were just kept, it would remain a member that nobody serves, and each further rebalance would wait for it.
 * A client that has begun to leave cannot be destroyed either until it has left, because librdkafka waits for the
 * answer to its last revocation. So a thread of its own serves such a client until it has left.
 */
#ifndef KAFKA_CONSUMER_LEAVING_H
#define KAFKA_CONSUMER_LEAVING_H

#include "consumer.h"

/* Returns all partitions, leaves the group and ends the client, within two seconds. False: the group has not answered,
 * or librdkafka has not, so continue. */
bool leaving_leave(struct consumer *self);

/* Leaves in the background: takes the instance over, without the host, and frees it when it has left. If the process
 * ends before, the member expires. */
void leaving_continue(struct consumer *self);

/* Frees an instance whose client was ended. */
void leaving_free(struct consumer *self);

#endif
