/* SPDX-License-Identifier: Apache-2.0 */
/* A delivery as a message of the core. */
#ifndef AMQP_CONSUMER_DELIVERY_H
#define AMQP_CONSUMER_DELIVERY_H

#include "lent.h"

#include <gangway/error.h>
#include <gangway/message.h>
#include <gangway/option.h>

#include "amqp/library.h"

/*
 * Reads a delivery. The message borrows from the loan. A consumer tag is the index of its queue in decimal. The
 * properties `type`, `content-type`, `content-encoding`, `correlation-id` and `reply-to` become headers, unless there
 * are headers of these names; so does the exchange (`amqp-exchange`), and the routing key becomes the key. OK, also
 * when the properties cannot be decoded: the message then has a fault; TRANSIENT: the broker sent something else than a
 * delivery; NOMEM. The caller recycles the pool.
 */
enum gw_status delivery_read(struct loan *loan, const struct gw_option_map *queues, amqp_pool_t *pool,
                             struct gw_message *ret_message, struct gw_error *reterr);

#endif
