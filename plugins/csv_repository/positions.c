/* SPDX-License-Identifier: Apache-2.0 */
/* Positions: all are compared before any is moved, so that MOVED and ALREADY can be distinguished. */
#include "operations.h"

static struct place *find(const struct store *store, struct gw_text source)
{
    struct place like = {.position = {.source = source}};

    return table_find(&store->tables[TABLE_PLACES], &like);
}

enum gw_status positions_compare(const struct store *store, const struct gw_array *changes, struct gw_error *reterr)
{
    struct gw_position_verdict verdict = {0};

    for (uint32_t i = 0; i < changes->count; i++) {
        const struct gw_position_change *change = gw_array_at(changes, i);
        const struct place *place = find(store, change->source);

        gw_position_verdict_add(&verdict, change, place != NULL ? place->position.next : GW_OFFSET_NONE);
    }
    return gw_position_verdict_end(&verdict, reterr);
}

static enum gw_status put_position(struct store *store, const struct gw_position *position, struct gw_error *reterr)
{
    struct place place = {.position = *position};
    struct place *found = find(store, position->source);

    if (found == NULL)
        found = table_add(&store->tables[TABLE_PLACES], &place);
    if (found == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a position");
    place.position.source = found->position.source;
    found->position = place.position;
    store_touch(store, FILE_POSITIONS);
    return GW_OK;
}

enum gw_status positions_move(struct store *store, const struct gw_array *changes, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < changes->count && status == GW_OK; i++) {
        const struct gw_position_change *change = gw_array_at(changes, i);
        struct gw_position position = {
            .source = change->source, .next = change->next, .mark = change->mark, .has_mark = change->has_mark != 0};

        status = put_position(store, &position, reterr);
    }
    return status;
}

enum gw_status positions_tell(const struct store *store, const struct gw_array *sources,
                              const struct gw_position_visitor *visitor)
{
    enum gw_status status = GW_OK;

    if (sources->count == 0)
        for (const struct row *row = store->tables[TABLE_PLACES].first; row != NULL && status == GW_OK; row = row->next)
            status = visitor->position(visitor->context, &((const struct place *)row)->position);
    for (uint32_t i = 0; i < sources->count && status == GW_OK; i++) {
        const struct place *place = find(store, *(const struct gw_text *)gw_array_at(sources, i));

        if (place != NULL)
            status = visitor->position(visitor->context, &place->position);
    }
    return status;
}

enum gw_status positions_set(struct store *store, struct gw_text source, int64_t next, struct gw_error *reterr)
{
    struct gw_position position = {.source = source, .next = next};

    if (gw_position_check(next, reterr) != GW_OK)
        return GW_INVALID;
    return store_end(store, put_position(store, &position, reterr), reterr);
}

enum gw_status positions_forget(struct store *store, struct gw_text source, struct gw_error *reterr)
{
    struct place *place = find(store, source);

    if (place == NULL)
        return gw_position_missing(source, reterr);
    table_remove(&store->tables[TABLE_PLACES], place);
    store_touch(store, FILE_POSITIONS);
    return store_commit(store, reterr);
}
