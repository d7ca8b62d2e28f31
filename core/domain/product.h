/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Product: the aggregate, a SKU with all its batches and a version number. Nothing inside it changes except through
 * the four operations below; it is the consistency boundary.
 *
 * A product lives in an arena for one turn. It has as much of its stock as the turn needs: some of its batches, some of
 * their lines, and what is known about the others. An operation that needs a batch or line that is not loaded returns
 * GW_RESULT_NOT_LOADED and reports what is missing. The product may then be half changed and must be dropped; the unit
 * of work loads what is missing and runs the whole turn again on a fresh product.
 *
 * Choosing a batch takes logarithmic time in the number of loaded batches, whatever the number of lines. One thread at
 * a time. Identifiers are borrowed and must live as long as the arena.
 */
#ifndef GW_DOMAIN_PRODUCT_H
#define GW_DOMAIN_PRODUCT_H

#include "base/arena.h"
#include "domain/event.h"
#include "domain/identifier.h"

enum { GW_QTY_MAX = 2147483647 };

/* The result of an operation. After NOT_LOADED and NOMEM the product may be half changed. */
enum gw_result {
    GW_RESULT_APPLIED,       /* it changed something, or OutOfStock was raised */
    GW_RESULT_SKIPPED,       /* nothing to do; see the operation */
    GW_RESULT_UNKNOWN_BATCH, /* the product has no such batch; nothing changed */
    GW_RESULT_NOT_LOADED,    /* the result depends on something that is not loaded: gw_product_missing */
    GW_RESULT_UNSOUND,       /* the loaded rows contradict each other: gw_product_flaw; nothing changed */
    GW_RESULT_NOMEM
};

struct gw_product;

/* What was missing for GW_RESULT_NOT_LOADED. */
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

/* The contradiction of GW_RESULT_UNSOUND, in rows that another program or person changed. */
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

/* A batch of the product. Read-only outside the domain. Between operations 0 <= allocated <= purchased <= GW_QTY_MAX. A
 * batch that was loaded with other quantities has quantities of 0, and its product refuses every operation. */
struct gw_batch {
    struct gw_identifier ref;
    int64_t purchased;
    int64_t allocated;
    int64_t created;          /* the product's version when it was created; orders batches of one ETA */
    int64_t loaded_purchased; /* as loaded; 0 for a new batch */
    int64_t loaded_allocated;
    int32_t eta;
    bool is_new;     /* created since the product was loaded */
    bool is_changed; /* purchased or allocated differ from the loaded values; never set for a new batch */
};

/* A line that the product knows: its loaded and its current state. Read-only outside the domain. */
struct gw_held_line {
    struct gw_identifier orderid;
    int64_t qty;
    const struct gw_batch *loaded_batch; /* NULL: it was not held */
    const struct gw_batch *batch;        /* NULL: it is not held now */
    int64_t loaded_seq;                  /* the product's version when it was allocated; 0: it was not held */
    int64_t seq;                         /* the current one */
};

/* ---- building one from loaded rows -------------------------------------------------------------------------- */

/* A product at this version, without batches. Version 0: it does not exist yet. NULL when out of memory. */
struct gw_product *gw_product_new(struct gw_arena *arena, struct gw_identifier sku, int64_t version);

/* Adds a batch, unless it was added before. Quantities out of range make the product unsound: gw_product_flaw.
 * NULL when out of memory. */
const struct gw_batch *gw_product_load_batch(struct gw_product *product, struct gw_identifier ref, int64_t purchased,
                                             int64_t allocated, int32_t eta, int64_t created);

/* States that every batch with room for at least `room`, up to and including batch last in the order of rule 2, is
 * loaded; last NULL: every batch, which takes no memory. A new product of version 0 has no batches. False when out of
 * memory. */
bool gw_product_load_room(struct gw_product *product, int64_t room, const struct gw_batch *last);

