/* SPDX-License-Identifier: Apache-2.0 */
/* What a link does with the bytes that it has read: frames, methods and messages of the broker. It reads nothing. */
#ifndef RABBIT_LINK_INPUT_H
#define RABBIT_LINK_INPUT_H

#include "link.h"

/* Handles the frames among link->in, up to one that answers the call under way. Methods and messages go to the owner.
 * OK; otherwise why the connection ended, as rabbit_link_serve. */
enum gw_status rabbit_input_take(struct rabbit_link *link, struct gw_error *reterr);

/* The error for a channel that the broker has closed: its status, and the broker's text behind `what`. */
enum gw_status rabbit_input_refuse_close(const amqp_channel_close_t *close, const char *what, struct gw_error *reterr);

#endif
