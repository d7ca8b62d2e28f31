/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an entry answers a load and learns from a commit. A turn changes only batches that it has loaded. So after a
 * commit the entry and the turn's product together are complete: batches that neither of them knows did not change.
 */
#include "stock/entry.h"

#include "domain/batch_tree.h"
#include "domain/certain_room.h"
#include "stock/port_text.h"

#include <stddef.h>
#include <string.h>

/* NEVER: a room that no batch has. WEIGHED_MAX: how many batches are compared before those that fit are kept. A_REST: a
 * batch with less than this fraction of another's room is a remainder. */
#define NEVER UINT32_MAX
enum { WEIGHED_MAX = 128, A_REST = 8 };

/* A batch that may be kept. Its reference is still stored elsewhere. */
struct weighed {
    struct gw_entry_batch batch;
    const char *ref;
};

/* Merges the entry's old list and the product's batches, both in the order of rule 2. */
struct weighing {
    const struct gw_entry *old; /* an entry without batches, certain of nothing, if the old one is useless */
    uint32_t old_at;
    uint32_t count;
    uint32_t certain_room; /* of the list as a whole */
    struct weighed list[WEIGHED_MAX];
};

static uint32_t room_of(const struct gw_entry_batch *batch)
{
    return batch->purchased - batch->allocated;
}

