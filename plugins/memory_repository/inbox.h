/* SPDX-License-Identifier: Apache-2.0 */
/* The stored message ids, with the outcome of each message. One thread at a time. */
#ifndef MEMORY_INBOX_H
#define MEMORY_INBOX_H

#include "hash.h"
#include "slab.h"
#include "table.h"

#include <gangway/port/repository.h>

struct known_id {
    struct known_id *before; /* in the order of storing */
    struct known_id *after;
    int64_t running_ms; /* the running time when the id was stored */
    uint64_t reason_len;
    uint32_t outcome;
    uint8_t id[GW_ID_BYTES];
    uint8_t fingerprint[GW_DIGEST_BYTES];
    char reason[];
};

struct inbox {
    struct slab *slab;
    struct hash_key key;
    struct table table;
    struct known_id *oldest;
    struct known_id *newest;
    int64_t running_ms; /* the running time of this repository */
};

void inbox_done(struct inbox *inbox);

/* NULL: not stored. */
const struct known_id *inbox_find(const struct inbox *inbox, const uint8_t id[GW_ID_BYTES]);

/* Makes a row. Pass it to inbox_add or inbox_drop. Reserve room in the table for it first. NULL: no memory. */
struct known_id *inbox_new(struct inbox *inbox, const struct gw_id_change *change);
void inbox_drop(struct inbox *inbox, struct known_id *known);
void inbox_add(struct inbox *inbox, struct known_id *known);

/* The slots of the port. */
int64_t inbox_advance(struct inbox *inbox, int64_t seen_ms, int64_t add_ms);
uint32_t inbox_expire(struct inbox *inbox, int64_t before_running_ms, uint32_t limit);

#endif
