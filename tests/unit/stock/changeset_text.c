/* SPDX-License-Identifier: Apache-2.0 */
/* One function for each part of a changeset. */
#include "changeset_text.h"

static void append_text(struct gw_buffer *buffer, struct gw_text text)
{
    gw_buffer_append_byte(buffer, ' ');
    gw_buffer_append(buffer, text.ptr, (size_t)text.len);
}

static void append_bytes(struct gw_buffer *buffer, const uint8_t *bytes, size_t count)
{
    gw_buffer_append_byte(buffer, ' ');
    for (size_t index = 0; index < count; index++)
        gw_buffer_append_format(buffer, "%02x", bytes[index]);
}

static void append_product(struct gw_buffer *buffer, const void *item)
{
    const struct gw_product_change *product = item;

    append_text(buffer, product->sku);
    gw_buffer_append_format(buffer, " %lld to %lld, %s, %u events", (long long)product->expected,
                            (long long)product->version, product->stamp != 0 ? "stamped" : "no stamp", product->events);
}

static void append_ref(struct gw_buffer *buffer, const void *item)
{
    append_text(buffer, *(const struct gw_text *)item);
}

static void append_id(struct gw_buffer *buffer, const void *item)
{
    const struct gw_id_change *id = item;

    append_bytes(buffer, id->id, sizeof id->id);
    append_bytes(buffer, id->fingerprint, sizeof id->fingerprint);
    gw_buffer_append_format(buffer, " %u", id->outcome);
    append_text(buffer, id->reason);
}

static void append_batch_insert(struct gw_buffer *buffer, const void *item)
{
    const struct gw_batch_insert *batch = item;

    append_text(buffer, batch->ref);
    gw_buffer_append_format(buffer, " of %u, %lld of %lld, eta %d, created %lld", batch->product,
                            (long long)batch->allocated, (long long)batch->purchased, (int)batch->eta,
                            (long long)batch->created);
}

static void append_batch_update(struct gw_buffer *buffer, const void *item)
{
    const struct gw_batch_update *batch = item;

    append_text(buffer, batch->ref);
    gw_buffer_append_format(buffer, " of %u, %lld of %lld to %lld of %lld", batch->product,
                            (long long)batch->old_allocated, (long long)batch->old_purchased,
                            (long long)batch->allocated, (long long)batch->purchased);
}

static void append_line_delete(struct gw_buffer *buffer, const void *item)
{
    const struct gw_line_delete *line = item;

    append_text(buffer, line->orderid);
    gw_buffer_append_format(buffer, " of %u, %lld", line->product, (long long)line->qty);
}

static void append_line_insert(struct gw_buffer *buffer, const void *item)
{
    const struct gw_line_insert *line = item;

    append_text(buffer, line->orderid);
    gw_buffer_append_format(buffer, " of %u, %lld since %lld in", line->product, (long long)line->qty,
                            (long long)line->seq);
    append_text(buffer, line->ref);
}

static void append_dead_letter(struct gw_buffer *buffer, const void *item)
{
    append_text(buffer, ((const struct gw_dead_letter *)item)->identity);
    append_text(buffer, ((const struct gw_dead_letter *)item)->reason);
}

static void append_effect(struct gw_buffer *buffer, const void *item)
{
    const struct gw_effect *effect = item;

    gw_buffer_append_format(buffer, " %u of %u", effect->event, effect->product);
    append_text(buffer, effect->destination);
    append_text(buffer, effect->id);
    append_text(buffer, effect->type);
    append_text(buffer, effect->payload);
}

static void append_items(struct gw_buffer *buffer, const char *name, const struct gw_array *array,
                         void (*append)(struct gw_buffer *buffer, const void *item))
{
    for (uint32_t index = 0; index < array->count; index++) {
        gw_buffer_append_string(buffer, name);
        append(buffer, gw_array_at(array, index));
        gw_buffer_append_byte(buffer, '\n');
    }
}

void changeset_text_append(struct gw_buffer *buffer, const struct gw_changeset *changeset)
{
    append_items(buffer, "product", &changeset->products, append_product);
    append_items(buffer, "absent", &changeset->absent_refs, append_ref);
    append_items(buffer, "id", &changeset->ids, append_id);
    append_items(buffer, "new batch", &changeset->batch_inserts, append_batch_insert);
    append_items(buffer, "batch", &changeset->batch_updates, append_batch_update);
    append_items(buffer, "line leaves", &changeset->line_deletes, append_line_delete);
    append_items(buffer, "line", &changeset->line_inserts, append_line_insert);
    append_items(buffer, "dead", &changeset->dead_letters, append_dead_letter);
    append_items(buffer, "effect", &changeset->effects, append_effect);
}
