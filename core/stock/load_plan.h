/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load plan of a turn: every SKU, batch reference, order line and message id that its commands name, each once;
 * and, in the order of the commands, the batches to create and the lines to allocate. It grows when the domain reports
 * that something was not loaded. A stock source marks in it what it answers itself. Lives in the turn's arena; borrows
 * the identifiers of the commands.
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
 * A request for the first `limit` batches with room for at least `room`. Each SKU has a first one, and a further one
 * for each other quantity of its lines. Each earlier line can take the room of at most one of the batches that had it
 * when they were loaded, so as many batches as the SKU has lines are enough. If the lines of a SKU have very many
 * quantities, the smallest is requested instead, because each list may cost a scan of all open batches.
 */
struct gw_plan_room {
    struct gw_plan_room *first; /* of the same SKU; only the first uses the members below the blank line */
    struct gw_plan_room *next;  /* of the same SKU */
    struct gw_identifier sku;
    int64_t room;
    uint32_t limit; /* 0: derived from the number of lines */

    uint32_t index;  /* among the SKUs of the plan */
    uint32_t lines;  /* how many lines need a batch of this SKU */
    uint32_t others; /* further rooms that the lines of this SKU have added */
    uint32_t misses; /* how often too few batches of the SKU were loaded */

    /* Set by the source. */
    bool is_answered; /* by the source itself, so the repository is not asked for batches of the SKU */
    bool is_familiar; /* its batches are requested again and again, so more are requested than needed now */
    struct gw_entry *entry;
    struct gw_projection *projection;
};

struct gw_plan_ref {
    struct gw_identifier ref;
    int64_t lowest;     /* GW_LOWEST_NONE: none of its lines */
    bool is_presumable; /* a batch is only created under it, so its absence may be presumed */
    bool is_presumed;   /* set by the source: its absence is presumed, and the repository is not asked */
};

struct gw_plan_line {
    struct gw_plan_room *first; /* of its SKU */
    struct gw_identifier orderid;
    int64_t qty;
    bool is_presumable; /* the line is only allocated, so its absence may be presumed */
    bool is_presumed;   /* set by the source: its absence is presumed, and the repository is not asked */
};

/* A batch to create, before the line with this index is allocated. */
struct gw_plan_batch {
    struct gw_plan_room *first; /* of its SKU */
    int64_t qty;
    int32_t eta;
    size_t line;
};

struct gw_load_plan {
    struct gw_arena *arena;
    struct gw_table sku_table; /* of struct gw_plan_room: the first one of each SKU */
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
    bool are_ids_presumed; /* set by the source: all ids are presumed new, and the repository is not asked */
};

/* Creates an empty plan. Call it again after a reset of the arena. */
void gw_load_plan_init(struct gw_load_plan *plan, struct gw_arena *arena);

/* Adds everything that a command names. False: no memory. */
bool gw_load_plan_add_command(struct gw_load_plan *plan, const struct gw_command *command);

/* Adds a message id. *ret_index is its index in the request. False: no memory. */
bool gw_load_plan_add_id(struct gw_load_plan *plan, const uint8_t id[GW_ID_BYTES], uint32_t *ret_index);

/* Adds what a product of this SKU reported missing. Each repetition requests more. False: no memory. */
bool gw_load_plan_add_missing(struct gw_load_plan *plan, struct gw_identifier sku, const struct gw_missing *missing);

/* How many batches with that room are requested. */
uint32_t gw_plan_room_limit(const struct gw_plan_room *room);

/* The repository's load request for everything that the source neither answers nor presumes. Its arrays are in `arena`.
 * False: no memory. */
bool gw_load_plan_request(const struct gw_load_plan *plan, struct gw_arena *arena, struct gw_load_request *ret_request);

#endif
