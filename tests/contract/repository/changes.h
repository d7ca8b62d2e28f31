/* SPDX-License-Identifier: Apache-2.0 */
/* Builds changesets, one call per item. Every text is copied. Names are recorded for everything(). */
#ifndef GW_CONTRACT_CHANGES_H
#define GW_CONTRACT_CHANGES_H

#include <gangway/port/repository.h>

#include <stddef.h>

struct vector {
    void *items;
    uint32_t count;
    uint32_t capacity;
    uint32_t stride;
};

struct changes {
    int64_t stamp;
    int64_t *event_counters; /* for the result; NULL: not wanted */
    struct vector positions, products, absent_refs, ids, batch_inserts, batch_updates, line_deletes, line_inserts;
    struct vector dead_letters, dead_changes, effects;
    struct vector texts; /* of char *: the texts of the items */
};

/* Room for one more item of this size at the end, cleared. */
void *vector_add(struct vector *vector, uint32_t stride);

/* An empty changeset, with a stamp that no other has. */
void changes_init(struct changes *changes);
void changes_done(struct changes *changes);

void change_position(struct changes *changes, const char *source, int64_t expected, int64_t next);
void change_mark(struct changes *changes, uint64_t mark); /* of the last position */

/* With the stamp that the product has now, whatever its version. */
uint32_t change_product(struct changes *changes, const char *sku, int64_t expected, int64_t version);

/* Another stamp for the last product. */
void change_stamp(struct changes *changes, int64_t stamp);

void change_absent(struct changes *changes, const char *ref);
void change_id(struct changes *changes, const char *id, const char *fingerprint, uint32_t outcome, const char *reason);
void change_new_batch(struct changes *changes, uint32_t product, const char *ref, int64_t purchased, int64_t allocated,
                      int32_t eta, int64_t created);

/* With the quantities that the batch has now as the old ones. */
void change_batch(struct changes *changes, uint32_t product, const char *ref, int64_t purchased, int64_t allocated);

/* Other old quantities for the last batch. */
void change_old(struct changes *changes, int64_t purchased, int64_t allocated);

void change_drop(struct changes *changes, uint32_t product, const char *orderid, int64_t qty);
void change_take(struct changes *changes, uint32_t product, const char *orderid, int64_t qty, const char *ref,
                 int64_t seq);
void change_dead(struct changes *changes, const struct gw_dead_letter *letter);
void change_replay(struct changes *changes, int64_t id, const char *reason);

/* An effect of one more event of the product. */
void change_effect(struct changes *changes, uint32_t product, const char *destination, const char *id);

/* The last effect, to fill in more; texts that are put there must live until it was applied. */
struct gw_effect *change_last_effect(struct changes *changes);

/* Applies it in this session, keeps the number of the first effect, and empties it whatever came of it. */
enum gw_status apply_in(struct gw_session *session, struct changes *changes);
enum gw_status apply(struct changes *changes);

/* Applies it and keeps it, to be applied again. */
enum gw_status apply_keeping(struct changes *changes);

extern int64_t first_effect;
extern int64_t applied_stamp;   /* of the changeset that was applied last */
extern int64_t applied_unix_ms; /* what apply returned as the time of its rows */

/* The 16 bytes of the id or fingerprint for this text. */
void bytes_of(uint8_t bytes[16], const char *text);

/* ---- ready-made, each with the session of the fixture and OK ---- */

/* A product at version 1 with one batch. */
void given_batch(const char *sku, const char *ref, int64_t purchased, int64_t allocated, int32_t eta);

/* One more batch of a product that is at `version`; it is at the next then. */
void given_more(const char *sku, int64_t version, const char *ref, int64_t purchased, int64_t allocated, int32_t eta);

/* A line that a batch takes, which holds `allocated` of `purchased` then; the product goes from version to the next. */
void given_line(const char *sku, int64_t version, const char *orderid, int64_t qty, const char *ref, int64_t purchased,
                int64_t allocated);

#endif
