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
    int64_t stamp;
};

struct answer {
    struct vector products, batches, lines, ids;
};

/* Asks, and empties the question. The answer must be emptied with answer_done. */
enum gw_status load_in(struct gw_session *session, struct question *question, struct answer *ret_answer);
void load(struct question *question, struct answer *ret_answer);
void answer_done(struct answer *answer);

/* The reported version; -1: the product was not reported. */
int64_t told_version(const struct answer *answer, const char *sku);

/* The stamp that was reported with it; -1: the product was not reported. */
int64_t told_stamp(const struct answer *answer, const char *sku);

/* The FOUND batches of a product for a room, "b1 b2 b3", a plus behind the LAST one. Overwritten by the next call. */
const char *found(const struct answer *answer, const char *sku, int64_t room);

/* The batch as it was first reported. NULL: it was not. */
const struct gw_batch_snapshot *told(const struct answer *answer, const char *ref);

/* The batch that holds a line. "": the line was not reported. */
const char *holder(const struct answer *answer, const char *sku, const char *orderid, int64_t qty);

/* The newest lines of a batch, "o3:2@7 o2:1@5": order, quantity, seq. Overwritten by the next call. */
const char *newest(const struct answer *answer, const char *ref);

/* The answer for the id at this index. NULL: none. */
const struct told_id *told_id(const struct answer *answer, uint32_t index);

/* ---- the others, as strings that the caller frees */

/* "SOURCE next mark" per line, "-" for no mark, in the order of the answer; count 0: of all. */
char *positions_of(const char *const *sources, uint32_t count);

/* The stored state, read in the session of the fixture: the stamp of a product, 0: none; the quantities of a batch, 0:
 * none. */
int64_t stamp_of(const char *sku);
void quantities_of(const char *ref, int64_t *ret_purchased, int64_t *ret_allocated);

/* The longest wait that the calls below allow a row, unless they have an argument for it. */
enum { LONGEST_WAIT_MS = 3600 * 1000 };

/* The ids of the rows that are due, "k1 k2". */
char *outbox_ids(const char *destination, int64_t after, uint32_t limit, int64_t *ret_due_in_ms);

/* The same, in one look: for rows that may become due meanwhile. */
char *outbox_ids_at_once(const char *destination, int64_t after, uint32_t limit, int64_t *ret_due_in_ms);

/* A line per row with every field but times, also of rows that are not due. */
char *outbox_rows(const char *destination);

/* The row with this id, without its texts, due or not. number 0: there is none. */
struct gw_outbox_row outbox_row(const char *destination, const char *id);

/* The stamp of a row; 0: it is not there. */
int64_t row_stamp(const char *destination, int64_t number);

/* "DESTINATION pending" per line, sorted. */
char *figures(void);

/* The figure of a destination without its texts; all 0: it has no rows. */
struct gw_outbox_figure outbox_figure(const char *destination);

/* The identities of the dead letters, "i1 i2". */
char *dead_identities(const struct gw_dead_filter *filter);

/* A line per dead letter with every field but times. */
char *dead_letters(void);

/* The entry with this identity, without its texts. id 0: there is none. */
struct gw_dead_entry dead_entry(const char *identity);

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
