/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Product: the aggregate, a SKU with all its batches and a version number. Nothing inside it changes except through
 * the four operations below; it is the consistency boundary.
 *
 * A product lives in an arena for one turn and holds as much of its stock as the turn needs: some of its batches, some
 * of the lines that they hold, and what it knows of the rest. It never guesses: an operation that needs a batch or a
 * line that is not there returns GW_RESULT_NOT_LOADED and says what is missing. The product may then be half changed
 * and must be dropped; the unit of work loads what is missing and runs the whole turn again on a fresh one.
 *
 * Choosing a batch takes time in the logarithm of the number of batches held here, whatever the number of lines. One
 * thread at a time. Identifiers are borrowed: they must live as long as the arena.
 */
#ifndef GW_DOMAIN_PRODUCT_H
#define GW_DOMAIN_PRODUCT_H

#include "base/arena.h"
#include "domain/event.h"
#include "domain/identifier.h"

enum { GW_QTY_MAX = 2147483647 };

/* How an operation ended. After NOT_LOADED and NOMEM the product may be half changed. */
enum gw_result {
    GW_RESULT_APPLIED,       /* it changed something, or OutOfStock was raised */
    GW_RESULT_SKIPPED,       /* there was nothing to do; see the operation */
    GW_RESULT_UNKNOWN_BATCH, /* the product has no such batch; nothing changed */
    GW_RESULT_NOT_LOADED,    /* the answer depends on something that is not here: gw_product_missing */
    GW_RESULT_UNSOUND,       /* what was loaded contradicts itself: gw_product_flaw; nothing changed */
    GW_RESULT_NOMEM
};

struct gw_product;

/* What GW_RESULT_NOT_LOADED was about. */
enum gw_missing_kind {
    GW_MISSING_NOTHING,
    GW_MISSING_LINE,  /* whether the line orderid, qty is held, and by which batch */
    GW_MISSING_ROOM,  /* more batches with room for qty */
    GW_MISSING_BATCH, /* whether batch ref exists */
    GW_MISSING_LINES  /* of batch ref, the newest lines that a quantity of qty no longer fits */
};

struct gw_missing {
    enum gw_missing_kind kind;
    struct gw_identifier orderid;
    struct gw_identifier ref;
    int64_t qty;
};

/* What GW_RESULT_UNSOUND was about: rows that nobody who keeps the rules has written. */
enum gw_flaw_kind {
    GW_FLAW_NONE,
    GW_FLAW_QUANTITIES, /* of batch ref, not 0 <= allocated <= purchased <= GW_QTY_MAX */
    GW_FLAW_LINES /* the lines of batch ref hold `held`, or one of them does, which cannot be part of `allocated` */
};

struct gw_flaw {
    enum gw_flaw_kind kind;
    struct gw_identifier ref;
    int64_t purchased;
    int64_t allocated;
    int64_t held;
};

/* A batch as the product sees it. Read only outside the domain. 0 <= allocated <= purchased <= GW_QTY_MAX between two
 * operations; one that was loaded with other quantities has none, and its product refuses every operation. */
struct gw_batch {
    struct gw_identifier ref;
    int64_t purchased;
    int64_t allocated;
    int64_t created;          /* the product's version when it was created: among equals, the lower goes first */
    int64_t loaded_purchased; /* as it was loaded; 0 of a new one */
    int64_t loaded_allocated;
    int32_t eta;
    bool is_new;     /* created since the product was loaded */
    bool is_changed; /* purchased or allocated differ now from what was loaded; never set on a new one */
};

/* A line that the product knows of: what was loaded, and where it is now. Read only outside the domain. */
struct gw_held_line {
    struct gw_identifier orderid;
    int64_t qty;
    const struct gw_batch *loaded_batch; /* NULL when it was not held */
    const struct gw_batch *batch;        /* NULL when it is not held now */
    int64_t loaded_seq;                  /* the product's version when it was allocated; 0 when it was not held */
    int64_t seq;                         /* the same now */
};

/* ---- building one from what was loaded ---------------------------------------------------------------------- */

/* A product at this version, without any batch; version 0 is one that does not exist yet. NULL when out of memory. */
struct gw_product *gw_product_new(struct gw_arena *arena, struct gw_identifier sku, int64_t version);

/* Adds a batch, unless it is there already. Quantities outside their ranges make the product unsound: gw_product_flaw.
 * NULL when out of memory. */
