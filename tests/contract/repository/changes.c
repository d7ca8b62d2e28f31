/* SPDX-License-Identifier: Apache-2.0 */
/* Changesets from calls. */
#include "changes.h"

#include "answers.h"
#include "everything.h"
#include "fixture.h"

#include <stdlib.h>

int64_t first_effect;
int64_t applied_stamp;
int64_t applied_unix_ms;

void *vector_add(struct vector *vector, uint32_t stride)
{
    if (vector->count == vector->capacity) {
        vector->capacity = vector->capacity == 0 ? 16 : 2 * vector->capacity;
        vector->items = realloc(vector->items, (size_t)vector->capacity * stride);
        ck_assert_ptr_nonnull(vector->items);
    }
    vector->stride = stride;
    return memset((char *)vector->items + (size_t)vector->count++ * stride, 0, stride);
}

static struct gw_array array_of(const struct vector *vector)
{
    return (struct gw_array){vector->items, vector->count, vector->stride};
}

void changes_init(struct changes *changes)
{
    static int64_t stamps = GW_STAMP_MAX / 3;

    memset(changes, 0, sizeof *changes);
    stamps += 1000003; /* more than a changeset has effects */
    changes->stamp = stamps;
}

void changes_done(struct changes *changes)
{
    struct vector *vectors[] = {
        &changes->positions,     &changes->products,      &changes->absent_refs,  &changes->ids,
        &changes->batch_inserts, &changes->batch_updates, &changes->line_deletes, &changes->line_inserts,
        &changes->dead_letters,  &changes->dead_changes,  &changes->effects,
    };

    for (uint32_t i = 0; i < changes->texts.count; i++)
        free(((char **)changes->texts.items)[i]);
    free(changes->texts.items);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        free(vectors[i]->items);
    changes_init(changes);
}

/* A copy in a piece of its own, so that reading past its end is seen by the sanitizer. */
static struct gw_text copy(struct changes *changes, struct gw_text text)
{
    char **slot = vector_add(&changes->texts, sizeof(char *));

    *slot = malloc(text.len > 0 ? text.len : 1);
    ck_assert_ptr_nonnull(*slot);
    if (text.len > 0)
        memcpy(*slot, text.ptr, text.len);
    return gw_text_span(*slot, text.len);
}

void bytes_of(uint8_t bytes[16], const char *text)
{
    size_t len = strlen(text);

    memset(bytes, 0, 16);
    memcpy(bytes, text, len < 16 ? len : 16);
}

void change_position(struct changes *changes, const char *source, int64_t expected, int64_t next)
{
    struct gw_position_change *change = vector_add(&changes->positions, sizeof *change);

    change->source = copy(changes, T(source));
    change->expected = expected;
    change->next = next;
}

void change_mark(struct changes *changes, uint64_t mark)
{
    struct gw_position_change *change =
        (struct gw_position_change *)changes->positions.items + changes->positions.count - 1;

    change->mark = mark;
    change->has_mark = 1;
}

uint32_t change_product(struct changes *changes, const char *sku, int64_t expected, int64_t version)
{
    struct gw_product_change *change = vector_add(&changes->products, sizeof *change);

    change->sku = copy(changes, T(sku));
    change->expected = expected;
    change->version = version;
    change->stamp = stamp_of(sku);
    remember_product(sku);
    return changes->products.count - 1;
}

void change_stamp(struct changes *changes, int64_t stamp)
{
    ((struct gw_product_change *)changes->products.items + changes->products.count - 1)->stamp = stamp;
}

void change_absent(struct changes *changes, const char *ref)
{
    struct gw_text *absent = vector_add(&changes->absent_refs, sizeof *absent);

    *absent = copy(changes, T(ref));
}

void change_id(struct changes *changes, const char *id, const char *fingerprint, uint32_t outcome, const char *reason)
{
    struct gw_id_change *change = vector_add(&changes->ids, sizeof *change);

    bytes_of(change->id, id);
    bytes_of(change->fingerprint, fingerprint);
    change->outcome = outcome;
    change->reason = copy(changes, T(reason));
    remember_id(id);
}

void change_new_batch(struct changes *changes, uint32_t product, const char *ref, int64_t purchased, int64_t allocated,
                      int32_t eta, int64_t created)
{
    struct gw_batch_insert *insert = vector_add(&changes->batch_inserts, sizeof *insert);

    insert->product = product;
    insert->ref = copy(changes, T(ref));
    insert->purchased = purchased;
    insert->allocated = allocated;
    insert->eta = eta;
    insert->created = created;
    remember_batch(ref);
}

void change_batch(struct changes *changes, uint32_t product, const char *ref, int64_t purchased, int64_t allocated)
{
    struct gw_batch_update *update = vector_add(&changes->batch_updates, sizeof *update);

    update->product = product;
    update->ref = copy(changes, T(ref));
    quantities_of(ref, &update->old_purchased, &update->old_allocated);
    update->purchased = purchased;
    update->allocated = allocated;
}

void change_old(struct changes *changes, int64_t purchased, int64_t allocated)
{
    struct gw_batch_update *update =
        (struct gw_batch_update *)changes->batch_updates.items + changes->batch_updates.count - 1;

    update->old_purchased = purchased;
    update->old_allocated = allocated;
}

