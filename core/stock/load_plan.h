/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load plan of a turn: every SKU, batch reference, order line and message id that its commands name, each once, and
 * in the order of the commands what they do: create a batch, allocate a line, look. Grows when the domain reports that
 * something was not loaded. A source marks in it what it answers itself. Lives in the turn's arena; borrows the
 * identifiers of the commands.
 */
#ifndef GW_STOCK_LOAD_PLAN_H
#define GW_STOCK_LOAD_PLAN_H

#include "base/arena.h"
#include "base/table.h"
#include "domain/command.h"
#include "domain/product.h"

#include <gangway/port/repository.h>

#include <stdbool.h>
#include <stddef.h>

struct gw_entry;
struct gw_projection;

/*
 * Batches with room for at least `room`, the first `limit` of them. Each SKU has a first one, and one more for each
 * other quantity that its lines ask for: of the batches that had room for a line when they were loaded, the lines
 * before it can have taken one each, so one batch more than the SKU has lines is enough. A SKU whose lines ask for very
 * many quantities asks for the least of them instead, because each list may cost a walk over all open batches.
 */
struct gw_plan_room {
    struct gw_plan_room *first; /* of the same SKU; the members below the line are only the first's */
    struct gw_plan_room *next;  /* of the same SKU */
    struct gw_identifier sku;
    int64_t room;
    uint32_t limit; /* 0: what the SKU's lines say */

    uint32_t index;  /* among the SKUs of the plan */
    uint32_t lines;  /* how many ask for a batch of this SKU */
    uint32_t others; /* rooms of this SKU that its lines have added beside the first */
    uint32_t misses; /* how often the SKU's batches turned out too few */

    /* Set by the source. */
    bool is_answered; /* without the repository, which is not asked for the SKU's batches */
    bool is_familiar; /* its batches are asked for again and again, so for more than are needed now */
    struct gw_entry *entry;
    struct gw_projection *projection;
};

struct gw_plan_ref {
    struct gw_identifier ref;
    int64_t lowest;     /* GW_LOWEST_NONE: none of its lines */
    bool is_presumable; /* a batch is only to be created under it: that there is none may be presumed */
    bool is_presumed;   /* set by the source: it is, and the repository is not asked for it */
};

struct gw_plan_line {
    struct gw_plan_room *first; /* of its SKU */
    struct gw_identifier orderid;
    int64_t qty;
    bool is_presumable; /* it is only to be allocated: that it is not held may be presumed */
    bool is_presumed;   /* set by the source: it is, and the repository is not asked for it */
};

/* A batch that is to be created, before the line of this index is allocated. */
struct gw_plan_batch {
    struct gw_plan_room *first; /* of its SKU */
    int64_t qty;
    int32_t eta;
    size_t line;
};

struct gw_load_plan {
    struct gw_arena *arena;
    struct gw_table sku_table; /* of struct gw_plan_room: each SKU's first */
    struct gw_table ref_table; /* of struct gw_plan_ref */
    struct gw_plan_room **rooms;
    struct gw_plan_ref **refs;
    struct gw_plan_line *lines;
    struct gw_plan_batch *batches; /* in the order of the commands, as are the lines */
    struct gw_id_request *ids;
    size_t room_count, room_capacity;
    size_t sku_count;
    size_t ref_count, ref_capacity;
    size_t line_count, line_capacity;
    size_t batch_count, batch_capacity;
    size_t id_count, id_capacity;
};

/* An empty plan. Call again after the arena's reset. */
void gw_load_plan_init(struct gw_load_plan *plan, struct gw_arena *arena);

/* Everything that a command names. False when memory has run out. */
bool gw_load_plan_add_command(struct gw_load_plan *plan, const struct gw_command *command);

/* A message id; *ret_index is its place in the request. False when memory has run out. */
bool gw_load_plan_add_id(struct gw_load_plan *plan, const uint8_t id[GW_ID_BYTES], uint32_t *ret_index);

/* What a product of this SKU reported missing; each repetition asks for more. False when memory has run out. */
bool gw_load_plan_add_missing(struct gw_load_plan *plan, struct gw_identifier sku, const struct gw_missing *missing);

/* How many batches with that room are asked for. */
uint32_t gw_plan_room_limit(const struct gw_plan_room *room);

/* The repository's load request for all that the source neither answers nor presumes; its arrays are in `arena`. False
 * when memory has run out. */
bool gw_load_plan_request(const struct gw_load_plan *plan, struct gw_arena *arena, struct gw_load_request *ret_request);

#endif
