/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headers of rabbitmq-c: 0.11 has <amqp.h> only, and 0.15 warns of it. The plugins use the library as a codec of
 * methods, properties and tables. Its connection (amqp_connection_state_t) is not used, because it blocks inside
 * connect, login and send, and decodes frames that it has not checked.
 */
#ifndef RABBIT_LIBRARY_H
#define RABBIT_LIBRARY_H

#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#else
#include <amqp.h>
#include <amqp_framing.h>
#endif

#endif
