/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a repository and keeps what it answers, in a form that a test can compare with a string. */
#ifndef GW_CONTRACT_ANSWERS_H
#define GW_CONTRACT_ANSWERS_H

#include "changes.h"

#include <stdbool.h>
#include <stdlib.h>

/* ---- load: first what is asked for, then load, then the answer */

struct question {
    struct vector products, batches, lines, ids;
};

void ask_product(struct question *question, const char *sku, int64_t room, uint32_t limit);
void ask_batch(struct question *question, const char *ref, int64_t lowest);
void ask_line(struct question *question, const char *sku, const char *orderid, int64_t qty);
void ask_id(struct question *question, const char *id);

struct told_batch {
    char sku[256];
    char ref[256];
    struct gw_batch_snapshot snapshot;
};

struct told_line {
    char sku[256];
    char orderid[256];
    char ref[256];
    struct gw_line_snapshot snapshot;
};

struct told_id {
    struct gw_id_snapshot snapshot;
    char reason[256];
};

struct told_product {
    char sku[256];
    int64_t version;
};

struct answer {
    struct vector products, batches, lines, ids;
};

/* Asks, and empties the question. The answer must be emptied with answer_done. */
enum gw_status load_in(void *session, struct question *question, struct answer *ret_answer);
void load(struct question *question, struct answer *ret_answer);
void answer_done(struct answer *answer);

/* The version that was told; -1: the product was not. */
int64_t told_version(const struct answer *answer, const char *sku);

/* The FOUND batches of a product for a room, "b1 b2 b3", a plus behind the LAST one. Overwritten by the next call. */
const char *found(const struct answer *answer, const char *sku, int64_t room);

/* The batch as it was told first; NULL when it was not. */
const struct gw_batch_snapshot *told(const struct answer *answer, const char *ref);

/* The batch that holds a line, "" when it was not told. */
const char *holder(const struct answer *answer, const char *sku, const char *orderid, int64_t qty);

/* The newest lines of a batch, "o3:2@7 o2:1@5": order, quantity, seq. Overwritten by the next call. */
const char *newest(const struct answer *answer, const char *ref);

/* What was told of the id at this index; NULL: nothing. */
const struct told_id *told_id(const struct answer *answer, uint32_t index);

/* ---- the others, as strings that the caller frees */

/* "SOURCE next mark" per line, "-" for no mark, in the order of the answer; count 0: of all. */
char *positions_of(const char *const *sources, uint32_t count);

/* The ids of the rows, "k1 k2". */
char *outbox_ids(const char *destination, int64_t after, uint32_t limit, int64_t now_ms, int64_t *ret_next_due);

/* A line per row with every field, for times up to now_ms. */
char *outbox_rows(const char *destination, int64_t now_ms);

/* "DESTINATION pending oldest" per line, sorted. */
char *figures(void);

/* The identities of the dead letters, "i1 i2". */
char *dead_identities(const struct gw_dead_filter *filter);

/* A line per dead letter with every field. */
char *dead_letters(void);

/* "SKU REF qty eta" per line. */
char *view_of(uint32_t view, const char *orderid, const char *sku, int64_t qty);

/* The id of the dead letter with this identity; 0: there is none. */
int64_t dead_id(const char *identity);

/* Compares and frees. */
#define ck_assert_answer(answer, expected)     \
    do {                                       \
        char *answer_ = (answer);              \
        ck_assert_str_eq(answer_, (expected)); \
        free(answer_);                         \
    } while (0)

#endif
