/* SPDX-License-Identifier: Apache-2.0 */
/* Takers: a list of the batch updates of each product. Few products have more than one in a turn. */
#include "takers.h"

#include <stdlib.h>

/* Places count from 1; 0: none. */
struct takers {
    const struct gw_changeset *set;
    uint32_t *first; /* of each product: the place of one of its batch updates */
    uint32_t *next;  /* of each batch update: the place of another one of the same product */
};

static const struct gw_batch_update *update_at(const struct takers *takers, uint32_t place)
{
    return gw_array_at(&takers->set->batch_updates, place - 1);
}

static bool takers_make(struct takers *takers)
{
    uint32_t count = takers->set->batch_updates.count;

    takers->first = calloc(takers->set->products.count + 1, sizeof *takers->first);
    takers->next = calloc(count + 1, sizeof *takers->next);
    if (takers->first == NULL || takers->next == NULL)
        return false;
    for (uint32_t place = count; place > 0; place--) {
        uint32_t product = update_at(takers, place)->product;

        takers->next[place - 1] = takers->first[product];
        takers->first[product] = place;
    }
    return true;
}

static void takers_done(struct takers *takers)
{
    free(takers->first);
    free(takers->next);
}

static uint32_t taker_of(const struct takers *takers, const struct gw_line_insert *line)
{
    uint32_t place = takers->first[line->product];

    while (place != 0 && !gw_text_equal(update_at(takers, place)->ref, line->ref))
        place = takers->next[place - 1];
    return place;
}

enum gw_status takers_add(struct parameters *parameters, const struct gw_changeset *set, struct gw_error *reterr)
{
    struct takers takers = {.set = set};
    enum gw_status status = GW_OK;

    array_begin(parameters, PARAMETER_INT4);
    if (!takers_make(&takers))
        status = gw_error_set(reterr, GW_NOMEM, "no memory for %u new lines", set->line_inserts.count);
    for (uint32_t i = 0; i < set->line_inserts.count && status == GW_OK; i++) {
        uint32_t place = taker_of(&takers, gw_array_at(&set->line_inserts, i));

        if (place != 0)
            array_int4(parameters, (int32_t)place);
        else
            array_null(parameters);
    }
    array_end(parameters);
    takers_done(&takers);
    return status;
}
