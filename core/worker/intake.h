/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Step 2 of a turn: from an entrypoint's message to a message of the turn. Finds out which command it is, reads its
 * JSON and settles its identity. A malformed message is added as one that is refused: decoding never fails for what a
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
    bool is_answered;          /* its senders wait for an answer */
    bool uses_ids;             /* `dedupe: id`: a message with a position is known by its id as well */
};

/* OK, NOMEM. */
enum gw_status gw_intake_open(struct gw_intake *intake, struct gw_text entrypoint, bool is_answered, bool uses_ids);
void gw_intake_close(struct gw_intake *intake);

/* Adds a message to the turn. source is NULL for one without a position, and tag the source's short name. The
 * message's bytes must live until the turn's reset. OK, NOMEM. */
enum gw_status gw_intake_add(struct gw_intake *intake, struct gw_turn *turn, const struct gw_message *message,
                             struct gw_turn_source *source, const char *tag);

/* Adds the payload of a dead letter that is run again, under its old identity. OK, NOMEM. */
enum gw_status gw_intake_add_replay(struct gw_intake *intake, struct gw_turn *turn, const struct gw_dead_entry *entry);

#endif
