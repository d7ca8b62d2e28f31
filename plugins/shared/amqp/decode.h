/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes methods and properties with rabbitmq-c, after checks that the library lacks: a client decodes only methods
 * that a broker sends to one, tables are not nested too deeply, and properties have one word of flags.
 *
 * The result, and what it points to, is in the pool and in the payload: it is valid until the pool is recycled or the
 * payload changes.
 */
#ifndef RABBIT_DECODE_H
#define RABBIT_DECODE_H

#include "library.h"

#include <gangway/error.h>
#include <gangway/text.h>

/* Decodes the payload of a method frame. OK; TRANSIENT: it is not well-formed, or no method that a broker sends to a
 * client of these plugins; NOMEM. */
enum gw_status rabbit_decode_method(struct gw_text payload, amqp_pool_t *pool, amqp_method_t *ret_method,
                                    struct gw_error *reterr);

/* Decodes the payload of a header frame. A member of the properties is set only where its bit in _flags is, except
 * headers, which are empty then. OK; TRANSIENT: it is not well-formed; NOMEM. */
enum gw_status rabbit_decode_properties(struct gw_text payload, amqp_pool_t *pool,
                                        const amqp_basic_properties_t **ret_properties, struct gw_error *reterr);

#endif
