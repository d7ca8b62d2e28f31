/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CloudEvents 1.0 in structured mode: decides whether the payload of a message is an envelope, and reads it. This file
 * reads bytes and knows no command. Any thread.
 */
#ifndef GW_WORKER_ENVELOPE_H
#define GW_WORKER_ENVELOPE_H

#include "base/arena.h"
#include "service/cloud_event.h"
#include "json/json.h"

#include <gangway/error.h>

#include <stdbool.h>

/* The attributes of an envelope. An attribute that is missing or not a string is empty. */
struct gw_envelope {
    struct gw_text type;
    struct gw_text source;
    struct gw_text id;
    struct gw_text data; /* the bytes of a JSON object, of `data` or `data_base64` */
};

/* Whether the payload is an envelope: its content type says so, or it has a specversion. */
bool gw_envelope_is_present(const struct gw_event_headers *headers, const struct gw_json_object *payload);

/* Reads an envelope. Data that was base64 is decoded into arena. OK; INVALID: the data is missing or unreadable, and
 * the text names the attribute; the other members are set nevertheless; NOMEM. */
enum gw_status gw_envelope_read(struct gw_arena *arena, const struct gw_json_object *envelope,
                                struct gw_envelope *ret_event, struct gw_error *reterr);

#endif
