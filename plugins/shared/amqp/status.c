/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the status for an answer of an AMQP broker and for an error of rabbitmq-c. See status.h. */
#include "status.h"

#include "library.h"

/*
 * CONFIG is for answers that last until somebody changes the broker or the bootstrap file: a refused login, a missing
 * right, virtual host, queue or exchange, a queue with other properties, a queue that another consumer has exclusively.
 * They are retried nevertheless, at long intervals, because the change may be on the broker.
 *
 * PERMANENT is for one published event: it is too large for the broker, or no queue takes it.
 *
 * Everything else is TRANSIENT: a node that shuts down (connection-forced), a lack of resources, an internal error, and
 * the protocol errors, after which a new connection begins in a known state. An unknown code is TRANSIENT too, because
 * a needless attempt does less harm than an event that is given up needlessly.
 */
enum gw_status rabbit_reply_status(uint16_t code)
{
    switch (code) {
    case 0:
    case AMQP_REPLY_SUCCESS:
        return GW_OK;
    case AMQP_INVALID_PATH:
    case AMQP_ACCESS_REFUSED:
    case AMQP_NOT_FOUND:
    case AMQP_RESOURCE_LOCKED:
    case AMQP_PRECONDITION_FAILED:
    case AMQP_NOT_ALLOWED:
    case AMQP_NOT_IMPLEMENTED:
        return GW_CONFIG;
    case AMQP_CONTENT_TOO_LARGE:
    case AMQP_NO_ROUTE:
    case AMQP_NO_CONSUMERS:
        return GW_PERMANENT;
    default:
        return GW_TRANSIENT;
    }
}

/* The library decodes and encodes only, so bytes that it refuses came from the broker, or do not fit into a frame. */
enum gw_status rabbit_library_status(int code)
{
    switch (code) {
    case AMQP_STATUS_NO_MEMORY:
        return GW_NOMEM;
    case AMQP_STATUS_TABLE_TOO_BIG:
        return GW_PERMANENT;
    default:
        return code < 0 ? GW_TRANSIENT : GW_OK;
    }
}
