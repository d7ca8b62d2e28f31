/* SPDX-License-Identifier: Apache-2.0 */
/* Changeset: one pass over each of its arrays. Reads structure and numbers, never what is stored. */
#include <gangway/sdk/changeset.h>
#include <gangway/sdk/show.h>

#include <stddef.h>

/* A part of the changeset whose items name a product, and the offset of that index in an item. */
struct part {
    size_t array;
    size_t index;
    const char *word;
};

static const struct part parts[] = {
    {offsetof(struct gw_changeset, batch_inserts), offsetof(struct gw_batch_insert, product), "a new batch"},
    {offsetof(struct gw_changeset, batch_updates), offsetof(struct gw_batch_update, product), "a changed batch"},
    {offsetof(struct gw_changeset, line_deletes), offsetof(struct gw_line_delete, product), "a deleted line"},
    {offsetof(struct gw_changeset, line_inserts), offsetof(struct gw_line_insert, product), "a new line"},
    {offsetof(struct gw_changeset, effects), offsetof(struct gw_effect, product), "an effect"},
};

static enum gw_status check_products(const struct gw_array *products, struct gw_error *reterr)
{
    for (uint32_t i = 0; i < products->count; i++) {
        const struct gw_product_change *change = gw_array_at(products, i);

        if (change->expected < 0 || change->version < change->expected)
            return gw_error_set(reterr, GW_INTERNAL, "a changeset takes product %.*s from version %lld to %lld",
                                gw_shown(change->sku), change->sku.ptr, (long long)change->expected,
                                (long long)change->version);
    }
    return GW_OK;
}

static enum gw_status check_part(const struct gw_changeset *set, const struct part *part, struct gw_error *reterr)
{
    const struct gw_array *array = (const void *)((const char *)set + part->array);

    for (uint32_t i = 0; i < array->count; i++) {
        uint32_t index = *(const uint32_t *)(const void *)((const char *)gw_array_at(array, i) + part->index);

        if (index >= set->products.count)
            return gw_error_set(reterr, GW_INTERNAL, "%s names product number %u of a changeset with %u products",
                                part->word, index, set->products.count);
        if (gw_changeset_product(set, index)->version == 0)
            return gw_error_set(reterr, GW_INTERNAL, "%s names product number %u, which does not exist", part->word,
                                index);
    }
    return GW_OK;
}

/* The i-th effect gets stamp + i, and each raised product the stamp. */
static enum gw_status check_stamp(const struct gw_changeset *set, struct gw_error *reterr)
{
    int64_t after_first = set->effects.count > 0 ? set->effects.count - 1 : 0;

    if (set->stamp >= 0 && set->stamp <= GW_STAMP_MAX - after_first)
        return GW_OK;
    return gw_error_set(reterr, GW_INTERNAL, "a changeset with %u effects has stamp %lld", set->effects.count,
                        (long long)set->stamp);
}

enum gw_status gw_changeset_check(const struct gw_changeset *set, struct gw_error *reterr)
{
    enum gw_status status = check_products(&set->products, reterr);

    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && status == GW_OK; i++)
        status = check_part(set, &parts[i], reterr);
    return status == GW_OK ? check_stamp(set, reterr) : status;
}

enum gw_status gw_quantities_check(struct gw_text ref, int64_t purchased, int64_t allocated, struct gw_error *reterr)
{
    if (0 <= allocated && allocated <= purchased && purchased <= GW_QUANTITY_MAX)
        return GW_OK;
    return gw_error_set(reterr, GW_PERMANENT, "batch %.*s would hold %lld of %lld", gw_shown(ref), ref.ptr,
                        (long long)allocated, (long long)purchased);
}
