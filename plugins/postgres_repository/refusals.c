/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals: see refusals.h. */
#include "refusals.h"

#include "fields.h"

#include <gangway/scope.h>
#include <gangway/sdk/delivery.h>

#include <stddef.h>
#include <stdlib.h>

struct refused {
    int64_t number;
    int64_t stamp;
    uint32_t is_rerouted;
    struct gw_dead_entry entry;
};

struct refused_target {
    int64_t number; /* of the row that was refused */
    struct gw_outbox_target target;
};

struct column {
    size_t offset;
    enum field_kind kind;
};

static const struct column row_columns[] = {
    {offsetof(struct refused, number), FIELD_INT8},
    {offsetof(struct refused, stamp), FIELD_INT8},
    {offsetof(struct refused, is_rerouted), FIELD_UINT4},
    {offsetof(struct refused, entry.letter.identity), FIELD_TEXT},
    {offsetof(struct refused, entry.letter.type), FIELD_TEXT},
    {offsetof(struct refused, entry.letter.key), FIELD_BYTES},
    {offsetof(struct refused, entry.letter.headers), FIELD_BYTES},
    {offsetof(struct refused, entry.letter.payload), FIELD_BYTES},
    {offsetof(struct refused, entry.letter.reason), FIELD_PROSE},
    {offsetof(struct refused, entry.recipient), FIELD_TEXT},
    {offsetof(struct refused, entry.sequence), FIELD_INT8},
    {offsetof(struct refused, entry.event_unix_ms), FIELD_INT8},
};

static const struct column target_columns[] = {
    {offsetof(struct refused_target, number), FIELD_INT8},
    {offsetof(struct refused_target, target.destination), FIELD_TEXT},
    {offsetof(struct refused_target, target.recipient), FIELD_TEXT},
};

static void count_all(const struct gw_array *settlements, uint32_t *ret_rows, uint32_t *ret_targets)
{
    *ret_rows = *ret_targets = 0;
    for (uint32_t i = 0; i < settlements->count; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);

        if (gw_settlement_of_one(settlement) != GW_SETTLED_REFUSED)
            continue;
        (*ret_rows)++;
        *ret_targets += ((const struct gw_outbox_refusal *)settlement->refusals.items)->targets.count;
    }
}

static void add(struct refusals *refusals, const struct gw_outbox_settlement *settlement)
{
    const struct gw_outbox_refusal *refusal = settlement->refusals.items;

    refusals->rows[refusals->row_count++] =
        (struct refused){settlement->number, settlement->stamp, refusal->is_rerouted, refusal->entry};
    for (uint32_t i = 0; i < refusal->targets.count; i++) {
        const struct gw_outbox_target *target = gw_array_at(&refusal->targets, i);

        refusals->targets[refusals->target_count++] = (struct refused_target){settlement->number, *target};
    }
}

enum gw_status refusals_collect(struct refusals *refusals, const struct gw_array *settlements, struct gw_error *reterr)
{
    uint32_t rows;
    uint32_t targets;

    *refusals = (struct refusals){0};
    count_all(settlements, &rows, &targets);
    if (rows == 0)
        return GW_OK;
    refusals->rows = calloc(rows, sizeof *refusals->rows);
    refusals->targets = calloc(targets + 1, sizeof *refusals->targets);
    if (refusals->rows == NULL || refusals->targets == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for %u dead letters", rows);
    for (uint32_t i = 0; i < settlements->count; i++)
        if (gw_settlement_of_one(gw_array_at(settlements, i)) == GW_SETTLED_REFUSED)
            add(refusals, gw_array_at(settlements, i));
    return GW_OK;
}

void refusals_done(struct refusals *refusals)
{
    free(refusals->rows);
    free(refusals->targets);
    *refusals = (struct refusals){0};
}

static void add_columns(struct parameters *parameters, const struct gw_array *items, const struct column *columns,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        parameter_field(parameters, items, columns[i].offset, columns[i].kind);
}

void refusals_add_rows(const struct refusals *refusals, struct parameters *parameters)
{
    struct gw_array items = {refusals->rows, refusals->row_count, sizeof *refusals->rows};

    add_columns(parameters, &items, row_columns, gw_array_length(row_columns));
}

void refusals_add_targets(const struct refusals *refusals, struct parameters *parameters)
{
    struct gw_array items = {refusals->targets, refusals->target_count, sizeof *refusals->targets};

    add_columns(parameters, &items, target_columns, gw_array_length(target_columns));
}
