/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event that an operator names: a JSON file as jsonl_writer writes a line, `{"type": "OutOfStock", "sku": "LAMP",
 * "orderid": "o1", "qty": 2}`, with or without `id`; or the example of the catalog. Main thread.
 */
#ifndef GW_CLI_EVENT_FILE_H
#define GW_CLI_EVENT_FILE_H

#include "base/arena.h"
#include "service/catalog.h"
#include "json/json.h"

#include <gangway/error.h>
#include <gangway/text.h>

/* All texts are in the arena that it was read into. */
struct gw_named_event {
    const struct gw_event_spec *spec;
    struct gw_text id;            /* empty: the file has none */
    struct gw_text sku;           /* the key of its order */
    struct gw_text payload;       /* the fields as JSON, in the order of the domain */
    struct gw_json_object fields; /* of the payload */
};

/* Reads the file. INVALID: it cannot be read, or is no event that can be routed, and reterr says what was expected and
 * suggests the nearest name; NOMEM. */
enum gw_status gw_event_file_read(struct gw_arena *arena, const char *path, struct gw_named_event *ret_event,
                                  struct gw_error *reterr);

/* The event's example. OK, NOMEM. */
enum gw_status gw_event_file_example(struct gw_arena *arena, const struct gw_event_spec *spec,
                                     struct gw_named_event *ret_event, struct gw_error *reterr);

#endif
