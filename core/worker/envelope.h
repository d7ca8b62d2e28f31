/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CloudEvents 1.0 in structured mode: whether the payload of a message is an envelope, and what is inside. Reads bytes
 * only: knows no command. Any thread.
 */
#ifndef GW_WORKER_ENVELOPE_H
#define GW_WORKER_ENVELOPE_H

#include "base/arena.h"
#include "service/cloud_event.h"
#include "json/json.h"

#include <gangway/error.h>

#include <stdbool.h>

/* An envelope's attributes; each is empty where it is missing or no string. */
struct gw_envelope {
    struct gw_text type;
    struct gw_text source;
    struct gw_text id;
    struct gw_text data; /* the bytes of a JSON object, of `data` or `data_base64` */
};

/* Whether the payload is an envelope: by its content type, or because it has a specversion. */
bool gw_envelope_is_present(const struct gw_event_headers *headers, const struct gw_json_object *payload);

/* Reads an envelope; data that was base64 is in arena. INVALID: there is no data to be read, with the attribute's name;
 * the other members are set nevertheless. NOMEM. */
enum gw_status gw_envelope_read(struct gw_arena *arena, const struct gw_json_object *envelope,
                                struct gw_envelope *ret_event, struct gw_error *reterr);

#endif
