/* SPDX-License-Identifier: Apache-2.0 */
/* The queues of an instance: looks at one, declares one, consumes one. A refusal does not end the connection. */
#ifndef AMQP_CONSUMER_QUEUE_H
#define AMQP_CONSUMER_QUEUE_H

#include "consumer.h"

/* Looks at a queue without consuming it. OK: *ret_messages wait in it for *ret_consumers. CONFIG: it does not exist, or
 * may not be read. Else as rabbit_link_ask. */
enum gw_status queue_look(struct consumer *self, uint64_t index, uint32_t *ret_messages, uint32_t *ret_consumers,
                          struct gw_error *reterr);

/* Declares a queue. OK: it exists, with the properties of the file. CONFIG: it has others, or may not be declared. Else
 * as rabbit_link_ask. */
enum gw_status queue_declare(struct consumer *self, uint64_t index, struct gw_error *reterr);

/* Consumes each queue that is not consumed and due; a queue that is missing is tried again later. OK: at least one is
 * consumed; CONFIG: none is; else why the connection ended. */
enum gw_status queues_consume(struct consumer *self, struct gw_error *reterr);

/* Marks all queues as not consumed, to be looked at with the next call of queues_consume. */
void queues_forget(struct consumer *self);

/* The broker has cancelled the consumer of a queue. */
void queue_cancelled(struct consumer *self, uint64_t index);

/* Ends all consumers, without waiting for an answer. OK; as rabbit_link_send. */
enum gw_status queues_cancel(struct consumer *self, struct gw_error *reterr);

#endif