static uint32_t room_from(int64_t room)
{
    return room < NEVER ? (uint32_t)room : NEVER;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static bool is_known(const struct gw_entry *self)
{
    return (self->flags & GW_ENTRY_KNOWN) != 0;
}

static const char *bytes_of(const struct gw_entry *self)
{
    return (const char *)self->batches;
}

static const char *sku_of(const struct gw_entry *self)
{
    return bytes_of(self) + self->sku_at;
}

static struct gw_identifier ref_of(const struct gw_entry *self, const struct gw_entry_batch *batch)
{
    return (struct gw_identifier){bytes_of(self) + batch->ref_at, batch->ref_len, batch->ref_hash};
}

void gw_entry_init(struct gw_entry *self, struct gw_identifier sku)
{
    self->version = -1;
    self->stamp = 0;
    self->certain_room = NEVER;
    self->sku_hash = sku.hash;
    self->sku_len = (uint8_t)sku.len;
    self->sku_at = 0;
    self->batch_count = 0;
    self->flags = 0;
    self->confidence = (struct gw_confidence){0};
    memcpy(self->batches, sku.ptr, sku.len);
}

bool gw_entry_has_sku(const struct gw_entry *self, struct gw_identifier sku)
{
    return self->sku_hash == sku.hash && self->sku_len == sku.len && memcmp(sku_of(self), sku.ptr, sku.len) == 0;
}

/* ---- answering -------------------------------------------------------------------------------------------------- */

/* Whether batches are needed at all: for a SKU without a line to allocate only the version is requested. */
static bool wants_batches(const struct gw_plan_room *first)
{
    return first->lines > 0 || first->misses > 0;
}

static bool answers_room(const struct gw_entry *self, int64_t room, uint32_t limit)
{
    uint32_t found = 0;

    for (uint32_t index = 0; index < self->batch_count; index++) {
        const struct gw_entry_batch *batch = &self->batches[index];

        if (batch->certain_room > room)
            return false;
        if (room_of(batch) >= room && ++found == limit)
            return true;
    }
    return self->certain_room <= room;
}

bool gw_entry_answers(const struct gw_entry *self, const struct gw_plan_room *first)
{
    if (!is_known(self) || !gw_confidence_holds(&self->confidence))
        return false;
    for (const struct gw_plan_room *room = wants_batches(first) ? first : NULL; room != NULL; room = room->next)
        if (!answers_room(self, room->room, gw_plan_room_limit(room)))
            return false;
    return true;
}

static bool tell_room(const struct gw_entry *self, int64_t room, uint32_t limit, struct gw_arena *arena,
                      struct gw_product *product)
{
    uint32_t found = 0;

    for (uint32_t index = 0; index < self->batch_count; index++) {
        const struct gw_entry_batch *batch = &self->batches[index];
        struct gw_identifier ref = ref_of(self, batch);
        const struct gw_batch *told;

        if (room_of(batch) < room)
            continue;
        if (!gw_port_keep(arena, &ref))
            return false;
        told = gw_product_load_batch(product, ref, batch->purchased, batch->allocated, batch->eta, batch->created);
        if (told == NULL)
            return false;
        if (++found == limit)
            return gw_product_load_room(product, room, told);
    }
    return gw_product_load_room(product, room, NULL);
}

bool gw_entry_load(const struct gw_entry *self, const struct gw_plan_room *first, struct gw_arena *arena,
                   struct gw_product *product)
{
    for (const struct gw_plan_room *room = wants_batches(first) ? first : NULL; room != NULL; room = room->next)
        if (!tell_room(self, room->room, gw_plan_room_limit(room), arena, product))
            return false;
    return true;
}

/* ---- learning --------------------------------------------------------------------------------------------------- */

static bool is_same_batch(const struct gw_entry *self, const struct gw_entry_batch *kept, const struct gw_batch *batch)
{
    return kept->created == batch->created && gw_identifier_equal(ref_of(self, kept), batch->ref);
}

static struct gw_entry_batch *find_batch(struct gw_entry *self, const struct gw_batch *batch)
{
    for (uint32_t index = 0; index < self->batch_count; index++)
        if (is_same_batch(self, &self->batches[index], batch))
            return &self->batches[index];
    return NULL;
}

/* Updates the batches of the entry. False: a batch changed that the entry does not have. */
static bool update(struct gw_entry *self, const struct gw_product *product)
{
    const struct gw_batch *const *batches;
    const struct gw_held_line *const *lines;
    size_t batch_count;
    size_t line_count;

    gw_product_touched(product, &batches, &batch_count, &lines, &line_count);
    for (size_t at = 0; at < batch_count; at++) {
        struct gw_entry_batch *found = find_batch(self, batches[at]);

        if (found == NULL)
            return false;
        found->purchased = (uint32_t)batches[at]->purchased;
        found->allocated = (uint32_t)batches[at]->allocated;
    }
    return true;
}

static bool goes_before(const struct gw_entry *self, const struct gw_entry_batch *kept, const struct gw_batch *batch)
{
    struct gw_batch known = {.ref = ref_of(self, kept), .created = kept->created, .eta = kept->eta};

    return gw_batch_goes_before(&known, batch);
}

/* Adds a candidate. A batch without room is left out, because the absence of a batch means the same. */
static void weigh(struct weighing *weighing, const struct gw_entry_batch *batch, const char *ref, uint32_t certain_room)
{
    struct weighed *added = &weighing->list[weighing->count];

    if (room_of(batch) == 0)
        return;
    added->batch = *batch;
    added->batch.certain_room = certain_room;
    added->ref = ref;
    weighing->count++;
}

/* Adds the next batch of the old entry. It is unchanged, because a batch that changed comes from the product. */
static void weigh_old(struct weighing *weighing, uint32_t certain_room)
{
    const struct gw_entry_batch *batch = &weighing->old->batches[weighing->old_at++];

    weigh(weighing, batch, ref_of(weighing->old, batch).ptr, lesser(batch->certain_room, certain_room));
}

static uint32_t old_certain_room(const struct weighing *weighing)
{
    return weighing->old_at < weighing->old->batch_count ? weighing->old->batches[weighing->old_at].certain_room
                                                         : weighing->old->certain_room;
}

static bool visit_batch(void *context, const struct gw_batch *batch, int64_t certain_room)
{
    struct weighing *weighing = context;
    const struct gw_entry *old = weighing->old;
    struct gw_entry_batch seen = {.created = batch->created,
                                  .purchased = (uint32_t)batch->purchased,
                                  .allocated = (uint32_t)batch->allocated,
                                  .eta = batch->eta,
                                  .ref_hash = batch->ref.hash,
                                  .ref_len = (uint16_t)batch->ref.len};

    while (weighing->old_at < old->batch_count && goes_before(old, &old->batches[weighing->old_at], batch)) {
        if (weighing->count == WEIGHED_MAX)
            return false;
        weigh_old(weighing, room_from(certain_room));
    }
    if (weighing->count == WEIGHED_MAX)
        return false;
    weigh(weighing, &seen, batch->ref.ptr, lesser(old_certain_room(weighing), room_from(certain_room)));
    if (weighing->old_at < old->batch_count && is_same_batch(old, &old->batches[weighing->old_at], batch))
        weighing->old_at++;
    return true;
}

/* Drops a candidate. Everything behind it is then no longer certain of rooms that the dropped batch has. */
static void leave_out(struct weighing *weighing, uint32_t index)
{
    uint32_t room = room_of(&weighing->list[index].batch) + 1;

    weighing->count--;
    memmove(&weighing->list[index], &weighing->list[index + 1],
            (weighing->count - index) * sizeof weighing->list[index]);
    for (; index < weighing->count; index++)
        if (weighing->list[index].batch.certain_room < room)
            weighing->list[index].batch.certain_room = room;
    if (weighing->certain_room < room)
        weighing->certain_room = room;
}

/* The candidate to drop: the last one, which is chosen after all others; or the one with the least room, if that is
 * only a remainder that few lines fit into. */
static uint32_t least_useful(const struct weighing *weighing)
{
    uint32_t last = weighing->count - 1;
    uint32_t least = last;

    for (uint32_t index = 0; index < last; index++)
        if (room_of(&weighing->list[index].batch) < room_of(&weighing->list[least].batch))
            least = index;
    return room_of(&weighing->list[least].batch) < room_of(&weighing->list[last].batch) / A_REST ? least : last;
}

static size_t size_of(const struct weighed *weighed)
{
    return sizeof weighed->batch + weighed->batch.ref_len;
}

static void make_fit(struct weighing *weighing, size_t capacity)
{
    size_t size = 0;

    for (uint32_t index = 0; index < weighing->count; index++)
        size += size_of(&weighing->list[index]);
    while (size > capacity) {
        uint32_t index = least_useful(weighing);

        size -= size_of(&weighing->list[index]);
        leave_out(weighing, index);
    }
}

/* Replaces the old batches. The new references may still point into them, so they are copied first. */
static void take_over(struct gw_entry *self, const struct weighing *weighing)
{
    struct gw_entry_batch batches[GW_ENTRY_BATCHES];
    char *bytes = (char *)batches;
    size_t at = weighing->count * sizeof *batches;

    memcpy(bytes + at, sku_of(self), self->sku_len);
    self->sku_at = (uint16_t)at;
    at += self->sku_len;
    for (uint32_t index = 0; index < weighing->count; index++) {
        const struct weighed *weighed = &weighing->list[index];

        batches[index] = weighed->batch;
        batches[index].ref_at = (uint16_t)at;
        memcpy(bytes + at, weighed->ref, weighed->batch.ref_len);
        at += weighed->batch.ref_len;
    }
    self->batch_count = (uint16_t)weighing->count;
    self->certain_room = weighing->certain_room;
    memcpy(self->batches, batches, at);
}

static void merge(struct gw_entry *self, const struct gw_product *product, bool is_continued)
{
    static const struct gw_entry nothing = {.certain_room = NEVER};
    struct weighing weighing;

    weighing.old = is_continued ? self : &nothing;
    weighing.old_at = weighing.count = 0;
    weighing.certain_room = NEVER; /* until all batches were compared */
    gw_product_visit_batches(product, visit_batch, &weighing);
    while (weighing.old_at < weighing.old->batch_count && weighing.count < WEIGHED_MAX)
        weigh_old(&weighing, room_from(gw_product_certain_room(product)));
    if (weighing.count < WEIGHED_MAX)
        weighing.certain_room = lesser(weighing.old->certain_room, room_from(gw_product_certain_room(product)));
    make_fit(&weighing, sizeof self->batches - self->sku_len);
    take_over(self, &weighing);
}

bool gw_entry_is_at(const struct gw_entry *self, int64_t version, int64_t stamp)
{
    return self->version == version && self->stamp == stamp;
}

bool gw_entry_refresh(struct gw_entry *self, const struct gw_product *product, int64_t loaded_stamp, int64_t stamp)
{
    if (!is_known(self) || !gw_entry_is_at(self, gw_product_loaded_version(product), loaded_stamp) ||
        !update(self, product))
        return false;
    gw_confidence_judge(&self->confidence, true);
    self->version = gw_product_version(product);
    self->stamp = stamp;
    return true;
}

void gw_entry_learn(struct gw_entry *self, const struct gw_product *product, int64_t loaded_stamp, int64_t stamp,
                    bool is_news)
{
    bool is_unchanged = gw_entry_is_at(self, gw_product_loaded_version(product), loaded_stamp);

    if (!is_news && gw_entry_refresh(self, product, loaded_stamp, stamp))
        return;
    if (self->version >= 0)
        gw_confidence_judge(&self->confidence, is_unchanged);
    merge(self, product, is_unchanged && is_known(self));
    self->version = gw_product_version(product);
    self->stamp = stamp;
    self->flags |= GW_ENTRY_KNOWN;
}

void gw_entry_invalidate(struct gw_entry *self)
{
    self->certain_room = NEVER;
    self->flags &= (uint8_t)~GW_ENTRY_KNOWN;
}

size_t gw_entry_size(const struct gw_entry *self)
{
    const struct gw_entry_batch *last = &self->batches[self->batch_count > 0 ? self->batch_count - 1 : 0];
    size_t end = self->batch_count > 0 ? (size_t)last->ref_at + last->ref_len : (size_t)self->sku_at + self->sku_len;

    return offsetof(struct gw_entry, batches) + end;
}
