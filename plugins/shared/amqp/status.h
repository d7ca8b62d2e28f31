/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the status for an answer of an AMQP broker and for an error of rabbitmq-c. */
#ifndef RABBIT_STATUS_H
#define RABBIT_STATUS_H

#include <gangway/status.h>

#include <stdint.h>

/* The status for the reply code of connection.close, channel.close or basic.return. */
enum gw_status rabbit_reply_status(uint16_t code);

/* The status for a code of rabbitmq-c, which is below 0 when it fails (enum amqp_status_enum_). */
enum gw_status rabbit_library_status(int code);

#endif