/* States that batch holds the line orderid, qty since version seq (from 1). batch NULL: no batch holds it; seq is
 * ignored. May be repeated with the same values. False when out of memory. */
bool gw_product_load_line(struct gw_product *product, struct gw_identifier orderid, int64_t qty,
                          const struct gw_batch *batch, int64_t seq);

/* Presumes that the line is not held, unless more is known about it. It may then be allocated, because storing the
 * allocation fails if it was held. Decisions on the presumption alone return NOT_LOADED: that it is out of stock, that
 * it is not there to be deallocated, that it leaves its batch again. False when out of memory. */
bool gw_product_presume_line(struct gw_product *product, struct gw_identifier orderid, int64_t qty);

/* States that the product has no batch ref. False when out of memory. */
bool gw_product_load_absent_batch(struct gw_product *product, struct gw_identifier ref);

/* States that every line of batch whose seq is at least `seq` is loaded (seq 0: every line). */
void gw_product_load_newest(struct gw_product *product, const struct gw_batch *batch, int64_t seq);

/* ---- the operations ------------------------------------------------------------------------------------------ */

/* Rule 7. Creates a batch. SKIPPED if the product has this ref; *ret_existing, if not NULL, is then that batch, and
 * NULL if one was created. The caller must refuse a ref of another product before. Needs: whether ref exists (or
 * version 0).
 */
enum gw_result gw_product_create_batch(struct gw_product *product, struct gw_identifier ref, int64_t qty, int32_t eta,
                                       const struct gw_batch **ret_existing);

/* Rules 1 to 4. Raises Allocated or OutOfStock. SKIPPED if the line is already held. *ret_line, if not NULL, is the
 * line; its batch is the one that holds it, or NULL if the product is out of stock. */
enum gw_result gw_product_allocate(struct gw_product *product, struct gw_identifier orderid, int64_t qty,
                                   struct gw_event_sink *events, const struct gw_held_line **ret_line);

/* Rule 5. Raises Deallocated. SKIPPED if the line is not held. */
enum gw_result gw_product_deallocate(struct gw_product *product, struct gw_identifier orderid, int64_t qty,
                                     struct gw_event_sink *events);

/* Rule 6. Sets the purchased quantity. Raises Deallocated for each line that no longer fits, newest first, then one
 * AllocationRequired for each, in the same order. SKIPPED if the quantity is unchanged. UNSOUND if the sum of the lines
 * is not the allocated quantity. */
enum gw_result gw_product_change_batch_quantity(struct gw_product *product, struct gw_identifier ref, int64_t qty,
                                                struct gw_event_sink *events);

/* ---- reading it ---------------------------------------------------------------------------------------------- */

struct gw_identifier gw_product_sku(const struct gw_product *product);

/* 0 while it does not exist. Each operation that changes the product raises it by one. */
int64_t gw_product_version(const struct gw_product *product);
int64_t gw_product_loaded_version(const struct gw_product *product);

/* What was missing for the last GW_RESULT_NOT_LOADED. */
struct gw_missing gw_product_missing(const struct gw_product *product);

/* The contradiction of the last GW_RESULT_UNSOUND. Also valid before any operation if the product was loaded unsound.
 */
struct gw_flaw gw_product_flaw(const struct gw_product *product);

/* The batch, or NULL if it is not loaded. */
const struct gw_batch *gw_product_batch(const struct gw_product *product, struct gw_identifier ref);

/* Every batch and every line that an operation touched, for the unit of work, in the order of the first touch. The
 * arrays belong to the product and are valid until it is changed. A line that returned to its loaded batch has a new
 * seq. A line with its loaded batch and seq was not held and is not held; it needs no write, and neither does a batch
 * that is neither new nor changed. */
void gw_product_touched(const struct gw_product *product, const struct gw_batch *const **ret_batches,
                        size_t *ret_batch_count, const struct gw_held_line *const **ret_lines, size_t *ret_line_count);

#endif
