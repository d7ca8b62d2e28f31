/* SPDX-License-Identifier: Apache-2.0 */
/* Inbox: a table by id and a list by time, so that expiry visits only the ids that it deletes. */
#include "inbox.h"

#include "hash.h"

/* An id is a digest, but a sender can search for ids whose digests share a slot. */
static uint64_t id_hash(const struct inbox *inbox, const uint8_t id[GW_ID_BYTES])
{
    uint64_t words[2];

    memcpy(words, id, sizeof words);
    return hash_join(&inbox->key, words[0], words[1]);
}

void inbox_done(struct inbox *inbox)
{
    table_done(&inbox->table);
}

const struct known_id *inbox_find(const struct inbox *inbox, const uint8_t id[GW_ID_BYTES])
{
    struct table_probe probe = table_probe(&inbox->table, id_hash(inbox, id));
    const struct known_id *known;

    while ((known = table_next(&probe)) != NULL) {
        if (memcmp(known->id, id, GW_ID_BYTES) == 0)
            return known;
    }
    return NULL;
}

struct known_id *inbox_new(struct inbox *inbox, const struct gw_id_change *change)
{
    struct known_id *known = slab_take(inbox->slab, sizeof *known + change->reason.len);

    if (known == NULL)
        return NULL;
    known->running_ms = inbox->running_ms;
    known->outcome = change->outcome;
    known->reason_len = change->reason.len;
    memcpy(known->id, change->id, sizeof known->id);
    memcpy(known->fingerprint, change->fingerprint, sizeof known->fingerprint);
    if (change->reason.len > 0)
        memcpy(known->reason, change->reason.ptr, change->reason.len);
    return known;
}

void inbox_drop(struct inbox *inbox, struct known_id *known)
{
    slab_give(inbox->slab, known, sizeof *known + known->reason_len);
}

/* The running time never falls, so the newest id has the highest. */
void inbox_add(struct inbox *inbox, struct known_id *known)
{
    known->before = inbox->newest;
    known->after = NULL;
    *(known->before != NULL ? &known->before->after : &inbox->oldest) = known;
    inbox->newest = known;
    table_insert(&inbox->table, id_hash(inbox, known->id), known);
}

static void forget_oldest(struct inbox *inbox)
{
    struct known_id *known = inbox->oldest;

    inbox->oldest = known->after;
    *(known->after != NULL ? &known->after->before : &inbox->newest) = NULL;
    table_remove(&inbox->table, id_hash(inbox, known->id), known);
    inbox_drop(inbox, known);
}

int64_t inbox_advance(struct inbox *inbox, int64_t seen_ms, int64_t add_ms)
{
    if (inbox->running_ms == seen_ms)
        inbox->running_ms += add_ms;
    return inbox->running_ms;
}

uint32_t inbox_expire(struct inbox *inbox, int64_t before_running_ms, uint32_t limit)
{
    uint32_t count = 0;

    while (count < limit && inbox->oldest != NULL && inbox->oldest->running_ms < before_running_ms) {
        forget_oldest(inbox);
        count++;
    }
    return count;
}
