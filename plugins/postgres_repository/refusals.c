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
    uint32_t index;
    uint32_t is_rerouted;
    struct gw_dead_entry entry;
};

struct refused_target {
    uint32_t refusal; /* its place, from 1 */
    struct gw_outbox_target target;
};

struct column {
    size_t offset;
    enum field_kind kind;
};

static const struct column block_columns[] = {
    {offsetof(struct refused, number), FIELD_INT8},
    {offsetof(struct refused, stamp), FIELD_INT8},
};

static const struct column place_columns[] = {
    {offsetof(struct refused, number), FIELD_INT8},
    {offsetof(struct refused, index), FIELD_UINT4},
};

static const struct column letter_columns[] = {
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
    {offsetof(struct refused_target, refusal), FIELD_UINT4},
    {offsetof(struct refused_target, target.destination), FIELD_TEXT},
    {offsetof(struct refused_target, target.recipient), FIELD_TEXT},
};

static const struct gw_outbox_refusal *refusal_at(const struct gw_outbox_settlement *settlement, uint32_t index)
{
    return gw_array_at(&settlement->refusals, index);
}

static void count_all(const struct gw_array *settlements, uint32_t *ret_rows, uint32_t *ret_targets)
{
    *ret_rows = *ret_targets = 0;
    for (uint32_t i = 0; i < settlements->count; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);

        *ret_rows += settlement->refusals.count;
        for (uint32_t j = 0; j < settlement->refusals.count; j++)
            *ret_targets += refusal_at(settlement, j)->targets.count;
    }
}

static void add(struct refusals *refusals, const struct gw_outbox_settlement *settlement, uint32_t index)
{
    const struct gw_outbox_refusal *refusal = refusal_at(settlement, index);

    refusals->rows[refusals->row_count++] =
        (struct refused){settlement->number, settlement->stamp, settlement->from, refusal->is_rerouted, refusal->entry};
    for (uint32_t i = 0; i < refusal->targets.count; i++) {
        const struct gw_outbox_target *target = gw_array_at(&refusal->targets, i);

        refusals->targets[refusals->target_count++] = (struct refused_target){refusals->row_count, *target};
    }
}

enum gw_status refusals_collect(struct refusals *refusals, const struct gw_array *settlements, bool of_one,
                                struct gw_error *reterr)
{
    uint32_t rows;
    uint32_t targets;

    *refusals = (struct refusals){0};
    count_all(settlements, &rows, &targets);
    if (rows == 0)
        return GW_OK;
    refusals->rows = calloc(rows, sizeof *refusals->rows);
    refusals->targets = calloc(targets + 1, sizeof *refusals->targets);
    if (refusals->rows == NULL || refusals->targets == NULL) {
        refusals_done(refusals);
        return gw_error_set(reterr, GW_NOMEM, "no memory for %u dead letters", rows);
    }
    for (uint32_t i = 0; i < settlements->count; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);

        if (of_one && gw_settlement_of_one(settlement) != GW_SETTLED_REFUSED)
            continue;
        for (uint32_t j = 0; j < settlement->refusals.count; j++)
            add(refusals, settlement, j);
    }
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

static struct gw_array rows_of(const struct refusals *refusals)
{
    return (struct gw_array){refusals->rows, refusals->row_count, sizeof *refusals->rows};
}

void refusals_add_blocks(const struct refusals *refusals, struct parameters *parameters)
{
    struct gw_array rows = rows_of(refusals);

    add_columns(parameters, &rows, block_columns, gw_array_length(block_columns));
}

void refusals_add_places(const struct refusals *refusals, struct parameters *parameters)
{
    struct gw_array rows = rows_of(refusals);

    add_columns(parameters, &rows, place_columns, gw_array_length(place_columns));
}

void refusals_add_letters(const struct refusals *refusals, struct parameters *parameters)
{
    struct gw_array rows = rows_of(refusals);

    add_columns(parameters, &rows, letter_columns, gw_array_length(letter_columns));
}

void refusals_add_targets(const struct refusals *refusals, struct parameters *parameters)
{
    struct gw_array items = {refusals->targets, refusals->target_count, sizeof *refusals->targets};

    add_columns(parameters, &items, target_columns, gw_array_length(target_columns));
}
