/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters: a list by id and a table. There are few, so a filter visits every one. */
#include "dead_letters.h"

#include "hash.h"

#include <gangway/sdk/delivery.h>
#include <gangway/sdk/row_copy.h>

/* Ids come from a counter of this file, so multiplying by any odd number distributes them. */
static uint64_t id_hash(int64_t id)
{
    return hash_mix((uint64_t)id, UINT64_C(0x9e3779b97f4a7c15));
}

void dead_done(struct dead_letters *letters)
{
    table_done(&letters->table);
}

char *dead_new_reason(struct dead_letters *letters, struct gw_text reason)
{
    char *piece = slab_take(letters->slab, reason.len);

    if (piece != NULL && reason.len > 0)
        memcpy(piece, reason.ptr, reason.len);
    return piece;
}

/* A replay changes the reason, so it is stored separately. */
struct dead *dead_new(struct dead_letters *letters, const struct gw_dead_entry *entry)
{
    struct gw_dead_entry rest = *entry;
    char *reason = dead_new_reason(letters, entry->letter.reason);
    struct dead *dead;
    uint64_t bytes;

    rest.letter.reason = gw_text_of(NULL);
    bytes = sizeof *dead + gw_dead_entry_bytes(&rest);
    dead = slab_take(letters->slab, bytes);
    if (dead == NULL || reason == NULL) {
        slab_give(letters->slab, dead, bytes);
        slab_give(letters->slab, reason, entry->letter.reason.len);
        return NULL;
    }
    gw_dead_entry_copy(&dead->entry, &rest, dead->texts);
    dead->entry.letter.reason = gw_text_span(reason, entry->letter.reason.len);
    dead->bytes = bytes;
    dead->is_replayed = 0;
    return dead;
}

static void drop_reason(struct dead_letters *letters, struct dead *dead)
{
    struct gw_text reason = dead->entry.letter.reason;

    slab_give(letters->slab, (char *)(uintptr_t)reason.ptr, reason.len);
}

void dead_drop(struct dead_letters *letters, struct dead *dead)
{
    drop_reason(letters, dead);
    slab_give(letters->slab, dead, dead->bytes);
}

void dead_add(struct dead_letters *letters, struct dead *dead)
{
    dead->entry.id = letters->next_id++;
    dead->before = letters->newest;
    dead->after = NULL;
    *(dead->before != NULL ? &dead->before->after : &letters->oldest) = dead;
    letters->newest = dead;
    table_insert(&letters->table, id_hash(dead->entry.id), dead);
}

struct dead *dead_find(const struct dead_letters *letters, int64_t id)
{
    struct table_probe probe = table_probe(&letters->table, id_hash(id));
    struct dead *dead;

    while ((dead = table_next(&probe)) != NULL) {
        if (dead->entry.id == id)
            return dead;
    }
    return NULL;
}

void dead_remove(struct dead_letters *letters, struct dead *dead)
{
    *(dead->before != NULL ? &dead->before->after : &letters->oldest) = dead->after;
    *(dead->after != NULL ? &dead->after->before : &letters->newest) = dead->before;
    table_remove(&letters->table, id_hash(dead->entry.id), dead);
    dead_drop(letters, dead);
}

void dead_replay(struct dead_letters *letters, struct dead *dead, char *reason, uint64_t reason_len)
{
    drop_reason(letters, dead);
    dead->entry.letter.reason = gw_text_span(reason, reason_len);
    dead->entry.replays++;
    dead->is_replayed = 0;
}

enum gw_status dead_tell(const struct dead_letters *letters, const struct gw_dead_filter *filter,
                         const struct gw_dead_visitor *visitor)
{
    enum gw_status status = GW_OK;
    uint32_t told = 0;

    for (const struct dead *dead = letters->oldest; dead != NULL && status == GW_OK; dead = dead->after) {
        if (filter->limit != 0 && told == filter->limit)
            break;
        if (!gw_dead_filter_matches(filter, &dead->entry))
            continue;
        status = visitor->entry(visitor->context, &dead->entry);
        told++;
    }
    return status;
}

uint32_t dead_discard(struct dead_letters *letters, const struct gw_array *ids)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < ids->count; i++) {
        const int64_t *id = gw_array_at(ids, i);
        struct dead *dead = dead_find(letters, *id);

        if (dead == NULL)
            continue;
        dead_remove(letters, dead);
        count++;
    }
    return count;
}
