/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What CloudEvents 1.0 says about a message: whether its headers are ambiguous, whether its payload is an envelope
 * (structured mode), and what is inside. Reads bytes only: knows no command. Any thread.
 */
#ifndef GW_WORKER_CLOUD_EVENT_H
#define GW_WORKER_CLOUD_EVENT_H

#include "base/arena.h"
#include "json/json.h"

#include <gangway/error.h>
#include <gangway/message.h>

#include <stdbool.h>

/* The name of a header that is there more than once although something is decided by it, or NULL: what the payload is;
 * with decides_type the command; with decides_id the message's id. */
const char *gw_cloud_event_repeated_header(const struct gw_array *headers, bool decides_type, bool decides_id);

/* An envelope's attributes; each is empty where it is missing or no string. */
struct gw_cloud_event {
    struct gw_text type;
    struct gw_text source;
    struct gw_text id;
    struct gw_text data; /* the bytes of a JSON object, of `data` or `data_base64` */
};

/* Whether the payload is an envelope: by its content type, or because it has a specversion. */
bool gw_cloud_event_is_structured(const struct gw_array *headers, const struct gw_json_object *payload);

/* Reads an envelope; data that was base64 is in arena. INVALID: there is no data to be read, with the attribute's name;
 * the other members are set nevertheless. NOMEM. */
enum gw_status gw_cloud_event_read(struct gw_arena *arena, const struct gw_json_object *envelope,
                                   struct gw_cloud_event *ret_event, struct gw_error *reterr);

#endif
