/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: how a repository decides whether a changeset may be applied.
 *
 * The port defines what apply compares, in which order, and which status a mismatch has (port/repository_apply.h). A
 * repository reads what is stored and passes it to these functions. They contain the rules, so that every repository
 * answers the same. The order is:
 *
 *     1. each position                      gw_position_verdict_add, then gw_position_verdict_end  ALREADY, MOVED
 *     2. how many message ids are known     gw_id_verdict_done                                  ALREADY
 *     3. each product                       gw_product_verdict                                  CONFLICT
 *     4. each reference that must be free   gw_conflict_reference where one exists              CONFLICT
 *     5. the message ids again              gw_id_verdict_end                                   CONFLICT
 *
 * Step 2 comes before step 3, because the versions have risen if an earlier attempt of this changeset was committed.
 *
 * The gw_conflict_* functions are for a mismatch that is found while rows are changed. They write the text and return
 * CONFLICT. The text names the product, batch, line or dead letter, because the core reports it when fresh loads do not
 * resolve the conflict.
 *
 * No function here allocates or has state of its own. The structs belong to the caller, one thread at a time. Texts are
 * borrowed for the call; a struct gw_position_verdict or gw_id_verdict borrows the changes that were added to it. If
 * reterr is NULL, only the status is returned.
 */
#ifndef GANGWAY_SDK_VERDICT_H
#define GANGWAY_SDK_VERDICT_H

#include <gangway/port/repository.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- positions ---- */

/* What the comparison of positions has found so far. Begins as zero: `struct gw_position_verdict verdict = {0};` */
struct gw_position_verdict {
    const struct gw_position_change *moved; /* the first that is not at `expected`; NULL: none */
    int64_t stored;                         /* the stored offset of that one, or GW_OFFSET_NONE */
    uint32_t count;                         /* positions that were compared */
    uint32_t done;                          /* of those, how many are at `next` already */
};

/* Compares one position with what is stored for its source: the stored `next`, or GW_OFFSET_NONE without a row. Call it
 * for each position of the changeset, in any order. */
void gw_position_verdict_add(struct gw_position_verdict *verdict, const struct gw_position_change *change,
                             int64_t stored);

/*
 * The verdict on all positions that were added.
 * OK: each one is at `expected`, or none was added.
 * ALREADY: each one is at `next`, so the changeset was applied before.
 * MOVED: anything else. The text names the first source that is not at `expected`, and its stored offset.
 */
enum gw_status gw_position_verdict_end(const struct gw_position_verdict *verdict, struct gw_error *reterr);

/* For an operator's set_position. OK; INVALID: next is negative. */
enum gw_status gw_position_check(int64_t next, struct gw_error *reterr);

/* For forget_position of a source that has no position. Returns NOT_FOUND; the text names the source. */
enum gw_status gw_position_missing(struct gw_text source, struct gw_error *reterr);

/* ---- message ids ---- */

/* How many message ids of a changeset are known. Begins as zero. */
struct gw_id_verdict {
    const struct gw_id_change *first; /* the first that is known; NULL: none */
    uint32_t known;
};

/* Adds an id of the changeset that is known. */
void gw_id_verdict_add(struct gw_id_verdict *verdict, const struct gw_id_change *change);

/* 1 if the known ids prove that the changeset was applied before: it has no positions, it has ids, and all of them are
 * known. Then apply returns ALREADY. known: how many ids of the changeset are known. */
int gw_ids_are_done(const struct gw_changeset *set, uint32_t known);

/* OK; ALREADY with a text: gw_ids_are_done is 1. */
enum gw_status gw_id_verdict_done(const struct gw_id_verdict *verdict, const struct gw_changeset *set,
                                  struct gw_error *reterr);

/*
 * The verdict on the ids, after everything else was compared.
 * OK: none is known.
 * CONFLICT: some are known. The text has their number, and the first one in hexadecimal digits.
 */
enum gw_status gw_id_verdict_end(const struct gw_id_verdict *verdict, const struct gw_changeset *set,
                                 struct gw_error *reterr);

/* ---- products ---- */

/*
 * Compares a product with what is stored: its version and stamp, both 0 when it does not exist.
 * OK: both are as expected.
 * CONFLICT: one is not. The text names the product, and what is stored and what was expected.
 */
enum gw_status gw_product_verdict(const struct gw_product_change *change, int64_t version, int64_t stamp,
                                  struct gw_error *reterr);

/* ---- the texts of conflicts: each returns CONFLICT ---- */

/* A product that has events and does not exist. */
enum gw_status gw_conflict_product(struct gw_text sku, struct gw_error *reterr);

/* A reference that must be free (absent_refs), but a batch has it. */
enum gw_status gw_conflict_reference(struct gw_text ref, struct gw_error *reterr);

/* A batch to create that exists already. */
enum gw_status gw_conflict_batch_exists(struct gw_text ref, struct gw_text sku, struct gw_error *reterr);

/* A batch to change, or to allocate a line to, that is not a batch of this product. */
enum gw_status gw_conflict_batch_missing(struct gw_text ref, struct gw_text sku, struct gw_error *reterr);

/* A batch whose stored quantities are not the old ones of the update. */
enum gw_status gw_conflict_quantities(const struct gw_batch_update *update, int64_t purchased, int64_t allocated,
                                      struct gw_error *reterr);

/* A line to allocate that a batch holds already. */
enum gw_status gw_conflict_line_held(struct gw_text orderid, int64_t qty, struct gw_text sku, struct gw_error *reterr);

/* A line to deallocate that no batch holds. */
enum gw_status gw_conflict_line_missing(struct gw_text orderid, int64_t qty, struct gw_text sku,
                                        struct gw_error *reterr);

/* A dead letter that was replayed and does not exist. */
enum gw_status gw_conflict_dead_letter(int64_t id, struct gw_error *reterr);

#ifdef __cplusplus
}
#endif

#endif
