/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that wait to be sent: frames are encoded behind each other, and written as far as the socket takes them. So a
 * broker that does not read never blocks a thread. The owner looks at rabbit_outgoing_len before it adds more.
 */
#ifndef RABBIT_OUTGOING_H
#define RABBIT_OUTGOING_H

#include "library.h"
#include "wire.h"

#include <gangway/error.h>
#include <gangway/sdk/buffer.h>
#include <gangway/text.h>

#include <stddef.h>
#include <stdint.h>

enum {
    RABBIT_OUTGOING_MAX = 16 * 1024 * 1024, /* waiting bytes */
    RABBIT_METHOD_MAX = 4096                /* of a method frame, which every connection may send */
};

struct rabbit_outgoing {
    struct gw_buffer bytes;
    size_t at; /* the bytes before it were written */
};

void rabbit_outgoing_init(struct rabbit_outgoing *outgoing);
void rabbit_outgoing_done(struct rabbit_outgoing *outgoing);

/* How many bytes wait. */
size_t rabbit_outgoing_len(const struct rabbit_outgoing *outgoing);

/* Adds bytes that are no frame: the header of the protocol. OK; NOMEM. */
enum gw_status rabbit_outgoing_raw(struct rabbit_outgoing *outgoing, const char *bytes, size_t len,
                                   struct gw_error *reterr);

/* Adds a method with its struct of rabbitmq-c, which is borrowed for the call. OK; PERMANENT: a text of it is too long,
 * or all are together; NOMEM. Nothing was added when it fails. */
enum gw_status rabbit_outgoing_method(struct rabbit_outgoing *outgoing, uint16_t channel, amqp_method_number_t number,
                                      void *method, struct gw_error *reterr);

/* Adds a message: basic.publish, its header, and its body in frames of at most frame_max bytes, all borrowed for the
 * call. OK; PERMANENT: a text of it is too long, or its properties are together; NOMEM. Nothing was added when it
 * fails.
 */
enum gw_status rabbit_outgoing_content(struct rabbit_outgoing *outgoing, uint16_t channel, uint32_t frame_max,
                                       amqp_basic_publish_t *publish, amqp_basic_properties_t *properties,
                                       struct gw_text body, struct gw_error *reterr);

/* Adds a heartbeat. OK; NOMEM. */
enum gw_status rabbit_outgoing_heartbeat(struct rabbit_outgoing *outgoing, struct gw_error *reterr);

/* Writes what the socket takes now. OK, with *ret_written bytes; TRANSIENT: the connection is lost. */
enum gw_status rabbit_outgoing_write(struct rabbit_outgoing *outgoing, struct rabbit_wire *wire, size_t *ret_written,
                                     struct gw_error *reterr);

#endif
