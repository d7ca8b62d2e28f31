/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Step 2 of a turn: decodes an entrypoint's message into a message of the turn. It determines the command, parses the
 * JSON and sets the identity. A malformed message is added as a refused one: decoding never fails because of what a
 * sender wrote. Belongs to one worker.
 */
#ifndef GW_WORKER_INTAKE_H
#define GW_WORKER_INTAKE_H

#include "service/turn.h"
#include "json/json.h"

#include <gangway/message.h>

#include <stdbool.h>
#include <stddef.h>

enum { GW_PAYLOAD_MAX_BYTES = 64 * 1024 * 1024 };

struct gw_intake {
    struct gw_json_reader *json;
    struct gw_text entrypoint; /* the component's id */
    bool is_answered;          /* the senders wait for an answer */
    bool uses_ids;             /* `dedupe: id`: a message with a position is also deduplicated by its id */
    bool uses_content;         /* `dedupe: content`: a message without an id is deduplicated by its content */
};

/* OK, NOMEM. */
enum gw_status gw_intake_open(struct gw_intake *intake, struct gw_text entrypoint, bool is_answered, bool uses_ids);
void gw_intake_close(struct gw_intake *intake);

/* Adds a message to the turn. source and tag (the digest of its name) are NULL for a message without a position. The
 * bytes of the message must stay valid until the turn is reset. OK, NOMEM. */
enum gw_status gw_intake_add(struct gw_intake *intake, struct gw_turn *turn, const struct gw_message *message,
                             struct gw_turn_source *source, const char *tag);

/* Adds the payload of a dead letter that is replayed, under its old identity. OK, NOMEM. */
enum gw_status gw_intake_add_replay(struct gw_intake *intake, struct gw_turn *turn, const struct gw_dead_entry *entry);

#endif
