/* SPDX-License-Identifier: Apache-2.0 */
/* The connection of the consumers: made when there is none, and used again after deliveries were given back. */
#ifndef AMQP_CONSUMER_JOINING_H
#define AMQP_CONSUMER_JOINING_H

#include "consumer.h"

/* Connects if there is no connection, and consumes the queues that are not consumed. OK: at least one is; as
 * rabbit_broker_open; CONFIG also: no queue exists, or none may be read. The connection is then kept. */
enum gw_status joining_join(struct consumer *self, struct gw_error *reterr);

/* Ends the connection after a failure, and drops what was not given to the core. */
void joining_leave(struct consumer *self);

#endif
