/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One block for each commit, in one allocation. Workers put blocks into a mailbox; the relay moves them into a list in
 * the order of the numbers.
 */
#include "outbox/outbox_memory.h"

#include <gangway/text.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The rows of one commit, followed by their bytes. Each has the number of its effect, as if it had a block of its own.
 */
struct block {
    struct block *next;
    size_t size;
    uint32_t count;
    uint32_t at; /* the rows before this index were passed */
    struct gw_outbox_row rows[];
};

struct gw_outbox_memory {
    struct gw_text destination;
    atomic_uint_fast64_t *epoch;
    size_t max_bytes;

    pthread_mutex_t lock; /* protects the mailbox */
    struct block *mailbox;
    struct block **mailbox_end;
    size_t bytes; /* of all blocks, including those of the relay */
    bool is_open;
    uint_fast64_t opened; /* the epoch at gw_outbox_memory_open */

    /* Used by the relay's thread only. */
    struct block *blocks;
    struct block *cursor; /* where the search for the next number begins */
    int64_t through;      /* rows up to this block and index are dropped at the next collect */
    uint32_t through_index;
};

struct gw_outbox_memory *gw_outbox_memory_new(struct gw_text destination, atomic_uint_fast64_t *epoch, size_t max_bytes)
{
    struct gw_outbox_memory *memory = calloc(1, sizeof *memory);

    if (memory == NULL)
        return NULL;
    memory->destination = destination;
    memory->epoch = epoch;
    memory->max_bytes = max_bytes;
    memory->mailbox_end = &memory->mailbox;
    (void)pthread_mutex_init(&memory->lock, NULL);
    return memory;
}

static int64_t last_number(const struct block *block)
{
    return block->rows[block->count - 1].number;
}

/* Called with the lock held. */
static struct block *take_mailbox(struct gw_outbox_memory *memory)
{
    struct block *block = memory->mailbox;

    memory->mailbox = NULL;
    memory->mailbox_end = &memory->mailbox;
    return block;
}

/* Returns the number of bytes that were freed. */
static size_t free_blocks(struct block *block)
{
    size_t bytes = 0;

    while (block != NULL) {
        struct block *next = block->next;

        bytes += block->size;
        free(block);
        block = next;
    }
    return bytes;
}

void gw_outbox_memory_free(struct gw_outbox_memory *memory)
{
    if (memory == NULL)
        return;
    (void)free_blocks(memory->mailbox);
    (void)free_blocks(memory->blocks);
    (void)pthread_mutex_destroy(&memory->lock);
    free(memory);
}

/* ---- offering: workers ------------------------------------------------------------------------------------------ */

static bool is_ours(const struct gw_outbox_memory *memory, const struct gw_effect *effect)
{
    return gw_text_equal(effect->destination, memory->destination);
}

static struct gw_text sku_of(const struct gw_changeset *set, const struct gw_effect *effect)
{
    return ((const struct gw_product_change *)gw_array_at(&set->products, effect->product))->sku;
}

/* The bytes of a block with the rows of this destination; 0: there are none. */
static size_t size_of(const struct gw_outbox_memory *memory, const struct gw_changeset *set)
{
    size_t size = 0;

    for (uint32_t i = 0; i < set->effects.count; i++) {
        const struct gw_effect *effect = gw_array_at(&set->effects, i);

        if (is_ours(memory, effect))
            size += sizeof(struct gw_outbox_row) +
                    (size_t)(effect->recipient.len + effect->id.len + effect->type.len + sku_of(set, effect).len +
                             effect->payload.len + effect->headers.len);
    }
    return size > 0 ? sizeof(struct block) + size : 0;
}

static struct gw_text put(char **at, struct gw_text text)
{
    struct gw_text copy = gw_text_span(*at, text.len);

    if (text.len > 0)
        memcpy(*at, text.ptr, (size_t)text.len);
    *at += text.len;
    return copy;
}

static void put_row(struct gw_outbox_memory *memory, const struct gw_outbox_commit *commit, uint32_t index, char **at,
                    struct gw_outbox_row *row)
{
    const struct gw_effect *effect = gw_array_at(&commit->changeset->effects, index);

    *row = (struct gw_outbox_row){.number = commit->result->first_effect + index,
                                  .stamp = commit->changeset->stamp + index,
                                  .destination = memory->destination,
                                  .sequence = commit->result->event_counters[effect->product] + effect->event,
                                  .event_unix_ms = commit->result->unix_ms,
                                  .queued_unix_ms = commit->result->unix_ms};
    row->recipient = put(at, effect->recipient);
    row->id = put(at, effect->id);
    row->type = put(at, effect->type);
    row->sku = put(at, sku_of(commit->changeset, effect));
    row->payload = put(at, effect->payload);
    row->headers = put(at, effect->headers);
}

static struct block *make_block(struct gw_outbox_memory *memory, const struct gw_outbox_commit *commit, size_t size)
{
    const struct gw_array *effects = &commit->changeset->effects;
    struct block *block = malloc(size);
    uint32_t count = 0;
    char *at;

    if (block == NULL)
        return NULL;
    for (uint32_t i = 0; i < effects->count; i++)
        count += is_ours(memory, gw_array_at(effects, i));
    *block = (struct block){.size = size, .count = count};
    at = (char *)&block->rows[count];
    count = 0;
    for (uint32_t i = 0; i < effects->count; i++)
        if (is_ours(memory, gw_array_at(effects, i)))
            put_row(memory, commit, i, &at, &block->rows[count++]);
    return block;
}

/* Called with the lock held. */
static bool is_wanted(const struct gw_outbox_memory *memory, const struct gw_outbox_commit *commit, size_t size)
{
    return memory->is_open && commit->epoch >= memory->opened && size <= memory->max_bytes - memory->bytes;
}