static const char *sku_at(const struct changes *changes, uint32_t product)
{
    static char sku[256];
    const struct gw_product_change *change = (const struct gw_product_change *)changes->products.items + product;

    memcpy(sku, change->sku.ptr, change->sku.len);
    sku[change->sku.len] = '\0';
    return sku;
}

void change_drop(struct changes *changes, uint32_t product, const char *orderid, int64_t qty)
{
    struct gw_line_delete *leave = vector_add(&changes->line_deletes, sizeof *leave);

    leave->product = product;
    leave->orderid = copy(changes, T(orderid));
    leave->qty = qty;
}

void change_take(struct changes *changes, uint32_t product, const char *orderid, int64_t qty, const char *ref,
                 int64_t seq)
{
    struct gw_line_insert *insert = vector_add(&changes->line_inserts, sizeof *insert);

    insert->product = product;
    insert->orderid = copy(changes, T(orderid));
    insert->qty = qty;
    insert->ref = copy(changes, T(ref));
    insert->seq = seq;
    remember_line(sku_at(changes, product), orderid, qty);
}

void change_dead(struct changes *changes, const struct gw_dead_letter *letter)
{
    struct gw_dead_letter *dead = vector_add(&changes->dead_letters, sizeof *dead);

    *dead = *letter;
    dead->entrypoint = copy(changes, letter->entrypoint);
    dead->source = copy(changes, letter->source);
    dead->identity = copy(changes, letter->identity);
    dead->type = copy(changes, letter->type);
    dead->key = copy(changes, letter->key);
    dead->headers = copy(changes, letter->headers);
    dead->payload = copy(changes, letter->payload);
    dead->reason = copy(changes, letter->reason);
}

void change_replay(struct changes *changes, int64_t id, const char *reason)
{
    struct gw_dead_change *change = vector_add(&changes->dead_changes, sizeof *change);

    change->id = id;
    change->reason = copy(changes, T(reason));
}

void change_effect(struct changes *changes, uint32_t product, const char *destination, const char *id)
{
    struct gw_effect *effect = vector_add(&changes->effects, sizeof *effect);

    effect->product = product;
    effect->event = ++((struct gw_product_change *)changes->products.items + product)->events;
    effect->destination = copy(changes, T(destination));
    effect->id = copy(changes, T(id));
    effect->type = copy(changes, T("Allocated"));
    effect->payload = copy(changes, T("{\"orderid\":\"o1\"}"));
    remember_destination(destination);
}

struct gw_effect *change_last_effect(struct changes *changes)
{
    return (struct gw_effect *)changes->effects.items + changes->effects.count - 1;
}

static enum gw_status apply_set(struct gw_session *session, const struct changes *changes)
{
    struct gw_changeset set = {
        .size = sizeof set,
        .stamp = changes->stamp,
        .positions = array_of(&changes->positions),
        .products = array_of(&changes->products),
        .absent_refs = array_of(&changes->absent_refs),
        .ids = array_of(&changes->ids),
        .batch_inserts = array_of(&changes->batch_inserts),
        .batch_updates = array_of(&changes->batch_updates),
        .line_deletes = array_of(&changes->line_deletes),
        .line_inserts = array_of(&changes->line_inserts),
        .dead_letters = array_of(&changes->dead_letters),
        .dead_changes = array_of(&changes->dead_changes),
        .effects = array_of(&changes->effects),
    };
    struct gw_apply_result result = {.size = sizeof result, .event_counters = changes->event_counters};
    enum gw_status status = repo.ops->apply(session, &set, &result, &last_error);

    first_effect = result.first_effect;
    applied_stamp = set.stamp;
    applied_unix_ms = result.unix_ms;
    return status;
}

enum gw_status apply_in(struct gw_session *session, struct changes *changes)
{
    enum gw_status status = apply_set(session, changes);

    changes_done(changes);
    return status;
}

enum gw_status apply(struct changes *changes)
{
    return apply_in(repo.session, changes);
}

enum gw_status apply_keeping(struct changes *changes)
{
    return apply_set(repo.session, changes);
}

void given_batch(const char *sku, const char *ref, int64_t purchased, int64_t allocated, int32_t eta)
{
    given_more(sku, 0, ref, purchased, allocated, eta);
}

void given_more(const char *sku, int64_t version, const char *ref, int64_t purchased, int64_t allocated, int32_t eta)
{
    struct changes changes;

    changes_init(&changes);
    change_new_batch(&changes, change_product(&changes, sku, version, version + 1), ref, purchased, allocated, eta,
                     version + 1);
    ck_assert_ok(apply(&changes));
}

void given_line(const char *sku, int64_t version, const char *orderid, int64_t qty, const char *ref, int64_t purchased,
                int64_t allocated)
{
    struct changes changes;
    uint32_t product;

    changes_init(&changes);
    product = change_product(&changes, sku, version, version + 1);
    change_batch(&changes, product, ref, purchased, allocated);
    change_take(&changes, product, orderid, qty, ref, version + 1);
    ck_assert_ok(apply(&changes));
}
