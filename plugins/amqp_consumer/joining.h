/* SPDX-License-Identifier: Apache-2.0 */
/* Consuming: prefetch and one consumer per queue. */
#ifndef AMQP_CONSUMER_JOINING_H
#define AMQP_CONSUMER_JOINING_H

#include "consumer.h"

/* Connects if there is no connection, and begins to consume. OK; as rabbit_link_open; CONFIG: a queue does not exist,
 * or may not be read. */
enum gw_status joining_join(struct consumer *self, struct gw_error *reterr);

/* Ends the connection after a failure, and drops what was not given to the core. */
void joining_leave(struct consumer *self);

/* Looks at a queue without consuming it. OK: *ret_messages wait in it for *ret_consumers. Else as rabbit_link_call: a
 * missing queue ends the connection. */
enum gw_status joining_look(struct consumer *self, const char *queue, uint32_t *ret_messages, uint32_t *ret_consumers,
                            struct gw_error *reterr);

#endif