/* Reserves the space before the rows are copied, so that copying needs no lock. */
static bool reserve(struct gw_outbox_memory *memory, const struct gw_outbox_commit *commit, size_t size)
{
    bool has_room;

    (void)pthread_mutex_lock(&memory->lock);
    has_room = is_wanted(memory, commit, size);
    if (has_room)
        memory->bytes += size;
    (void)pthread_mutex_unlock(&memory->lock);
    return has_room;
}

/* The memory may have been closed during the copy; then the block is freed. A NULL block releases the reserved space.
 */
static void deliver(struct gw_outbox_memory *memory, const struct gw_outbox_commit *commit, struct block *block,
                    size_t size)
{
    (void)pthread_mutex_lock(&memory->lock);
    if (block != NULL && is_wanted(memory, commit, 0)) {
        *memory->mailbox_end = block;
        memory->mailbox_end = &block->next;
        block = NULL;
    } else {
        memory->bytes -= size;
    }
    (void)pthread_mutex_unlock(&memory->lock);
    free(block);
}

bool gw_outbox_memory_offer(struct gw_outbox_memory *memory, const struct gw_outbox_commit *commit)
{
    size_t size = size_of(memory, commit->changeset);

    if (size > 0 && commit->result->first_effect > 0 && reserve(memory, commit, size))
        deliver(memory, commit, make_block(memory, commit, size), size);
    return size > 0;
}

/* ---- opening and closing ---------------------------------------------------------------------------------------- */

void gw_outbox_memory_open(struct gw_outbox_memory *memory)
{
    (void)pthread_mutex_lock(&memory->lock);
    if (!memory->is_open)
        memory->opened = atomic_load(memory->epoch);
    memory->is_open = true;
    (void)pthread_mutex_unlock(&memory->lock);
}

void gw_outbox_memory_close(struct gw_outbox_memory *memory)
{
    (void)pthread_mutex_lock(&memory->lock);
    if (memory->is_open)
        (void)atomic_fetch_add(memory->epoch, 1);
    memory->is_open = false;
    memory->bytes -= free_blocks(take_mailbox(memory));
    (void)pthread_mutex_unlock(&memory->lock);
    gw_outbox_memory_forget_all(memory);
}

/* ---- looking up: the relay -------------------------------------------------------------------------------------- */

/* Whether the last row of the block is not behind `through`. */
static bool is_dropped(const struct gw_outbox_memory *memory, const struct block *block)
{
    uint32_t place = 0;

    if (last_number(block) < memory->through)
        return true;
    while (block->rows[place].number < memory->through)
        place++;
    return block->rows[place].number == memory->through && block->count - 1 - place <= memory->through_index;
}

/* Removes blocks without a row behind `through` from the list. Returns the number of their bytes. */
static size_t drop_blocks(struct gw_outbox_memory *memory)
{
    size_t bytes = 0;

    while (memory->blocks != NULL && is_dropped(memory, memory->blocks)) {
        struct block *block = memory->blocks;

        memory->blocks = block->next;
        bytes += block->size;
        free(block);
    }
    memory->through = 0;
    memory->through_index = 0;
    return bytes;
}

/* Merges sorted blocks into the sorted list. Offered blocks come nearly in order, so one pass is usually enough. */
static void merge(struct gw_outbox_memory *memory, struct block *offered)
{
    struct block **link = &memory->blocks;

    while (offered != NULL) {
        struct block *block = offered;

        offered = block->next;
        if (*link != NULL && (*link)->rows[0].number > block->rows[0].number)
            link = &memory->blocks;
        while (*link != NULL && (*link)->rows[0].number < block->rows[0].number)
            link = &(*link)->next;
        block->next = *link;
        *link = block;
    }
}

/* The next search begins at this block. */
static void turn_to(struct gw_outbox_memory *memory, struct block *block)
{
    memory->cursor = block;
    if (block != NULL)
        block->at = 0;
}

bool gw_outbox_memory_collect(struct gw_outbox_memory *memory)
{
    size_t bytes = drop_blocks(memory);
    struct block *offered;

    (void)pthread_mutex_lock(&memory->lock);
    memory->bytes -= bytes;
    offered = take_mailbox(memory);
    (void)pthread_mutex_unlock(&memory->lock);
    merge(memory, offered);
    turn_to(memory, memory->blocks);
    return memory->blocks != NULL;
}

bool gw_outbox_memory_recall(struct gw_outbox_memory *memory, const struct gw_outbox_row *bare,
                             struct gw_outbox_row *ret_row)
{
    const struct gw_outbox_row *first;
    struct block *block;

    while (memory->cursor != NULL && last_number(memory->cursor) < bare->number)
        turn_to(memory, memory->cursor->next);
    block = memory->cursor;
    if (block == NULL)
        return false;
    while (block->rows[block->at].number < bare->number)
        block->at++;
    first = &block->rows[block->at];
    if (first->number != bare->number || first->stamp != bare->stamp || bare->index >= block->count - block->at)
        return false;
    *ret_row = first[bare->index];
    ret_row->number = bare->number;
    ret_row->stamp = bare->stamp;
    ret_row->index = bare->index;
    return true;
}

void gw_outbox_memory_forget(struct gw_outbox_memory *memory, const struct gw_outbox_row *through)
{
    if (through->number < memory->through ||
        (through->number == memory->through && through->index <= memory->through_index))
        return;
    memory->through = through->number;
    memory->through_index = through->index;
}

void gw_outbox_memory_forget_all(struct gw_outbox_memory *memory)
{
    memory->through = INT64_MAX;
}