const struct gw_batch *gw_product_load_batch(struct gw_product *product, struct gw_identifier ref, int64_t purchased,
                                             int64_t allocated, int32_t eta, int64_t created);

/* Says that every batch with room for at least `room`, up to and including batch last in the order of rule 2, is here;
 * NULL for last: every one. A new product of version 0 knows that it has none. False when out of memory. */
bool gw_product_load_room(struct gw_product *product, int64_t room, const struct gw_batch *last);

/* Says that the line orderid, qty is held by batch since version seq, from 1; batch NULL: that it is not held, whatever
 * seq. Saying the same twice is fine. False when out of memory. */
bool gw_product_load_line(struct gw_product *product, struct gw_identifier orderid, int64_t qty,
                          const struct gw_batch *batch, int64_t seq);

/* Presumes that the line is not held, unless more is known of it. It may then be allocated, because whoever stores that
 * finds out whether it was held; what would be decided on the presumption alone says NOT_LOADED: that it is out of
 * stock, that it is not there to be deallocated, and that it leaves its batch again. False when out of memory. */
bool gw_product_presume_line(struct gw_product *product, struct gw_identifier orderid, int64_t qty);

/* Says that the product has no batch ref. False when out of memory. */
bool gw_product_load_absent_batch(struct gw_product *product, struct gw_identifier ref);

/* Says that every line of batch whose seq is at least `seq` is here (seq 0: every line). */
void gw_product_load_newest(struct gw_product *product, const struct gw_batch *batch, int64_t seq);

/* ---- the operations ------------------------------------------------------------------------------------------ */

/* Rule 7. Creates a batch. SKIPPED when the product has this ref; *ret_existing, if not NULL, is then that batch, and
 * NULL when one was created. A ref that another product has is the caller's to refuse, before. Needs: whether ref
 * exists (or version 0). */
enum gw_result gw_product_create_batch(struct gw_product *product, struct gw_identifier ref, int64_t qty, int32_t eta,
                                       const struct gw_batch **ret_existing);

/* Rules 1 to 4. Raises Allocated or OutOfStock. SKIPPED when the line is held already. *ret_line, if not NULL, is then
 * the line: its batch is the one that holds it, NULL when the product is out of stock. */
enum gw_result gw_product_allocate(struct gw_product *product, struct gw_identifier orderid, int64_t qty,
                                   struct gw_event_sink *events, const struct gw_held_line **ret_line);

/* Rule 5. Raises Deallocated. SKIPPED when the line is not held. */
enum gw_result gw_product_deallocate(struct gw_product *product, struct gw_identifier orderid, int64_t qty,
                                     struct gw_event_sink *events);

/* Rule 6. Sets what was purchased; raises Deallocated for each line that no longer fits, newest first, then one
 * AllocationRequired for each, in the same order. SKIPPED when the quantity is what it was. UNSOUND when the lines do
 * not add up to what is allocated. */
enum gw_result gw_product_change_batch_quantity(struct gw_product *product, struct gw_identifier ref, int64_t qty,
                                                struct gw_event_sink *events);

/* ---- reading it ---------------------------------------------------------------------------------------------- */

struct gw_identifier gw_product_sku(const struct gw_product *product);

/* 0 while it does not exist. Each operation that changed it raised this by one, and nothing else did. */
int64_t gw_product_version(const struct gw_product *product);
int64_t gw_product_loaded_version(const struct gw_product *product);

/* What the last GW_RESULT_NOT_LOADED was about. */
struct gw_missing gw_product_missing(const struct gw_product *product);

/* What the last GW_RESULT_UNSOUND was about. Of a product that was loaded unsound also before any operation. */
struct gw_flaw gw_product_flaw(const struct gw_product *product);

/* The batch, or NULL when it is not here. */
const struct gw_batch *gw_product_batch(const struct gw_product *product, struct gw_identifier ref);

/* Every batch and every line that an operation touched, for the unit of work, in the order of the first touch. The
 * arrays belong to the product and are valid until it is changed. A line that came back to the batch that it was loaded
 * with has a new seq; one whose batch and seq are those that were loaded was not held, and is not: nothing is to be
 * written for it, nor for a batch that is neither new nor changed. */
void gw_product_touched(const struct gw_product *product, const struct gw_batch *const **ret_batches,
                        size_t *ret_batch_count, const struct gw_held_line *const **ret_lines, size_t *ret_line_count);

#endif
