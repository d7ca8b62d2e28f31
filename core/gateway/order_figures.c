/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for each destination when an order is given, to be shown beside its plan. */
#include "base/clock.h"
#include "gateway/gateway_internal.h"
#include "gateway/plan_figures.h"

#include <string.h>

static const struct gw_backlog_figure *find_figure(const struct gw_backlog_figures *backlog, const char *id)
{
    for (uint32_t index = 0; index < backlog->count; index++)
        if (strcmp(backlog->items[index].destination, id) == 0)
            return &backlog->items[index];
    return NULL;
}

static struct gw_plan_figure figure_of(const struct gw_backlog_figures *backlog, const struct gw_relay *relay,
                                       const char *id)
{
    const struct gw_backlog_figure *found = find_figure(backlog, id);
    struct gw_plan_figure figure = {.id = id};

    if (found != NULL) {
        figure.pending = (int64_t)found->pending;
        figure.holder = gw_relay_delivers(relay) ? NULL : found->holder;
    }
    return figure;
}

bool gw_gateway_take_plan_figures(struct gw_gateway *gateway, struct gw_arena *arena,
                                  struct gw_plan_figures *ret_figures)
{
    struct gw_plan_figure *items = gw_arena_alloc(arena, (gateway->output_count + 1) * sizeof *items);
    struct gw_backlog_figures backlog;

    if (items == NULL || !gw_backlog_copy(&gateway->housekeeper.backlog, arena, gw_clock_monotonic_ms(), &backlog))
        return false;
    *ret_figures = (struct gw_plan_figures){items, backlog.has_outbox ? gateway->output_count : 0};
    for (size_t index = 0; index < ret_figures->count; index++) {
        const struct gw_relay *relay = gateway->outputs[index]->relay;
        const char *id = gw_arena_copy(arena, gw_relay_id(relay), strlen(gw_relay_id(relay)));

        if (id == NULL)
            return false;
        items[index] = figure_of(&backlog, relay, id);
    }
    return true;
}
