/* SPDX-License-Identifier: Apache-2.0 */
/* Positions: a row per source; there are few. */
#include "positions.h"

#include "hash.h"

#include <gangway/sdk/verdict.h>

void positions_done(struct positions *positions)
{
    table_done(&positions->table);
}

struct place *positions_find(const struct positions *positions, struct gw_text source)
{
    struct table_probe probe = table_probe(&positions->table, hash_text(&positions->key, source));
    struct place *place;

    while ((place = table_next(&probe)) != NULL) {
        if (gw_text_equal(gw_text_span(place->source, place->source_len), source))
            return place;
    }
    return NULL;
}

struct place *positions_new(struct positions *positions, struct gw_text source)
{
    struct place *place = slab_take(positions->slab, sizeof *place + source.len);

    if (place == NULL)
        return NULL;
    *place = (struct place){.hash = hash_text(&positions->key, source), .source_len = source.len};
    memcpy(place->source, source.ptr, source.len);
    return place;
}

void positions_drop(struct positions *positions, struct place *place)
{
    slab_give(positions->slab, place, sizeof *place + place->source_len);
}

void positions_add(struct positions *positions, struct place *place)
{
    place->next_place = positions->places;
    positions->places = place;
    table_insert(&positions->table, place->hash, place);
}

static enum gw_status report_position(const struct place *place, const struct gw_position_visitor *visitor)
{
    struct gw_position position = {
        .source = gw_text_span(place->source, place->source_len),
        .next = place->next,
        .mark = place->mark,
        .has_mark = place->has_mark,
    };

    return visitor->position(visitor->context, &position);
}

static enum gw_status tell_all(const struct positions *positions, const struct gw_position_visitor *visitor)
{
    enum gw_status status = GW_OK;

    for (const struct place *place = positions->places; place != NULL && status == GW_OK; place = place->next_place)
        status = report_position(place, visitor);
    return status;
}

enum gw_status positions_tell(const struct positions *positions, const struct gw_array *sources,
                              const struct gw_position_visitor *visitor)
{
    enum gw_status status = GW_OK;

    if (sources->count == 0)
        return tell_all(positions, visitor);
    for (uint32_t i = 0; i < sources->count && status == GW_OK; i++) {
        const struct gw_text *source = gw_array_at(sources, i);
        const struct place *place = positions_find(positions, *source);

        if (place != NULL)
            status = report_position(place, visitor);
    }
    return status;
}

enum gw_status positions_set(struct positions *positions, struct gw_text source, int64_t next, struct gw_error *reterr)
{
    struct place *place = positions_find(positions, source);

    if (gw_position_check(next, reterr) != GW_OK)
        return GW_INVALID;
    if (place == NULL) {
        if (!table_reserve(&positions->table, 1) || (place = positions_new(positions, source)) == NULL)
            return gw_error_set(reterr, GW_NOMEM, "no memory for a position");
        positions_add(positions, place);
    }
    place->next = next;
    place->mark = 0;
    place->has_mark = 0;
    return GW_OK;
}

enum gw_status positions_forget(struct positions *positions, struct gw_text source, struct gw_error *reterr)
{
    struct place *place = positions_find(positions, source);
    struct place **link = &positions->places;

    if (place == NULL)
        return gw_position_missing(source, reterr);
    while (*link != place)
        link = &(*link)->next_place;
    *link = place->next_place;
    table_remove(&positions->table, place->hash, place);
    positions_drop(positions, place);
    return GW_OK;
}
