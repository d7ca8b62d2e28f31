/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: how a repository decides whether a changeset may be applied.
 *
 * The port defines what apply compares, in which order, and what it answers (port/repository.h). A repository reads
 * what is stored, by whatever means its storage has, and hands it to these functions; they hold the rules, so that
 * every repository answers the same. The order is:
 *
 *     1. each position                      gw_position_verdict_add, then gw_position_verdict_end  ALREADY, MOVED
 *     2. how many message ids are known     gw_id_verdict_done                                  ALREADY
 *     3. each product                       gw_product_verdict                                  CONFLICT
 *     4. each reference that must be free   gw_conflict_reference where one exists              CONFLICT
 *     5. the message ids again              gw_id_verdict_end                                   CONFLICT
 *
 * Step 2 goes before step 3, because the products have moved on when it was this gateway that did the work before.
 *
 * The gw_conflict_* functions write the text of a CONFLICT that is found while the rows are changed, and return it.
 * The text names the product, batch, line or dead letter: a conflict that fresh loads do not cure is reported with it.
 *
 * No function here allocates or keeps state of its own; the structs are the caller's, one thread at a time. Texts are
 * borrowed for the call, and a struct gw_position_verdict or gw_id_verdict borrows the changes that it was given.
 * Where a struct gw_error pointer is NULL, only the status is returned.
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
    int64_t stored;                         /* where that one is, or GW_OFFSET_NONE */
    uint32_t count;                         /* compared */
    uint32_t done;                          /* of those, at `next` already */
};

/* Compares one position with what is stored for its source: the stored `next`, or GW_OFFSET_NONE without a row. Call it
 * for each position of the changeset, in any order. */
void gw_position_verdict_add(struct gw_position_verdict *verdict, const struct gw_position_change *change,
                             int64_t stored);

/*
 * The verdict on all positions that were added.
 * OK: each one is at `expected`, also when there was none.
 * ALREADY: not so, but each one is at `next`: the changeset was applied before.
 * MOVED: anything else. The text names the first source that is elsewhere, and where.
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

/* Counts an id of the changeset that is known. */
void gw_id_verdict_add(struct gw_id_verdict *verdict, const struct gw_id_change *change);

/* Whether the known ids alone prove that the changeset was applied before: it has no position, it has ids, and `known`
 * of them, which is all, are known. Then apply returns ALREADY. */
int gw_ids_are_done(const struct gw_changeset *set, uint32_t known);

/* OK, or ALREADY with a text where gw_ids_are_done says so. */
enum gw_status gw_id_verdict_done(const struct gw_id_verdict *verdict, const struct gw_changeset *set,
                                  struct gw_error *reterr);

/*
 * The verdict on the ids, after everything else was compared.
 * OK: none is known.
 * CONFLICT: some are. The text has the number and the first id in hexadecimal digits.
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

/* A reference that must be free (absent_refs), and is not. */
enum gw_status gw_conflict_reference(struct gw_text ref, struct gw_error *reterr);

/* A batch that is to be made and exists already. */
enum gw_status gw_conflict_batch_exists(struct gw_text ref, struct gw_text sku, struct gw_error *reterr);

/* A batch that is to change, or to take a line, and is no batch of this product. */
enum gw_status gw_conflict_batch_missing(struct gw_text ref, struct gw_text sku, struct gw_error *reterr);

/* A batch whose stored quantities are not the old ones of the update. */
enum gw_status gw_conflict_quantities(const struct gw_batch_update *update, int64_t purchased, int64_t allocated,
                                      struct gw_error *reterr);

/* A line that is to be taken and is held already. */
enum gw_status gw_conflict_line_held(struct gw_text orderid, int64_t qty, struct gw_text sku, struct gw_error *reterr);

/* A line that is to leave its batch and is not held. */
enum gw_status gw_conflict_line_missing(struct gw_text orderid, int64_t qty, struct gw_text sku,
                                        struct gw_error *reterr);

/* A dead letter that was replayed and is not there. */
enum gw_status gw_conflict_dead_letter(int64_t id, struct gw_error *reterr);

#ifdef __cplusplus
}
#endif

#endif
